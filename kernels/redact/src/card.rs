//! Payment card numbers in runs of digits.

use crate::Kind;
use crate::claims::Claims;
use std::ops::Range;

/// The digits that card numbers have when they are written without separators (ISO/IEC 7812-1).
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// How card numbers are written in groups.
const GROUPINGS: [&[usize]; 3] = [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4]];

/// Claims the card numbers in a run of digit groups with one space or dash between them. `free` says
/// whether the first and the last group are whole, with nothing glued to them outside the run.
/// Returns the end of the last card, or the start of the run if there is none.
pub(crate) fn claim_cards(claims: &mut Claims<'_>, run: Range<usize>, free: (bool, bool)) -> usize {
    let text = claims.text();
    let mut claimed = run.start;
    let groups = groups(text, run);
    let mut next = usize::from(!free.0);
    let end = groups.len() - usize::from(!free.1 && !groups.is_empty());
    while next < end {
        let used = card_at(text, &groups[next..end]);
        if used > 0 {
            claimed = groups[next + used - 1].end;
            claims.push(Kind::Card, groups[next].start..claimed);
        }
        next += used.max(1);
    }
    claimed
}

fn groups(text: &[u8], run: Range<usize>) -> Vec<Range<usize>> {
    let mut start = run.start;
    text[run]
        .split(|b| !b.is_ascii_digit())
        .map(|group| {
            let range = start..start + group.len();
            start = range.end + 1;
            range
        })
        .collect()
}

/// How many of the leading groups are a card number; 0 if none.
fn card_at(text: &[u8], groups: &[Range<usize>]) -> usize {
    if DIGITS.contains(&groups[0].len()) && is_card(&text[groups[0].clone()]) {
        return 1;
    }
    for grouping in GROUPINGS {
        let Some(groups) = groups.get(..grouping.len()) else {
            continue;
        };
        let fits = groups
            .iter()
            .zip(grouping)
            .all(|(group, &size)| group.len() == size);
        let mut separators = groups[1..].iter().map(|group| text[group.start - 1]);
        let first = separators.next();
        if fits
            && separators.all(|separator| Some(separator) == first)
            && is_card(&text[groups[0].start..groups[grouping.len() - 1].end])
        {
            return grouping.len();
        }
    }
    0
}

/// Whether the digits begin as a card's and pass the Luhn check (ISO/IEC 7812-1, annex B).
fn is_card(text: &[u8]) -> bool {
    if !matches!(text[0], b'2'..=b'6') {
        return false;
    }
    let digits = text.iter().rev().filter(|b| b.is_ascii_digit());
    let sum: u32 = digits
        .enumerate()
        .map(|(i, &b)| {
            let digit = u32::from(b - b'0') << (i % 2);
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}
