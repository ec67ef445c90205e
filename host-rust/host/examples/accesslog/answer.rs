//! The JSON line of a record. The Go service writes the same; an absent member is a WIT none.

use serde::Serialize;
use tenon_host::contracts::redact::{Kind, Redaction};
use tenon_host::contracts::useragent::{Agent, Software};

/// All that is said of one record.
pub(crate) struct Answer {
    pub(crate) agent: Agent,
    pub(crate) redaction: Redaction,
}

#[derive(Serialize)]
struct JsonLine<'a> {
    n: usize,
    agent: JsonAgent<'a>,
    text: &'a str,
    findings: Vec<JsonFinding>,
}

#[derive(Serialize)]
struct JsonAgent<'a> {
    browser: JsonSoftware<'a>,
    os: JsonSoftware<'a>,
    device: JsonDevice<'a>,
}

#[derive(Serialize)]
struct JsonSoftware<'a> {
    family: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    major: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_minor: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonDevice<'a> {
    family: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonFinding {
    kind: &'static str,
    /// UTF-8 byte offsets into the line.
    start: u32,
    end: u32,
}

impl Answer {
    /// The line of record `n`, counted from 1.
    pub(crate) fn line(&self, n: usize) -> serde_json::Result<String> {
        let device = &self.agent.device;
        let line = JsonLine {
            n,
            agent: JsonAgent {
                browser: software(&self.agent.browser),
                os: software(&self.agent.os),
                device: JsonDevice {
                    family: &device.family,
                    brand: device.brand.as_deref(),
                    model: device.model.as_deref(),
                },
            },
            text: &self.redaction.text,
            findings: self
                .redaction
                .findings
                .iter()
                .map(|found| JsonFinding {
                    kind: kind(found.kind),
                    start: found.start,
                    end: found.end,
                })
                .collect(),
        };
        let mut json = serde_json::to_string(&line)?;
        // Go's encoder escapes the two line separators that JavaScript once did not allow in strings.
        if json.contains(['\u{2028}', '\u{2029}']) {
            json = json
                .replace('\u{2028}', "\\u2028")
                .replace('\u{2029}', "\\u2029");
        }
        json.push('\n');
        Ok(json)
    }
}

fn software(software: &Software) -> JsonSoftware<'_> {
    JsonSoftware {
        family: &software.family,
        major: software.major.as_deref(),
        minor: software.minor.as_deref(),
        patch: software.patch.as_deref(),
        patch_minor: software.patch_minor.as_deref(),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Ipv4 => "ipv4",
        Kind::Ipv6 => "ipv6",
        Kind::Host => "host",
        Kind::Email => "email",
        Kind::User => "user",
        Kind::Token => "token",
        Kind::Card => "card",
        Kind::Url => "url",
    }
}
