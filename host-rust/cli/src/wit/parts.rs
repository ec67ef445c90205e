//! Compares what stands in order: parameters, fields, cases and flags.

use super::compare::{Comparer, Notes};
use super::model::Part;
use super::rules::Rule;

/// The rules of one sort of parts.
pub(super) struct PartRules {
    /// What one is called.
    word: &'static str,
    added: Rule,
    removed: Rule,
    reordered: Rule,
    type_changed: Rule,
    /// Where a new name at the same place is the same part.
    renamed: Option<Rule>,
}

/// Of a function.
pub(super) const PARAMETERS: PartRules = PartRules {
    word: "parameter",
    added: Rule::ParameterAdded,
    removed: Rule::ParameterRemoved,
    reordered: Rule::ParameterReordered,
    type_changed: Rule::ParameterTypeChanged,
    renamed: Some(Rule::ParameterRenamed),
};

/// Of a record.
pub(super) const FIELDS: PartRules = PartRules {
    word: "field",
    added: Rule::RecordFieldAdded,
    removed: Rule::RecordFieldRemoved,
    reordered: Rule::RecordFieldReordered,
    type_changed: Rule::RecordFieldTypeChanged,
    renamed: None,
};

/// Of a variant.
pub(super) const CASES: PartRules = PartRules {
    word: "case",
    added: Rule::VariantCaseAdded,
    removed: Rule::VariantCaseRemoved,
    reordered: Rule::VariantCaseReordered,
    type_changed: Rule::VariantCaseTypeChanged,
    renamed: None,
};

/// Of an enum. They have no types.
pub(super) const ENUM_CASES: PartRules = PartRules {
    word: "case",
    added: Rule::EnumCaseAdded,
    removed: Rule::EnumCaseRemoved,
    reordered: Rule::EnumCaseReordered,
    type_changed: Rule::TypeChanged,
    renamed: None,
};

/// Of flags. They have no types.
pub(super) const FLAGS: PartRules = PartRules {
    word: "flag",
    added: Rule::FlagAdded,
    removed: Rule::FlagRemoved,
    reordered: Rule::FlagReordered,
    type_changed: Rule::TypeChanged,
    renamed: None,
};

impl Comparer<'_> {
    /// Compares the parts of what is at a path.
    pub(super) fn parts(
        &mut self,
        path: &str,
        rules: &PartRules,
        (old, new): (&[Part], &[Part]),
        around: Notes<'_>,
    ) {
        let find = |parts: &[Part], name: &str| parts.iter().position(|part| part.name == name);
        let mut renamed = Vec::new();
        for (index, was) in old.iter().enumerate() {
            let path = format!("{path}.{}", was.name);
            if let Some(at) = find(new, &was.name) {
                let is = &new[at];
                self.notes(&path, &was.note, &is.note);
                self.part_type(&path, rules, was, is);
                continue;
            }
            let instead = new
                .get(index)
                .filter(|is| old.len() == new.len() && find(old, &is.name).is_none());
            if let (Some(rule), Some(is)) = (rules.renamed, instead) {
                renamed.push(&is.name);
                let message = format!("is called {} now", is.name);
                self.add(rule, &path, (&was.note, &is.note), message);
                self.part_type(&path, rules, was, is);
                continue;
            }
            let message = format!("the {} is gone", rules.word);
            self.add(rules.removed, &path, (&was.note, around.1), message);
        }
        for is in new {
            if find(old, &is.name).is_none() && !renamed.contains(&&is.name) {
                let message = match &is.ty {
                    Some(ty) => format!("a new {} of type {ty}", rules.word),
                    None => format!("a new {}", rules.word),
                };
                let path = format!("{path}.{}", is.name);
                self.add(rules.added, &path, (around.0, &is.note), message);
            }
        }
        let kept = |these: &[Part], others: &[Part]| -> Vec<String> {
            let names = these.iter().map(|part| &part.name);
            names
                .filter(|name| find(others, name).is_some())
                .cloned()
                .collect()
        };
        let (was, is) = (kept(old, new), kept(new, old));
        if was != is {
            let message = format!("the order was {}, is {}", was.join(", "), is.join(", "));
            self.add(rules.reordered, path, around, message);
        }
    }

    fn part_type(&mut self, path: &str, rules: &PartRules, was: &Part, is: &Part) {
        if was.ty != is.ty {
            let text = |part: &Part| part.ty.clone().unwrap_or_else(|| "nothing".into());
            let message = format!("was {}, is {}", text(was), text(is));
            self.add(rules.type_changed, path, (&was.note, &is.note), message);
        }
    }
}
