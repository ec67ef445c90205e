//! Bills of materials in CycloneDX 1.5.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::repo::Repo;

/// One thing that is depended on, or that is ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Component {
    /// Its package URL, which is also what other components call it.
    pub(super) purl: String,
    pub(super) name: String,
    /// Empty where it has none, as a module of a workspace.
    pub(super) version: String,
    /// An SPDX expression; empty where it is not known.
    pub(super) licence: String,
    /// SHA-256 in hex, of what the ecosystem hashes: the archive of a crate, the list of a module's files. May be empty.
    pub(super) sha256: String,
    /// Whether it serves tests and benchmarks only, or nothing.
    pub(super) excluded: bool,
    /// The package URLs of what it needs, where that is known.
    pub(super) needs: Option<Vec<String>>,
}

impl Component {
    fn json(&self) -> Value {
        let mut value = json!({
            "type": "library",
            "bom-ref": self.purl,
            "name": self.name,
            "purl": self.purl,
            "scope": if self.excluded { "excluded" } else { "required" },
        });
        if !self.version.is_empty() {
            value["version"] = json!(self.version);
        }
        if !self.licence.is_empty() {
            value["licenses"] = json!([{ "expression": self.licence }]);
        }
        if !self.sha256.is_empty() {
            value["hashes"] = json!([{ "alg": "SHA-256", "content": self.sha256 }]);
        }
        value
    }
}

/// A package URL: `kind` is cargo or golang. A version may be empty.
pub(super) fn purl(kind: &str, name: &str, version: &str) -> String {
    let mut purl = format!("pkg:{kind}/{}", encoded(name));
    if !version.is_empty() {
        purl += &format!("@{}", encoded(version));
    }
    purl
}

/// Percent-encoded as package URLs want it: everything but a few signs and the slashes between a name's parts.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

/// The document about these components. It is the same for the same components in any order; `epoch` is its time stamp, in
/// seconds since 1970.
pub(super) fn document(
    name: &str,
    version: &str,
    components: &[Component],
    epoch: Option<u64>,
) -> Value {
    let sorted: BTreeMap<&str, &Component> =
        components.iter().map(|it| (it.purl.as_str(), it)).collect();
    let edges = sorted
        .values()
        .filter_map(|it| it.needs.as_ref().map(|needs| (it, needs)));
    let dependencies: Vec<Value> = edges
        .map(|(it, needs)| {
            let mut needs = needs.clone();
            needs.sort();
            needs.dedup();
            json!({ "ref": it.purl, "dependsOn": needs })
        })
        .collect();
    let mut document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": name,
                "name": name,
                "version": version,
                "licenses": [{ "license": { "id": "Apache-2.0" } }],
            },
        },
        "components": sorted.values().map(|it| it.json()).collect::<Vec<_>>(),
    });
    if !dependencies.is_empty() {
        document["dependencies"] = json!(dependencies);
    }
    if let Some(epoch) = epoch {
        document["metadata"]["timestamp"] = json!(timestamp(epoch));
    }
    document["serialNumber"] = json!(serial(&document.to_string()));
    document
}

/// Writes a document to target/sbom, and returns where it is.
pub(super) fn write(repo: &Repo, file: &str, components: &[Component]) -> Result<PathBuf> {
    let epoch = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => Some(
            text.parse()
                .with_context(|| format!("SOURCE_DATE_EPOCH: `{text}` is no number of seconds"))?,
        ),
        Err(_) => None,
    };
    let name = format!("tenon-{file}");
    let document = document(&name, env!("CARGO_PKG_VERSION"), components, epoch);
    let folder = repo.target().join("sbom");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let path = folder.join(format!("{file}.cdx.json"));
    let text = serde_json::to_string_pretty(&document)? + "\n";
    std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    Ok(path)
}

