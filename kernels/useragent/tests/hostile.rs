//! Strings that no browser sends.

use tenon_kernel_useragent::{Agent, parse};

/// Whether every part of the answer is none or says something.
fn has_no_empty_part(agent: &Agent) -> bool {
    let Agent {
        browser,
        os,
        device,
    } = agent;
    let parts = [browser, os]
        .into_iter()
        .flat_map(|s| [&s.major, &s.minor, &s.patch, &s.patch_minor])
        .chain([&device.brand, &device.model]);
    parts.flatten().all(|part| !part.is_empty())
}

#[test]
fn what_no_rule_knows_is_other() {
    for ua in ["", "\0", " ", "-", "\u{feff}", "日本", "\r\n"] {
        let agent = parse(ua);
        assert_eq!(agent.browser.family, "Other", "{ua:?}");
        assert_eq!(agent.os.family, "Other", "{ua:?}");
        assert_eq!(agent.device.family, "Other", "{ua:?}");
        assert!(has_no_empty_part(&agent), "{ua:?}: {agent:?}");
    }
}

#[test]
fn cut_and_spliced_user_agents_have_answers() {
    let cases = include_str!("../data/test_ua.yaml");
    let uas: Vec<&str> = cases
        .lines()
        .filter_map(|line| line.split_once("user_agent_string:"))
        .map(|(_, ua)| ua.trim().trim_matches(['\'', '"']))
        .step_by(7)
        .collect();
    assert!(uas.len() > 200, "{}", uas.len());
    for (ua, next) in uas.iter().zip(&uas[1..]) {
        let head = &ua[..ua.floor_char_boundary(ua.len() / 2)];
        let tail = &next[next.floor_char_boundary(next.len() / 3)..];
        for text in [head.to_owned(), tail.to_owned(), format!("{head}\0{tail}")] {
            assert!(has_no_empty_part(&parse(&text)), "{text:?}");
        }
    }
}

/// A megabyte of what the rules look for. Their repetitions have bounds of a few hundred characters,
/// so a step that looks back over the whole string would show as minutes.
#[test]
fn long_user_agents_have_answers() {
    for piece in [
        "a",
        "Mozilla/5.0 (",
        "; ",
        "Android 4.",
        "iPhone ",
        "1.",
        "bot",
        "é",
    ] {
        assert!(
            has_no_empty_part(&parse(&piece.repeat((1 << 20) / piece.len()))),
            "{piece}"
        );
    }
}
