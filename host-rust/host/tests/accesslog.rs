//! The access-log example reads lines as the Go service does, and writes the JSON that it writes.

#[path = "../examples/accesslog/answer.rs"]
mod answer;
#[path = "../examples/accesslog/log.rs"]
mod log;

use answer::Answer;
use tenon_host::contracts::redact::{Finding, Kind, Redaction};
use tenon_host::contracts::useragent::{Agent, Device, Software};

fn agents(log: &str) -> Vec<String> {
    log::parse(log.as_bytes())
        .into_iter()
        .map(|record| record.agent)
        .collect()
}

#[test]
fn the_user_agent_is_the_last_quoted_field() {
    let combined = r#"host - - [01/Aug/1995:00:00:01 -0400] "GET / HTTP/1.0" 200 1 "-" "#;
    let line = |agent: &str| format!("{combined}{agent}\n");
    assert_eq!(
        agents(&line(r#""Mozilla/5.0 (X11)""#)),
        ["Mozilla/5.0 (X11)"]
    );
    assert_eq!(
        agents(&line(r#""a \"quoted\" \\ word\n""#)),
        [r#"a "quoted" \ word\n"#]
    );
    assert_eq!(agents(&line(r#""""#)), [""]);
    // Neither the request of the common log format nor a lone quote is a user agent.
    assert_eq!(agents(r#"host - - [x] "GET / HTTP/1.0""#), [""]);
    assert_eq!(agents("no quotes\n\"\nopen \" end\n"), ["", "", ""]);
}

#[test]
fn lines_end_in_lf_or_crlf_and_empty_ones_are_skipped() {
    let records = log::parse(b"one\r\n\r\n\ntwo\0\nthree");
    let lines: Vec<_> = records.iter().map(|record| &*record.line).collect();
    assert_eq!(lines, ["one", "two\0", "three"]);
    assert!(log::parse(b"").is_empty());
}

#[test]
fn runs_of_other_bytes_become_one_replacement() {
    let lines = |log: &[u8]| {
        log::parse(log)
            .into_iter()
            .map(|record| record.line)
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(b"a\xff\xfe\xfdb\xffc"), ["a\u{fffd}b\u{fffd}c"]);
    assert_eq!(lines(b"\xe2\x82\xffz"), ["\u{fffd}z"]);
}

#[test]
fn a_line_leaves_out_what_is_none_and_escapes_as_go_does() {
    let software = |family: &str| Software {
        family: family.into(),
        major: Some("1".into()),
        minor: None,
        patch: None,
        patch_minor: Some(String::new()),
    };
    let answer = Answer {
        agent: Agent {
            browser: software("A & B"),
            os: software("\"\u{2028}"),
            device: Device {
                family: "Other".into(),
                brand: None,
                model: None,
            },
        },
        redaction: Redaction {
            text: "<ipv4>\t\u{1}".into(),
            findings: vec![Finding {
                kind: Kind::Ipv4,
                start: 0,
                end: 7,
            }],
        },
    };
    let expected = concat!(
        r#"{"n":3,"agent":{"browser":{"family":"A & B","major":"1","patch_minor":""},"#,
        r#""os":{"family":"\"\u2028","major":"1","patch_minor":""},"device":{"family":"Other"}},"#,
        r#""text":"<ipv4>\t\u0001","findings":[{"kind":"ipv4","start":0,"end":7}]}"#,
        "\n"
    );
    assert_eq!(answer.line(3).unwrap(), expected);
}
