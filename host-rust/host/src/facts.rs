//! What validation learns about a component, kept beside its compiled code.

use crate::config::Config;
use crate::fault::{Fault, FaultKind};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};
use tenon_transpile::{Options, plan::Import};

/// The identity of a contract: what a component's exports promise.
///
/// ```
/// # fn main() -> Result<(), tenon_host::Fault> {
/// # use tenon_host::{Config, Engine};
/// # let engine = Engine::new(&Config::default())?;
/// let kernel = engine.load_file("../../host-go/internal/fixture/scalar/scalar.wasm")?;
/// let contract = kernel.contract().expect("scalar exports an interface");
/// assert_eq!(contract.to_string(), "tenon:scalar@1.0.0");
/// assert_eq!(contract.interfaces, ["tenon:scalar/calls@1.0.0"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractId {
    /// Namespace and name of the WIT package, as `tenon:redact`.
    pub package: String,
    /// Semantic version, as `1.0.0`; empty when the package has none.
    pub version: String,
    /// Full names of the exported interfaces, sorted.
    pub interfaces: Vec<String>,
    /// SHA-256 of `text`, in hexadecimal.
    pub hash: String,
    /// The interfaces in WIT, without documentation.
    pub text: String,
}

impl fmt::Display for ContractId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.package)?;
        if !self.version.is_empty() {
            write!(f, "@{}", self.version)?;
        }
        Ok(())
    }
}

/// An exported function, by the names that a caller may use for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportName {
    /// The interface it is in, as `tenon:redact/redactor@1.0.0`; `None` for a function of the component itself.
    pub interface: Option<String>,
    /// The function, as `redact`.
    pub name: String,
}

impl fmt::Display for ExportName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(interface) = &self.interface {
            write!(f, "{interface}#")?;
        }
        f.write_str(&self.name)
    }
}

/// Where the kernel SDK leaves the message of a panic: a length of four bytes, then the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PanicBuffer {
    /// Number of the core instance, in order of instantiation.
    pub(crate) instance: u32,
    /// Name of the memory that it exports.
    pub(crate) memory: String,
    pub(crate) address: u32,
    pub(crate) size: u32,
}

/// Why an import cannot be left open, as transpile puts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    message: String,
    path: String,
    help: String,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        Fault::new(FaultKind::Policy, refusal.message)
            .in_path(refusal.path)
            .with_help(refusal.help)
    }
}

/// All that a host needs to know of a component besides its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) digest: String,
    pub(crate) size: u64,
    pub(crate) metadata: Option<serde_json::Value>,
    pub(crate) contract: Option<ContractId>,
    pub(crate) imports: Vec<String>,
    /// What to say of each import that is not granted; nothing of those that name types alone.
    refusals: Vec<Option<Refusal>>,
    pub(crate) exports: Vec<ExportName>,
    pub(crate) panic: Option<PanicBuffer>,
}

impl Facts {
    /// Validates the bytes of a component by the rules of both hosts.
    pub(crate) fn of(component: &[u8], config: &Config) -> Result<Facts, Fault> {
        let options = Options {
            table_elements: u32::try_from(config.table_limit).unwrap_or(u32::MAX),
            ..Options::default()
        };
        let plan = tenon_transpile::transpile(component, &options)?.plan;
        Ok(Facts {
            digest: plan.component.digest,
            size: plan.component.size,
            metadata: plan.metadata,
            contract: plan.contract.map(|contract| ContractId {
                package: contract.package,
                version: contract.version,
                interfaces: contract.interfaces,
                hash: contract.hash,
                text: contract.text,
            }),
            imports: plan.imports.iter().map(|it| it.name.clone()).collect(),
            refusals: plan.imports.iter().map(refusal).collect(),
            exports: plan
                .funcs
                .into_iter()
                .map(|func| ExportName {
                    interface: func.interface,
                    name: func.name,
                })
                .collect(),
            panic: plan.panic.map(|buffer| PanicBuffer {
                instance: buffer.instance,
                memory: buffer.memory,
                address: buffer.address,
                size: buffer.size,
            }),
        })
    }

    /// What to say when an import is not granted; `None` for one that needs no grant.
    pub(crate) fn refusal(&self, import: &str) -> Option<&Refusal> {
        let place = self.imports.iter().position(|name| name == import)?;
        self.refusals.get(place)?.as_ref()
    }

    fn text<'a>(&'a self, field: &str) -> &'a str {
        self.metadata
            .as_ref()
            .and_then(|metadata| metadata.get(field))
            .and_then(|value| value.as_str())
            .unwrap_or("")
    }

    /// The kernel's name: what its metadata says, else the package of its contract.
    pub(crate) fn name(&self) -> &str {
        match (self.text("kernel"), &self.contract) {
            ("", Some(contract)) => &contract.package,
            ("", None) => "component",
            (name, _) => name,
        }
    }

    /// The version's label, empty where the metadata has none.
    pub(crate) fn label(&self) -> &str {
        self.text("version")
    }

    /// The exported functions to call once in a fresh instance.
    pub(crate) fn warm(&self) -> Vec<String> {
        let names = self
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.get("warm"))
            .and_then(|warm| warm.as_array());
        names
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str())
            .map(str::to_owned)
            .collect()
    }
}

impl Fault {
    /// This fault as one of the component that the facts are about.
    pub(crate) fn in_kernel(self, facts: &Facts) -> Fault {
        self.of_version(facts.name(), facts.label(), &facts.digest)
    }
}

fn refusal(import: &Import) -> Option<Refusal> {
    let refusal = import.needs_grant().then(|| import.refusal())?;
    Some(Refusal {
        message: refusal.message,
        path: refusal.path.unwrap_or_default(),
        help: refusal.help,
    })
}

/// The SHA-256 of bytes, in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
