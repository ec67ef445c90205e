//! Subcommands that are programs of their own: in a checkout they are built. `scripts/hotspots*.txt` has the other ways.

use std::path::Path;
use std::process::Command;

#[test]
fn in_a_checkout_the_program_is_built() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = tempfile::tempdir().expect("a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others =
        std::env::split_paths(&path).filter(|folder| !folder.join("tenon-hotspots").exists());
    let output = Command::new(env!("CARGO_BIN_EXE_tenon"))
        .args(["hotspots", "--no-source", "--top", "1"])
        .arg("../cmd/tenon-hotspots/testdata/accesslog.pb.gz")
        .current_dir(root.join("host-go/examples"))
        .env("PATH", std::env::join_paths(others).expect("a PATH"))
        .env("CARGO_TARGET_DIR", target.path())
        .output()
        .expect("the command runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("accesslog.answerer.answer"), "{printed}");
}
