//! `tenon inspect`: what a component is, without running it.

mod imports;
mod sections;
pub(crate) mod signature;
mod text;

use crate::args::Inspect;
use crate::failure::{Failure, Result};
use crate::input::{Input, require_contract};
use crate::output::print;
use imports::Wanted;
use sections::Section;
use serde::Serialize;
use tenon_transpile::Transpiled;
use tenon_transpile::plan::{CloneInfo, Contract, Module, PanicBuffer, Plan};

/// The number of the format of `--json`; names are only added within one format.
const FORMAT: u32 = 1;

/// All that the command reports: the JSON object of `--json`.
#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    file: &'a str,
    digest: &'a str,
    size: u64,
    metadata: &'a Option<serde_json::Value>,
    contract: &'a Option<Contract>,
    exports: Vec<Export<'a>>,
    /// Their names alone.
    imports: Vec<&'a str>,
    import_tree: Vec<Wanted<'a>>,
    modules: &'a [Module],
    features: &'a [String],
    panic: &'a Option<PanicBuffer>,
    clone: &'a CloneInfo,
    sections: Vec<Section>,
}

/// An exported function.
#[derive(Serialize)]
struct Export<'a> {
    interface: Option<&'a str>,
    name: &'a str,
    signature: String,
    docs: &'a str,
}

/// Inspects the file that the arguments name.
pub(crate) fn run(args: &Inspect) -> Result<()> {
    let input = Input::read(&args.file)?;
    let Transpiled { plan, .. } = input.transpile()?;
    let contract = plan.contract.as_ref();
    let contract = contract.map(|it| (it.package.as_str(), it.version.as_str()));
    require_contract(&input.name, contract, args.contract.as_deref())?;
    let report = report(&input, &plan);
    if args.json {
        let json = serde_json::to_string_pretty(&report).map_err(|error| {
            Failure::new(format!("{}: the report cannot be written", input.name)).found(error)
        })?;
        print(&(json + "\n"))
    } else {
        print(&text::render(&report))
    }
}

fn report<'a>(input: &'a Input, plan: &'a Plan) -> Report<'a> {
    let exports = plan.funcs.iter().map(|func| Export {
        interface: func.interface.as_deref(),
        name: &func.name,
        signature: signature::function(plan, &func.params, func.result),
        docs: &func.docs,
    });
    let imports = plan.imports.iter().map(|import| import.name.as_str());
    Report {
        format: FORMAT,
        file: &input.name,
        digest: &plan.component.digest,
        size: plan.component.size,
        metadata: &plan.metadata,
        contract: &plan.contract,
        exports: exports.collect(),
        imports: imports.collect(),
        import_tree: imports::tree(plan, &plan.imports),
        modules: &plan.modules,
        features: &plan.features,
        panic: &plan.panic,
        clone: &plan.clone,
        sections: sections::list(&input.bytes),
    }
}
