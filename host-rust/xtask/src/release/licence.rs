//! Licences recognised by their text.

use std::collections::BTreeSet;

/// Words of licences that ask for more than the families known here, wherever in a file they stand.
const OTHERS: &[&str] = &[
    "affero general public license",
    "business source license",
    "commons clause",
    "elastic license",
    "server side public license",
    "lesser general public license",
    "gnu general public license",
];

/// What everybody who says Apache-2.0 says: the text's own heading, or the note that stands for it.
const APACHE: &[&str] = &[
    "apache license version 2.0 january 2004",
    "licensed under the apache license version 2.0",
];

/// The licences that a file holds, as SPDX names: more than one where it is about parts under different ones. `None`
/// where there is none that is known here, or one besides that is not.
pub(super) fn recognise(text: &str) -> Option<BTreeSet<&'static str>> {
    let text = plain(text);
    let has = |words: &str| text.contains(words);
    let mut found = BTreeSet::new();
    // It names the licences of the GNU project as ones that may be chosen instead.
    let mozilla = has("mozilla public license version 2.0");
    if mozilla {
        found.insert("MPL-2.0");
    } else if OTHERS.iter().any(|words| has(words)) {
        return None;
    }
    if APACHE.iter().any(|words| has(words)) {
        found.insert("Apache-2.0");
    }
    if has(
        "permission is hereby granted free of charge to any person obtaining a copy of this software",
    ) {
        found.insert("MIT");
    }
    if has(
        "permission to use copy modify and or distribute this software for any purpose with or without fee",
    ) || has(
        "permission to use copy modify and distribute this software for any purpose with or without fee",
    ) {
        found.insert("ISC");
    }
    if has(
        "redistribution and use in source and binary forms with or without modification are permitted",
    ) {
        // The fourth clause is the one about advertisements.
        if has("all advertising materials mentioning") {
            return None;
        }
        let third = has("to endorse or promote products");
        found.insert(if third {
            "BSD-3-Clause"
        } else {
            "BSD-2-Clause"
        });
    }
    (!found.is_empty()).then_some(found)
}

/// Words in lower case with single spaces: without commas, quotes, comment signs and line ends, which differ from copy to copy.
fn plain(text: &str) -> String {
    let kept = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
    let words = text
        .split(|c| !kept(c))
        .filter(|word| word.contains(char::is_alphanumeric));
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// Whether a file of this name holds a licence.
pub(super) fn is_licence(file: &str) -> bool {
    let file = file.to_ascii_lowercase();
    let holds = ["license", "licence", "copying", "unlicense"]
        .iter()
        .any(|start| file.starts_with(start));
    holds && !file.ends_with(".go")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIT: &str = "The MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining\na copy of this software and associated";
    const BSD: &str = "// Redistribution and use in source and binary forms, with or without\n// modification, are permitted provided that the following conditions are";
    const NAMES: &str = "Neither the name of X nor the names of its contributors may be used to endorse or promote products";

    fn named(text: &str) -> String {
        recognise(text).map_or("unknown".into(), |names| {
            names.into_iter().collect::<Vec<_>>().join(" AND ")
        })
    }

    #[test]
    fn the_families_are_told_apart() {
        for (text, name) in [
            ("Apache License\n   Version 2.0, January 2004", "Apache-2.0"),
            (
                "Licensed under the Apache License, Version 2.0 (the \"License\");",
                "Apache-2.0",
            ),
            (
                "Mozilla Public License, version 2.0 … means the GNU General Public License, Version 2.0",
                "MPL-2.0",
            ),
            (MIT, "MIT"),
            (BSD, "BSD-2-Clause"),
            (&format!("{BSD} met:\n* {NAMES}"), "BSD-3-Clause"),
            (
                "Permission to use, copy, modify, and/or distribute this software for any\npurpose with or without fee",
                "ISC",
            ),
            (
                "Permission to use, copy, modify, and distribute this software for any\npurpose with or without fee",
                "ISC",
            ),
            (
                &format!("{MIT}\nLicensed under the Apache License, Version 2.0"),
                "Apache-2.0 AND MIT",
            ),
        ] {
            assert_eq!(named(text), name, "{text}");
        }
    }

    #[test]
    fn what_asks_for_more_is_unknown_also_beside_a_known_one() {
        for text in [
            "",
            "All rights reserved.",
            "GNU GENERAL PUBLIC LICENSE Version 3",
            &format!("{MIT}\n\nor the GNU Lesser General Public License"),
            &format!("{MIT}\n\"Commons Clause\" License Condition v1.0"),
            &format!("{BSD}\n3. All advertising materials mentioning features"),
            "Apache License, Version 1.1",
        ] {
            assert_eq!(named(text), "unknown", "{text}");
        }
    }

    #[test]
    fn licence_files_are_known_by_their_names() {
        for (file, holds) in [
            ("LICENSE", true),
            ("License.txt", true),
            ("LICENCE-MIT", true),
            ("COPYING", true),
            ("NOTICE", false),
            ("license.go", false),
            ("README.md", false),
        ] {
            assert_eq!(is_licence(file), holds, "{file}");
        }
    }
}
