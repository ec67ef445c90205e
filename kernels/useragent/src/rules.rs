//! The rules, as the build script wrote them, compiled.

use std::borrow::Cow;
use ua_parser::{Extractor, Regexes, device, os, user_agent};

/// Some user agents of every kind, a line each.
const SAMPLES: &str = include_str!(concat!(env!("OUT_DIR"), "/samples.txt"));

/// Compiles every rule, and parses some user agents: the automata of the rules grow as they meet texts, and what they have met is
/// there for the first calls, also in instances that begin as a copy of this one.
///
/// # Panics
///
/// If a rule is not one: the tests compile the same rules.
pub(crate) fn compile() -> Extractor<'static> {
    let mut rules = Regexes {
        user_agent_parsers: Vec::new(),
        os_parsers: Vec::new(),
        device_parsers: Vec::new(),
    };
    for line in include_str!(concat!(env!("OUT_DIR"), "/rules.txt")).lines() {
        let mut fields = line.split('\u{1f}').fuse();
        let list = fields.next();
        let regex = Cow::Borrowed(fields.next().unwrap_or_default());
        let mut next = || {
            fields
                .next()
                .filter(|field| !field.is_empty())
                .map(Cow::Borrowed)
        };
        match list {
            Some("u") => rules.user_agent_parsers.push(user_agent::Parser {
                regex,
                family_replacement: next(),
                v1_replacement: next(),
                v2_replacement: next(),
                v3_replacement: next(),
                v4_replacement: next(),
            }),
            Some("o") => rules.os_parsers.push(os::Parser {
                regex,
                os_replacement: next(),
                os_v1_replacement: next(),
                os_v2_replacement: next(),
                os_v3_replacement: next(),
                os_v4_replacement: next(),
            }),
            _ => rules.device_parsers.push(device::Parser {
                regex,
                regex_flag: next().map(|flag| match &*flag {
                    "i" => device::Flag::IgnoreCase,
                    _ => panic!("the rules know no flag but i, and one has {flag:?}"),
                }),
                device_replacement: next(),
                brand_replacement: next(),
                model_replacement: next(),
            }),
        }
    }
    let extractor = Extractor::try_from(rules)
        .unwrap_or_else(|error| panic!("the rules do not compile: {error}"));
    for ua in SAMPLES.lines() {
        extractor.extract(ua);
    }
    extractor
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_samples_are_of_many_kinds() {
        let families = super::SAMPLES
            .lines()
            .map(|ua| crate::parse(ua).browser.family);
        let families: std::collections::BTreeSet<_> = families.collect();
        assert!(families.len() > 40, "{families:?}");
    }
}
