//! The contracts that Tenon brings along.

/// User-agent strings, by the contract `tenon:useragent`.
pub mod useragent {
    crate::contract! {
        wit: "../../wit/useragent",
        package: "tenon:useragent@1.0.0",
        interface: tenon::useragent::parser,
        /// Parsing of user-agent strings.
        pub trait Parser {
            /// Parses one user-agent string; every string has an answer.
            fn parse(ua: &str) -> Agent => call_parse;
            /// Parses many user-agent strings in one call; answers stand in the order of the arguments.
            fn parse_all(uas: &[&str]) -> Vec<Agent> => call_parse_all;
        }
    }
}

/// Redaction of log text, by the contract `tenon:redact`.
pub mod redact {
    crate::contract! {
        wit: "../../wit/redact",
        package: "tenon:redact@1.0.0",
        interface: tenon::redact::redactor,
        /// The redaction of log text.
        pub trait Redactor {
            /// Masks every finding in the text.
            fn redact(text: &str) -> Redaction => call_redact;
        }
    }
}

/// The smallest calls there are, by the contract `tenon:scalar`.
pub mod scalar {
    crate::contract! {
        wit: "../../wit/scalar",
        package: "tenon:scalar@1.0.0",
        interface: tenon::scalar::calls,
        /// Scalars in and out, and bytes and strings handed back.
        pub trait Calls {
            /// The wrapping sum of two numbers.
            fn add(a: u32, b: u32) -> u32 => call_add;
            /// The wrapping sum of a list.
            fn sum(values: &[u32]) -> u64 => call_sum;
            /// The given bytes.
            fn echo_bytes(bytes: &[u8]) -> Vec<u8> => call_echo_bytes;
            /// The given string.
            fn echo_string(text: &str) -> String => call_echo_string;
            /// Always traps: a panic with the given message.
            fn fail(message: &str) => call_fail;
        }
    }
}
