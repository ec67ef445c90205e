//! The kinds that a fixed sign announces: `://`, `Bearer`, `sshd[`, `@`.
//!
//! Text without the sign is not searched at all.

use crate::Kind;
use crate::claims::Claims;
use memchr::{memchr, memmem::Finder};
use regex::bytes::Regex;

pub(crate) struct Rules {
    #[cfg(feature = "url")]
    scheme_end: Finder<'static>,
    #[cfg(feature = "url")]
    url: Regex,
    bearer: [Finder<'static>; 2],
    token: Regex,
    sshd: Finder<'static>,
    user: Regex,
    email: Regex,
}

impl Rules {
    pub(crate) fn new() -> Self {
        let compile = |rule| Regex::new(rule).expect("a rule that a test compiles");
        Self {
            #[cfg(feature = "url")]
            scheme_end: Finder::new("://"),
            #[cfg(feature = "url")]
            url: compile(r#"(?-u)(?i:https?|ftp|wss?)://[^\x00-\x20"<>\x7f]+"#),
            bearer: [Finder::new("earer"), Finder::new("EARER")],
            token: compile(r"(?-u)(?:Bearer|bearer|BEARER)[ \t]+[A-Za-z0-9._~+/=-]{8,}"),
            sshd: Finder::new("sshd["),
            user: compile(
                r"(?-u) (?:(?:[Ii]nvalid|authenticating|for|from) user {1,2}|failures for (?:invalid user )?)[^ \t\r\n]+| (?:for|User) [^ \t\r\n]+ from |[ ;]r?user=[^ \t\r\n]+",
            ),
            email: compile(
                r"(?-u)[A-Za-z0-9._%+\x80-\xff-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]",
            ),
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
                let url = found.as_bytes();
                let closing = url
                    .iter()
                    .rev()
                    .take_while(|&&b| b".,;:!?)]}'".contains(&b));
                let end = gap.start + found.end() - closing.count();
                claims.push(Kind::Url, gap.start + found.start()..end);
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
                let blank = found.as_bytes().iter().rposition(|b| b" \t".contains(b));
                let token = found.start() + blank.map_or(0, |at| at + 1);
                claims.push(Kind::Token, gap.start + token..gap.start + found.end());
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
                    let name = user_name(found.as_bytes());
                    let start = gap.start + found.start();
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
                let start = gap.start;
                claims.push(Kind::Email, start + found.start()..start + found.end());
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
