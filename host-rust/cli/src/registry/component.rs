//! What a component says of itself, as far as a registry asks.

use crate::failure::{Failure, Result};
use crate::input::Input;
use tenon_transpile::plan::Contract;

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
}
