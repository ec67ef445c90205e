//! labels.json: semantic versions, each of which names a component for ever.

use crate::format::{self, FORMAT};
use crate::{Reason, Result, limits, name};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Which digest each label names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Labels(BTreeMap<String, String>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    format: u32,
    labels: Labels,
}

impl Labels {
    pub(crate) fn parse(text: &[u8], path: &Path) -> Result<Labels> {
        format::parse::<Content>(text, path, Reason::LabelsMalformed).map(|content| content.labels)
    }

    pub(crate) fn to_json(&self) -> String {
        let content = Content {
            format: FORMAT,
            labels: self.clone(),
        };
        format::render(&content)
    }

    pub(crate) fn get(&self, label: &str) -> Option<&str> {
        self.0.get(label).map(String::as_str)
    }

    pub(crate) fn insert(&mut self, label: &str, digest: &str) {
        self.0.insert(label.to_owned(), digest.to_owned());
    }

    pub(crate) fn remove(&mut self, label: &str) {
        self.0.remove(label);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Labels and digests in the order of semantic versions.
    pub(crate) fn sorted(&self) -> Vec<(&str, &str)> {
        let mut all: Vec<_> = self
            .0
            .iter()
            .map(|(l, d)| (l.as_str(), d.as_str()))
            .collect();
        all.sort_by_cached_key(|(label, _)| semver::Version::parse(label).ok());
        all
    }

    /// The labels of a digest, lowest first.
    pub(crate) fn of(&self, digest: &str) -> Vec<String> {
        let all = self.0.iter().filter(|(_, named)| *named == digest);
        let mut labels: Vec<_> = all.map(|(label, _)| label.clone()).collect();
        labels.sort_by_cached_key(|label| semver::Version::parse(label).ok());
        labels
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Labels, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Labels;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("labels with their digests")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Labels, A::Error> {
                let mut labels = BTreeMap::new();
                while let Some((label, digest)) = map.next_entry::<String, String>()? {
                    if !name::is_label(&label) {
                        return Err(A::Error::custom(format!("{label:?} is no label")));
                    }
                    if !name::is_digest(&digest) {
                        return Err(A::Error::custom(format!("label {label} names no digest")));
                    }
                    if labels.len() == limits::LABELS {
                        return Err(A::Error::custom(format!(
                            "more than {} labels",
                            limits::LABELS
                        )));
                    }
                    if labels.insert(label.clone(), digest).is_some() {
                        return Err(A::Error::custom(format!("label {label} is there twice")));
                    }
                }
                Ok(Labels(labels))
            }
        }
        from.deserialize_map(Entries)
    }
}
