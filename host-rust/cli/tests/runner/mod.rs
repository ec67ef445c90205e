//! The runner of the scripts; `scripts.rs` tells what a script is.

use std::fmt::Write;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A process that is started while a program is written holds that open until it runs itself, and who runs the program meanwhile
/// is told that its text is busy.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a script. `None` if it went as written, else what differs.
pub(crate) fn run(path: &Path) -> Option<String> {
    let script = std::fs::read_to_string(path).expect("a script");
    let (steps, files) = split(&script);
    let folder = tempfile::tempdir().expect("a folder");
    lay(folder.path(), &files);

    let mut actual = String::new();
    let mut lines = steps.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(step) = line.strip_prefix("$ ") else {
            // Comments and empty lines stay where they are; what a step printed is printed anew.
            if line.is_empty() || line.starts_with('#') {
                writeln!(actual, "{line}").expect("a string");
            }
            continue;
        };
        let printed = perform(step, folder.path());
        write!(actual, "{line}\n{printed}").expect("a string");
        while lines
            .next_if(|line| !line.is_empty() && !line.starts_with("$ "))
            .is_some()
        {}
    }
    if actual == steps {
        return None;
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, actual + &script[steps.len()..]).expect("the script is written");
        return None;
    }
    let lines = steps.lines().zip(actual.lines());
    let same = lines
        .take_while(|(expected, printed)| expected == printed)
        .count();
    let line = |text: &str| {
        text.lines()
            .nth(same)
            .unwrap_or("the end of the steps")
            .to_owned()
    };
    Some(format!(
        "{}:{}\n  expected: {}\n  printed:  {}\n",
        path.display(),
        same + 1,
        line(steps),
        line(&actual)
    ))
}

/// The steps, and the files behind them as names with contents.
fn split(script: &str) -> (&str, Vec<(&str, &str)>) {
    let is_name = |line: &str| line.starts_with("-- ") && line.trim_end().ends_with(" --");
    let mut at = 0;
    let mut heads = Vec::new();
    for line in script.split_inclusive('\n') {
        if is_name(line) {
            heads.push((
                at,
                at + line.len(),
                &line.trim_end()[3..line.trim_end().len() - 3],
            ));
        }
        at += line.len();
    }
    let steps = &script[..heads.first().map_or(script.len(), |head| head.0)];
    let ends = heads
        .iter()
        .skip(1)
        .map(|head| head.0)
        .chain([script.len()]);
    let files = heads
        .iter()
        .zip(ends)
        .map(|(head, end)| (head.2, &script[head.1..end]));
    (steps, files.collect())
}

/// Writes the files of a script into its folder.
fn lay(folder: &Path, files: &[(&str, &str)]) {
    let _alone = alone();
    let fixture = "../../host-go/internal/fixture/scalar/scalar.wasm";
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture);
    std::fs::copy(&fixture, folder.join("scalar.wasm")).expect("the fixture kernel");
    for (name, content) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, content).expect("a file");
        if content.starts_with("#!") {
            allow_running(&path);
        }
        if name.ends_with(".wat") {
            let wasm = wat::parse_str(content).unwrap_or_else(|error| panic!("{name}: {error}"));
            std::fs::write(path.with_extension("wasm"), wasm).expect("a file");
        }
    }
}

#[cfg(unix)]
fn allow_running(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("an executable");
}

#[cfg(not(unix))]
fn allow_running(_: &Path) {}

/// The PATH of a script: its own folder `bin` first, and no program of ours that this machine happens to have.
fn path_with(bin: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others =
        std::env::split_paths(&path).filter(|folder| !folder.join("tenon-hotspots").exists());
    let folders = std::iter::once(bin.to_owned()).chain(others);
    std::env::join_paths(folders).expect("a PATH")
}

/// Does a step, and gives what the script says below it.
fn perform(step: &str, folder: &Path) -> String {
    let mut words = words(step);
    let input = words.iter().position(|word| word == "<").map(|at| {
        let file = words.split_off(at).pop().expect("a file's name");
        File::open(folder.join(file)).expect("the input")
    });
    let (program, args) = words.split_first().expect("a program");
    match program.as_str() {
        "tenon" => {}
        "cut" => {
            let bytes = std::fs::read(folder.join(&args[0])).expect("the file to cut");
            let length: usize = args[1].parse().expect("a number of bytes");
            std::fs::write(folder.join(&args[2]), &bytes[..length]).expect("the cut file");
            return String::new();
        }
        other => panic!("a script may not say `{other}`"),
    }
    let turn = alone();
    let child = Command::new(env!("CARGO_BIN_EXE_tenon"))
        .args(args)
        .current_dir(folder)
        .env_remove("COLUMNS")
        .env_remove("TENON_REGISTRY")
        .env("NO_COLOR", "1")
        .env("PATH", path_with(&folder.join("bin")))
        .stdin(input.map_or_else(Stdio::null, Stdio::from))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    drop(turn);
    let output = child.and_then(std::process::Child::wait_with_output);
    let output = output.expect("the command runs");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8 on standard output");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8 on standard error");
    let real = std::fs::canonicalize(folder).expect("the folder");
    let mut text = String::new();
    // An empty line would end the step's output in the script.
    for line in stdout.lines().map(str::trim_end) {
        writeln!(text, "{}", if line.is_empty() { "." } else { line }).expect("a string");
    }
    for line in stderr.lines() {
        writeln!(text, "{}", format!("2> {line}").trim_end()).expect("a string");
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => writeln!(text, "[{code}]").expect("a string"),
        None => writeln!(text, "[{}]", output.status).expect("a string"),
    }
    text.replace(&real.display().to_string(), "FOLDER")
}

/// The words of a step as a shell reads them: quotes of both kinds hold a word together.
fn words(step: &str) -> Vec<String> {
    let mut words = vec![];
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in step.chars() {
        match (quote, character) {
            (None, ' ') => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == character => quote = None,
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}
