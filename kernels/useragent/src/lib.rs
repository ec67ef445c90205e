//! What a user-agent string tells about the software that sent it, by uap-core's rules.
//!
//! ```
//! let agent = tenon_kernel_useragent::parse("curl/8.5.0");
//! assert_eq!(agent.browser.family, "curl");
//! assert_eq!(agent.browser.major.as_deref(), Some("8"));
//! assert_eq!(agent.os.family, "Other");
//! ```
//!
//! The first call compiles about 1,200 regular expressions, which takes most of a second; those after
//! it take some ten microseconds.

mod rules;

#[cfg(target_family = "wasm")]
mod component;

use std::sync::LazyLock;
use ua_parser::Extractor;

/// A program with a version: a browser or an operating system. Parts that the rules leave open are
/// none; no part is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Software {
    /// The product's name; `Other` where no rule matches.
    pub family: String,
    /// The first part of the version.
    pub major: Option<String>,
    /// The second part of the version.
    pub minor: Option<String>,
    /// The third part of the version.
    pub patch: Option<String>,
    /// The fourth part of the version.
    pub patch_minor: Option<String>,
}

/// The hardware. Parts that the rules leave open are none; no part is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Device {
    /// The device's family; `Other` where no rule matches.
    pub family: String,
    /// The maker.
    pub brand: Option<String>,
    /// The maker's name for the model.
    pub model: Option<String>,
}

/// Everything that one user-agent string says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Agent {
    /// The browser, robot or library.
    pub browser: Software,
    /// The operating system.
    pub os: Software,
    /// The device.
    pub device: Device,
}

/// Parses one user-agent string; every string has an answer.
pub fn parse(ua: &str) -> Agent {
    let extractor: &Extractor<'_> = &EXTRACTOR;
    let (browser, os, device) = extractor.extract(ua);
    Agent {
        browser: browser.map_or_else(Software::other, |found| {
            let found = found.into_owned();
            Software {
                family: found.family,
                major: found.major,
                minor: found.minor,
                patch: found.patch,
                patch_minor: found.patch_minor,
            }
        }),
        os: os.map_or_else(Software::other, |found| {
            let found = found.into_owned();
            Software {
                family: found.os,
                major: found.major,
                minor: found.minor,
                patch: found.patch,
                patch_minor: found.patch_minor,
            }
        }),
        device: device.map_or_else(Device::other, |found| {
            let found = found.into_owned();
            Device {
                family: found.device,
                brand: found.brand,
                model: found.model,
            }
        }),
    }
}

/// The name of what no rule matches.
const OTHER: &str = "Other";

impl Software {
    fn other() -> Self {
        Self {
            family: OTHER.into(),
            ..Self::default()
        }
    }
}

impl Device {
    fn other() -> Self {
        Self {
            family: OTHER.into(),
            ..Self::default()
        }
    }
}

static EXTRACTOR: LazyLock<Extractor<'static>> = LazyLock::new(rules::compile);
