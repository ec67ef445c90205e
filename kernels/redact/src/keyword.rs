//! The kinds that a fixed sign announces: `://`, `Bearer`, `sshd[`, `@`.
//!
//! Text without the sign is not searched at all.

use crate::Kind;
use crate::automaton::{Automaton, automaton};
use crate::claims::Claims;
use memchr::{memchr, memmem::Finder};

pub(crate) struct Rules {
    #[cfg(feature = "url")]
    scheme_end: Finder<'static>,
    #[cfg(feature = "url")]
    url: Automaton,
    bearer: [Finder<'static>; 2],
    token: Automaton,
    sshd: Finder<'static>,
    user: Automaton,
    email: Automaton,
}

impl Rules {
    pub(crate) fn new() -> Self {
        Self {
            #[cfg(feature = "url")]
            scheme_end: Finder::new("://"),
            #[cfg(feature = "url")]
            url: automaton!("url"),
            bearer: [Finder::new("earer"), Finder::new("EARER")],
            token: automaton!("token"),
            sshd: Finder::new("sshd["),
            user: automaton!("user"),
            email: automaton!("email"),
        }
    }

    /// URLs, without the punctuation that ends a sentence or a parenthesis around them.
    #[cfg(feature = "url")]
    pub(crate) fn urls(&self, claims: &mut Claims<'_>) {
        let text = claims.text();
        if self.scheme_end.find(text).is_none() {
            return;
        }
        claims.search(0..text.len(), |claims, gap| {
            for found in self.url.find_iter(&text[gap.clone()]) {
                let url = gap.start + found.start..gap.start + found.end;
                let bytes = text[url.clone()].iter().rev();
                let closing = bytes.take_while(|&&b| b".,;:!?)]}'".contains(&b)).count();
                claims.push(Kind::Url, url.start..url.end - closing);
            }
        });
        claims.settle();
    }

    /// The tokens after the word Bearer.
    pub(crate) fn tokens(&self, claims: &mut Claims<'_>) {
        let text = claims.text();
        if self.bearer.iter().all(|word| word.find(text).is_none()) {
            return;
        }
        claims.search(0..text.len(), |claims, gap| {
            for found in self.token.find_iter(&text[gap.clone()]) {
                let phrase = gap.start + found.start..gap.start + found.end;
                let blank = text[phrase.clone()]
                    .iter()
                    .rposition(|b| b" \t".contains(b));
                claims.push(
                    Kind::Token,
                    phrase.start + blank.map_or(0, |at| at + 1)..phrase.end,
                );
            }
        });
        claims.settle();
    }

    /// The user names between `sshd[` and the end of its line.
    pub(crate) fn users(&self, claims: &mut Claims<'_>) {
        let text = claims.text();
        let mut done = 0;
        while let Some(sign) = self.sshd.find(&text[done..]) {
            let start = done + sign;
            let end = memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
            claims.search(start..end, |claims, gap| {
                for found in self.user.find_iter(&text[gap.clone()]) {
                    let start = gap.start + found.start;
                    let name = user_name(&text[start..gap.start + found.end]);
                    claims.push(Kind::User, start + name.start..start + name.end);
                }
            });
            done = end;
        }
        claims.settle();
    }

    /// E-mail addresses.
    pub(crate) fn emails(&self, claims: &mut Claims<'_>) {
        let text = claims.text();
        if memchr(b'@', text).is_none() {
            return;
        }
        claims.search(0..text.len(), |claims, gap| {
            for found in self.email.find_iter(&text[gap.clone()]) {
                claims.push(Kind::Email, gap.start + found.start..gap.start + found.end);
            }
        });
        claims.settle();
    }
}

/// Where the name stands in a match of the user rule: after `user=`, or the last word but for the
/// `from` that may follow.
fn user_name(found: &[u8]) -> std::ops::Range<usize> {
    let phrase = found.strip_suffix(b" from ").unwrap_or(found);
    let sign = if phrase[1..].starts_with(b"user=") || phrase[1..].starts_with(b"ruser=") {
        memchr(b'=', phrase)
    } else {
        phrase.iter().rposition(|&b| b == b' ')
    };
    sign.map_or(0, |at| at + 1)..phrase.len()
}