/// A UUID of the free form (version 8) out of a document's text: FNV-1a over its bytes. It names the document and
/// proves nothing about it.
fn serial(text: &str) -> String {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in text.bytes() {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    let hash = hash & !(0xf << 76) & !(0x3 << 62) | (0x8 << 76) | (0x2 << 62);
    let hex = format!("{hash:032x}");
    format!(
        "urn:uuid:{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// A point in time as RFC 3339 has it, in UTC.
fn timestamp(epoch: u64) -> String {
    let (mut days, second) = (epoch / 86_400, epoch % 86_400);
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [
        31,
        28 + u64::from(leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!(
        "{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{:02}Z",
        days + 1,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> [Component; 2] {
        let one = Component {
            purl: purl("cargo", "a", "1.0.0"),
            name: "a".into(),
            version: "1.0.0".into(),
            licence: "MIT".into(),
            sha256: "00ff".into(),
            needs: Some(vec![purl("cargo", "b", "")]),
            ..Component::default()
        };
        let other = Component {
            purl: purl("cargo", "b", ""),
            name: "b".into(),
            excluded: true,
            ..Component::default()
        };
        [one, other]
    }

    #[test]
    fn a_component_says_what_is_known_of_it_and_nothing_else() {
        let document = document("tenon", "0.1.0", &two(), None);
        assert_eq!(document["bomFormat"], "CycloneDX");
        assert_eq!(document["specVersion"], "1.5");
        let one = json!({
            "type": "library", "bom-ref": "pkg:cargo/a@1.0.0", "name": "a", "version": "1.0.0", "purl": "pkg:cargo/a@1.0.0",
            "scope": "required", "licenses": [{ "expression": "MIT" }], "hashes": [{ "alg": "SHA-256", "content": "00ff" }],
        });
        let other = json!({ "type": "library", "bom-ref": "pkg:cargo/b", "name": "b", "purl": "pkg:cargo/b", "scope": "excluded" });
        assert_eq!(document["components"], json!([one, other]));
        let edges = json!([{ "ref": "pkg:cargo/a@1.0.0", "dependsOn": ["pkg:cargo/b"] }]);
        assert_eq!(document["dependencies"], edges);
        assert_eq!(document["metadata"]["timestamp"], Value::Null);
    }

    #[test]
    fn the_serial_number_follows_the_content_alone() {
        let [one, other] = two();
        let serial = |components: &[Component], epoch| {
            document("tenon", "0.1.0", components, epoch)["serialNumber"].clone()
        };
        let first = serial(&[one.clone(), other.clone()], None);
        assert_eq!(first, serial(&[other.clone(), one.clone()], None));
        assert_ne!(first, serial(std::slice::from_ref(&one), None));
        assert_ne!(first, serial(&[one, other], Some(1)));
        let text = first.as_str().unwrap();
        let parts: Vec<&str> = text.strip_prefix("urn:uuid:").unwrap().split('-').collect();
        assert_eq!(
            parts.iter().map(|part| part.len()).collect::<Vec<_>>(),
            [8, 4, 4, 4, 12]
        );
        assert!(
            parts[2].starts_with('8') && parts[3].starts_with(['8', '9', 'a', 'b']),
            "{text}"
        );
    }

    #[test]
    fn the_time_stamp_is_that_of_the_epoch_that_is_given() {
        for (epoch, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_704_067_199, "2023-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(timestamp(epoch), text);
        }
        assert_eq!(
            document("t", "1", &[], Some(0))["metadata"]["timestamp"],
            "1970-01-01T00:00:00Z"
        );
    }

    #[test]
    fn package_urls_are_encoded() {
        assert_eq!(
            purl("cargo", "wit", "0.1.0+w-1"),
            "pkg:cargo/wit@0.1.0%2Bw-1"
        );
        assert_eq!(
            purl("golang", "gopkg.in/yaml.v3", "v3.0.1"),
            "pkg:golang/gopkg.in/yaml.v3@v3.0.1"
        );
    }
}
