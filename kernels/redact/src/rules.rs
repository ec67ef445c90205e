//! The rules, in the syntax of the crate `regex`; the build script turns them into automata.
//!
//! They match bytes: a class such as `[^ ]` holds every byte of a character that is not ASCII. A match is only a
//! candidate: the code that uses a rule says what is done with it.

/// The rules with their names.
pub(crate) const RULES: [(&str, &str); 4] = [
    ("url", r#"(?i:https?|ftp|wss?)://[^\x00-\x20"<>\x7f]+"#),
    (
        "token",
        r"(?:Bearer|bearer|BEARER)[ \t]+[A-Za-z0-9._~+/=-]{8,}",
    ),
    (
        "user",
        concat!(
            r" (?:(?:[Ii]nvalid|authenticating|for|from) user {1,2}|failures for (?:invalid user )?)[^ \t\r\n]+",
            r"| (?:for|User) [^ \t\r\n]+ from ",
            r"|[ ;]r?user=[^ \t\r\n]+",
        ),
    ),
    (
        "email",
        r"[A-Za-z0-9._%+\x80-\xff-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]",
    ),
];
