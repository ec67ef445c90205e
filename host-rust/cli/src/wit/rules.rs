//! The closed list of rules: what can differ between two contracts, and which version step it asks for.

use serde::{Serialize, Serializer};
use std::fmt;

/// How far a version moves, or has to move.
///
/// Below 1.0.0 they are what cargo's caret makes of them: 0.1 to 0.2 is a major step, 0.1.0 to 0.1.1 a minor one, and
/// every step below 0.1.0 is a major one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Step {
    /// No step.
    None,
    /// Words only.
    Patch,
    /// More than before; callers of the old one are served.
    Minor,
    /// Callers of the old one, or hosts, have to change.
    Major,
}

impl Step {
    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Step::None => "none",
            Step::Patch => "patch",
            Step::Minor => "minor",
            Step::Major => "major",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident $name:literal $step:ident $about:literal,)*) => {
        /// What differs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Rule {
            $(#[doc = $about] $variant,)*
        }

        impl Rule {
            /// All of them, in the order of the help.
            pub(crate) const ALL: &[Rule] = &[$(Rule::$variant,)*];

            /// The rule's name, which never changes.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Rule::$variant => $name,)*
                }
            }

            /// The step that it asks for in what a kernel exports.
            pub(crate) fn step(self) -> Step {
                match self {
                    $(Rule::$variant => Step::$step,)*
                }
            }

            /// A sentence about it.
            pub(crate) fn about(self) -> &'static str {
                match self {
                    $(Rule::$variant => $about,)*
                }
            }
        }
    };
}

rules! {
    PackageRenamed "package-renamed" Major "It is another contract; no version says so.",
    DependencyVersionChanged "dependency-version-changed" Major "Exports refer to another version of another package.",
    WorldRemoved "world-removed" Major "Kernels of the world have no contract any more.",
    WorldAdded "world-added" Minor "There is one more world.",
    ExportRemoved "export-removed" Major "The world exports less.",
    ExportAdded "export-added" Minor "The world exports more.",
    ImportAdded "import-added" Major "The world imports more: hosts have to grant it.",
    ImportRemoved "import-removed" Minor "The world imports less.",
    ImportVersionChanged "import-version-changed" Patch "It imports another version that the same grant serves.",
    InterfaceRemoved "interface-removed" Major "The interface is gone.",
    InterfaceAdded "interface-added" Minor "There is one more interface.",
    FunctionRemoved "function-removed" Major "The function is gone.",
    FunctionAdded "function-added" Minor "There is one more function.",
    FunctionKindChanged "function-kind-changed" Major "Method, static, async: it is called in another way.",
    ParameterRemoved "parameter-removed" Major "A parameter is gone.",
    ParameterAdded "parameter-added" Major "There is one more parameter.",
    ParameterRenamed "parameter-renamed" Major "A parameter has another name, which is part of its type.",
    ParameterReordered "parameter-reordered" Major "The parameters stand in another order.",
    ParameterTypeChanged "parameter-type-changed" Major "A parameter has another type.",
    ResultChanged "result-changed" Major "The function answers with another type.",
    TypeRemoved "type-removed" Major "The type is gone.",
    TypeAdded "type-added" Minor "There is one more type.",
    TypeChanged "type-changed" Major "The name stands for another type.",
    RecordFieldRemoved "record-field-removed" Major "A field is gone.",
    RecordFieldAdded "record-field-added" Major "There is one more field.",
    RecordFieldReordered "record-field-reordered" Major "The fields stand in another order.",
    RecordFieldTypeChanged "record-field-type-changed" Major "A field has another type.",
    VariantCaseRemoved "variant-case-removed" Major "A case is gone.",
    VariantCaseAdded "variant-case-added" Major "There is one more case, which callers do not know.",
    VariantCaseReordered "variant-case-reordered" Major "The cases stand in another order.",
    VariantCaseTypeChanged "variant-case-type-changed" Major "A case carries another type.",
    EnumCaseRemoved "enum-case-removed" Major "A case is gone.",
    EnumCaseAdded "enum-case-added" Major "There is one more case, which callers do not know.",
    EnumCaseReordered "enum-case-reordered" Major "The cases stand in another order.",
    FlagRemoved "flag-removed" Major "A flag is gone.",
    FlagAdded "flag-added" Major "There is one more flag, which callers do not know.",
    FlagReordered "flag-reordered" Major "The flags stand in another order.",
    ResourceRemoved "resource-removed" Major "The resource is gone.",
    ResourceAdded "resource-added" Minor "There is one more resource.",
    DeprecationChanged "deprecation-changed" Minor "Something is deprecated, or no longer.",
    DocsChanged "docs-changed" Patch "The words changed.",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn rules_have_names_of_their_own_in_kebab_case() {
        let names: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            let name = rule.name();
            assert!(
                name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
                "{name}"
            );
            assert!(
                rule.about().ends_with('.') && rule.step() > Step::None,
                "{name}"
            );
        }
    }
}
