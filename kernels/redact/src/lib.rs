//! Finds and masks personal data and secrets in log text.
//!
//! ```
//! use tenon_kernel_redact::redact;
//!
//! let answer = redact("GET / from 10.0.0.7 by bob@example.com");
//! assert_eq!(answer.text, "GET / from <ipv4> by <email>");
//! assert_eq!(&answer.findings[0].range(), &(11..19));
//! ```
//!
//! # How it looks
//!
//! Kinds are looked for in this order: URLs (with the feature `url`), bearer tokens, user names of
//! sshd, e-mail addresses, and at last addresses, host names and card numbers in one pass. What an
//! earlier kind has claimed is not searched again. Every pass is linear in the text: what a regular
//! expression or a scan finds is a candidate, checked by code, and no byte is a candidate's more
//! than a bounded number of times.

mod address;
mod automaton;
mod candidate;
mod card;
mod claims;
#[cfg(feature = "trap")]
mod defect;
mod host;
mod keyword;

#[cfg(target_family = "wasm")]
mod component;

use claims::Claims;
use std::ops::Range;
use std::sync::LazyLock;

/// What a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// An IPv4 address in dotted-decimal form.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A host name of at least two labels.
    Host,
    /// An e-mail address.
    Email,
    /// The user name in a line of sshd.
    User,
    /// The token after the word Bearer.
    Token,
    /// A payment card's number that passes the Luhn check.
    Card,
    /// A URL, scheme included; found with the feature `url` only.
    Url,
}

impl Kind {
    /// The kind's name in the contract, as in `ipv4`.
    pub fn name(self) -> &'static str {
        self.mask().trim_matches(['<', '>'])
    }

    /// What stands in the masked text instead of a finding, as in `<ipv4>`.
    pub fn mask(self) -> &'static str {
        match self {
            Kind::Ipv4 => "<ipv4>",
            Kind::Ipv6 => "<ipv6>",
            Kind::Host => "<host>",
            Kind::Email => "<email>",
            Kind::User => "<user>",
            Kind::Token => "<token>",
            Kind::Card => "<card>",
            Kind::Url => "<url>",
        }
    }
}

/// A stretch of the given text that was masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Where it starts, as a byte offset into the given text.
    pub start: u32,
    /// Where it ends (exclusive), as a byte offset into the given text.
    pub end: u32,
}

impl Finding {
    /// The finding's place as a slice's range.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A masked text with what was found in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redaction {
    /// The given text with each finding replaced by its kind in angle brackets.
    pub text: String,
    /// The findings in the order of their start; they never overlap.
    pub findings: Vec<Finding>,
}

/// Masks every finding in the text.
///
/// # Panics
///
/// On a text of 4 GiB or more, which no caller of the contract can pass. With the feature `trap`,
/// also on text that trips the deliberate defect.
pub fn redact(text: &str) -> Redaction {
    assert!(
        u32::try_from(text.len()).is_ok(),
        "the text has 4 GiB or more"
    );
    let rules = &*RULES;
    #[cfg(feature = "trap")]
    defect::check_octets(text);
    let findings = rules.find(text);
    Redaction {
        text: mask(text, &findings),
        findings,
    }
}

/// What the passes look things up in, built on first use.
static RULES: LazyLock<Rules> = LazyLock::new(|| Rules {
    keywords: keyword::Rules::new(),
    addresses: address::Rules::new(),
});

struct Rules {
    keywords: keyword::Rules,
    addresses: address::Rules,
}

impl Rules {
    fn find(&self, text: &str) -> Vec<Finding> {
        let mut claims = Claims::new(text.as_bytes());
        #[cfg(feature = "url")]
        self.keywords.urls(&mut claims);
        self.keywords.tokens(&mut claims);
        self.keywords.users(&mut claims);
        self.keywords.emails(&mut claims);
        self.addresses.find(&mut claims);
        claims.into_findings()
    }
}

fn mask(text: &str, findings: &[Finding]) -> String {
    let mut masked = String::with_capacity(text.len() + 8 * findings.len());
    let mut done = 0;
    for finding in findings {
        let range = finding.range();
        masked.push_str(&text[done..range.start]);
        masked.push_str(finding.kind.mask());
        done = range.end;
    }
    masked.push_str(&text[done..]);
    masked
}
