//! `tenon key new`.

use super::{FORMAT, KEY_SIZE, no_key, print_json, private_key, public_key, read};
use crate::args::registry::KeyNew;
use crate::failure::{Failure, Result};
use crate::output::print;
use serde::Serialize;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use tenon_registry::{key_id, new_key, render_key, render_private_key};

#[derive(Serialize)]
struct Report {
    format: u32,
    dry_run: bool,
    changed: bool,
    file: String,
    public: String,
    /// Empty where no key was made.
    key_id: String,
}

/// Makes a pair of keys, unless it is there.
pub(crate) fn run(args: &KeyNew) -> Result<()> {
    let public = public_file(&args.file);
    let mut report = Report {
        format: FORMAT,
        dry_run: args.dry_run,
        changed: false,
        file: args.file.display().to_string(),
        public: public.display().to_string(),
        key_id: String::new(),
    };
    if args.file.exists() {
        let key = private_key(&args.file)?.verifying_key();
        report.key_id = key_id(&key);
        if public.exists() {
            if public_key(&public)? != key {
                return Err(Failure::new(format!(
                    "{}: not the public key of {}",
                    report.public, report.file
                ))
                .help("give another name, or move that file away"));
            }
        } else {
            report.changed = true;
            let text = render_key(&key).map_err(|error| no_key(&public, &error))?;
            if !args.dry_run {
                write(&public, &text, 0o644)?;
            }
        }
    } else {
        if public.exists() {
            let text = read(&public, KEY_SIZE, "a key")?;
            return Err(Failure::new(format!(
                "{}: there is such a file, and no key to it",
                report.public
            ))
            .found(format!("{} bytes", text.len()))
            .help("give another name, or move that file away"));
        }
        report.changed = true;
        if !args.dry_run {
            let key = new_key().map_err(|error| no_key(&args.file, &error))?;
            report.key_id = key_id(&key.verifying_key());
            let secret = render_private_key(&key).map_err(|error| no_key(&args.file, &error))?;
            let open = render_key(&key.verifying_key()).map_err(|error| no_key(&public, &error))?;
            write(&args.file, &secret, 0o600)?;
            write(&public, &open, 0o644)?;
        }
    }
    if args.json {
        return print_json(&report);
    }
    print(&match (report.changed, args.dry_run) {
        (false, _) => format!(
            "{}: the pair is there already, nothing changes\n  key id  {}\n",
            report.file, report.key_id
        ),
        (true, true) => format!("{} and {}: would be written\n", report.file, report.public),
        (true, false) => format!(
            "{}  signs; keep it secret\n{}  is trusted\n  key id  {}\n",
            report.file, report.public, report.key_id
        ),
    })
}

fn public_file(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

/// Writes a file that is not there yet.
fn write(file: &Path, text: &str, mode: u32) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(mode);
    }
    #[cfg(not(unix))]
    let _ = mode;
    let written = options.open(file).and_then(|mut file| {
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
    });
    written.map_err(|error| {
        Failure::new(format!("{}: cannot write the file", file.display())).found(error)
    })
}
