//! What a component says of itself, as far as a registry asks.

use super::{called, refused};
use crate::failure::{Failure, Result};
use crate::input::Input;
use tenon_registry::{Registry, Statement};
use tenon_transpile::plan::Contract;

/// A version's bytes, for the command that `op` names.
pub(super) fn version(
    registry: &Registry,
    contract: &str,
    digest: &str,
    op: &'static str,
) -> Result<Input> {
    let bytes = registry
        .read(contract, digest)
        .map_err(|error| refused(&error.doing(op)))?;
    Ok(Input {
        name: format!("{contract} {}", called("", digest)),
        bytes,
    })
}

/// A component's kernel and contract.
pub(super) struct Facts {
    pub(super) contract: Contract,
    /// Empty where the component does not say.
    pub(super) kernel: String,
    /// Empty where the component does not say.
    pub(super) label: String,
}

impl Facts {
    /// Validates a component, and takes it apart.
    pub(super) fn of(input: &Input) -> Result<Facts> {
        let plan = input.transpile()?.plan;
        let text = |key: &str| {
            let metadata = plan.metadata.as_ref();
            let value = metadata.and_then(|metadata| metadata.get(key)?.as_str());
            value.unwrap_or_default().to_owned()
        };
        let (kernel, label) = (text("kernel"), text("version"));
        let Some(contract) = plan.contract else {
            return Err(
                Failure::new(format!("{}: it is of no contract", input.name))
                    .found("no exported interface with a package name")
                    .note("fault", tenon_transpile::Kind::Contract)
                    .help("give a kernel; `tenon build <CRATE>` makes one"),
            );
        };
        Ok(Facts {
            contract,
            kernel,
            label,
        })
    }

    /// The contract with its version.
    pub(super) fn full_contract(&self) -> String {
        match self.contract.version.as_str() {
            "" => self.contract.package.clone(),
            version => format!("{}@{version}", self.contract.package),
        }
    }

    /// Where a signature is about another component: what this one is, and what is signed. Hosts compare the kernel, too; one
    /// that the component does not name is theirs to judge.
    pub(super) fn other_than_signed(&self, statement: &Statement) -> Option<[String; 2]> {
        let hash = &statement.contract_hash;
        let own = self.full_contract();
        if statement.contract != own || !hash.is_empty() && *hash != self.contract.hash {
            let signed = format!("{} with types {hash}", statement.contract);
            return Some([format!("{own} with types {}", self.contract.hash), signed]);
        }
        let kernel = &statement.kernel;
        let named = !kernel.is_empty() && !self.kernel.is_empty();
        (named && *kernel != self.kernel)
            .then(|| [&self.kernel, kernel].map(|name| format!("kernel {name}")))
    }
}
