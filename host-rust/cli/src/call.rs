//! `tenon call`: calls a function of a component, on the Rust host.

mod list;

use crate::args::{Call, Wasi};
use crate::failure::{Failure, Result};
use crate::input::{Input, require_contract};
use crate::output::print;
use std::time::Duration;
use tenon_host::wasmtime::component::wasm_wave::untyped::UntypedFuncCall;
use tenon_host::{CallOptions, Config, Engine, Fault, FaultKind, Fuel, LoadOptions};

/// Calls what the arguments name, and prints the result in WAVE.
pub(crate) fn run(args: &Call) -> Result<()> {
    let input = Input::read(&args.file)?;
    let Some(export) = &args.export else {
        let plan = input.transpile()?.plan;
        let contract = plan.contract.as_ref();
        let contract = contract.map(|it| (it.package.as_str(), it.version.as_str()));
        require_contract(&input.name, contract, args.contract.as_deref())?;
        return print(&list::render(&input.name, &plan));
    };
    let (export, values) = parse(export, &args.args)?;
    let failed = |fault: Fault| faulted(&input.name, &fault);
    let config = Config {
        start_timeout: args.deadline.0,
        fuel: args.fuel > 0,
        ..Config::default()
    };
    let engine = Engine::new(&config).map_err(failed)?;
    let options = LoadOptions {
        wasi: match args.wasi {
            Wasi::None => tenon_host::Wasi::None,
            Wasi::Stub => tenon_host::Wasi::Stub,
        },
        ..LoadOptions::default()
    };
    let kernel = engine
        .load_with(&input.bytes, &options)
        .map_err(|fault| ungranted(&input.name, args.wasi, &fault))?;
    let contract = kernel.contract();
    let contract = contract.map(|it| (it.package.as_str(), it.version.as_str()));
    require_contract(&input.name, contract, args.contract.as_deref())?;
    let mut instance = kernel.open_cold().map_err(failed)?;
    let limits = CallOptions {
        deadline: Some(args.deadline.0.unwrap_or(Duration::MAX)),
        fuel: (args.fuel > 0).then(|| Fuel::new(args.fuel)),
        ..CallOptions::default()
    };
    instance.set_limits(&limits).map_err(failed)?;
    let result = instance.call_wave(&export, &values).map_err(failed)?;
    // A function without a result prints nothing.
    let end = if result.is_empty() { "" } else { "\n" };
    print(&(result + end))
}

/// The function's name and its arguments, from `redact "…"` as from `redact("…")`.
fn parse(export: &str, args: &[String]) -> Result<(String, Vec<String>)> {
    let Some(open) = export.find('(') else {
        return Ok((export.to_owned(), args.to_vec()));
    };
    let wrong = || Failure::new(format!("`{export}` is not a call"));
    if !args.is_empty() {
        return Err(wrong()
            .found("arguments in parentheses and arguments after them")
            .help("give arguments in one of the two ways"));
    }
    // The name of an interface is no word of WAVE: for its parser another name stands there, of the
    // same length, so that the places in its errors are right.
    let (name, list) = export.split_at(open);
    let call = "f".repeat(open) + list;
    let call = UntypedFuncCall::parse(&call).map_err(|error| {
        wrong().found(error).help(
            "write values as WAVE: 42, true, \"text\", [1, 2], {field: 1}, some(1), case-name",
        )
    })?;
    let values = call.params_node().map(|params| params.as_tuple());
    let values = values.transpose().map_err(|error| wrong().found(error))?;
    let source = call.source();
    let texts = values
        .into_iter()
        .flatten()
        .map(|node| source[node.span()].to_owned());
    Ok((name.to_owned(), texts.collect()))
}

/// A fault of loading; what the command can grant by itself is told.
fn ungranted(file: &str, wasi: Wasi, fault: &Fault) -> Failure {
    let failure = faulted(file, fault);
    let refused = fault.kind() == FaultKind::Policy && fault.message().contains("imports `wasi:");
    match (wasi, refused) {
        (Wasi::None, true) => failure.note("or", "give it a WASI without effects by `--wasi=stub`"),
        _ => failure,
    }
}

fn faulted(file: &str, fault: &Fault) -> Failure {
    let export = if fault.export().is_empty() {
        String::new()
    } else {
        format!("{}: ", fault.export())
    };
    let place = fault
        .offset()
        .map(|offset| format!(", at byte {offset:#x}"))
        .unwrap_or_default();
    Failure::new(format!("{file}: {export}{}", fault.message()))
        .note("fault", format!("{}{place}", fault.kind()))
        .note("stack", fault.backtrace().join("\n"))
        .help(match fault.kind() {
            FaultKind::Deadline => "--deadline gives the component more time",
            FaultKind::Fuel => "--fuel gives the call a larger budget",
            _ => fault.help(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_call_mean_the_same() {
        let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        for (export, args) in [
            ("add", &["1", "[2, 3]"][..]),
            ("add(1, [2, 3])", &[]),
            ("add( 1 ,[2, 3] )", &[]),
        ] {
            let (name, values) = parse(export, &words(args)).expect(export);
            assert_eq!(
                (name.as_str(), values),
                ("add", words(&["1", "[2, 3]"])),
                "{export}"
            );
        }
        let (name, values) = parse("a:b/c@1.0.0#f(\"x, (y\")", &[]).expect("a call");
        assert_eq!(
            (name.as_str(), values),
            ("a:b/c@1.0.0#f", words(&["\"x, (y\""]))
        );
        let (_, values) = parse("f()", &[]).expect("a call without arguments");
        assert!(values.is_empty());
    }

    #[test]
    fn what_is_not_a_call_is_refused() {
        for (export, args) in [
            ("(1)", vec![]),
            ("f(", vec![]),
            ("f(1", vec![]),
            ("f(1)", vec!["2".to_owned()]),
            ("f(,)", vec![]),
        ] {
            assert!(parse(export, &args).is_err(), "{export}");
        }
    }
}
