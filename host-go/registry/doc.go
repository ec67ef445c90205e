// Package registry keeps the versions of kernels in a folder: published, labelled, signed, activated and rolled back by
// any number of processes on one machine, and followed by hosts.
//
// A version is named by the SHA-256 of its bytes; a semver label is only a name for one:
//
//	<root>/<namespace>/<package>/versions/<digest>.wasm        a component
//	<root>/<namespace>/<package>/versions/<digest>.dsse.json   its signature, if it has one
//	<root>/<namespace>/<package>/labels.json                   which label names which digest
//	<root>/<namespace>/<package>/state.json                    which version is active, and which one was before it
//	<root>/<namespace>/<package>/golden.json                   the cases that a version must pass, if there are any
//	<root>/<namespace>/<package>/trail.jsonl                   what happened, a line each
//	<root>/<namespace>/<package>/trail.1.jsonl                 what happened before that
//
// The format is described in host-rust/registry/README.md; the Rust host and the tenon command read and write the same files.
//
// # Writes
//
// Every write goes to a temporary file that is synced and renamed, and the folder is synced after it, so that a crash, or a full
// disk, leaves the old content or the new one. Writers of one contract take turns by a lock on the file .lock, in one process
// and among several; the system gives the lock back when its holder dies. Readers take no lock: what they open is whole.
//
// # Reads
//
// A file is read once, with a bound, and the bytes that were checked are the bytes that are returned: nothing is opened a second
// time between a check and a use. Whatever is not an ordinary file (a folder, a FIFO, a device) is refused. Each refusal is an
// [Error] with a [Reason] of a closed list, which the Rust host shares.
//
// # Trust
//
// [Trust] says whose signatures count, and lives with the host, never in the registry: who can write to the folder can replace
// every file in it, but not make a signature, and cannot make a host serve a version with a lower release counter than one it
// has served before, unless a signed [Ticket] allows just that.
//
// # Platforms
//
//	                    lock                   content durable by          rename durable by
//	linux               flock                  fsync                       fsync of the folder
//	darwin, *bsd        flock                  F_FULLFSYNC (darwin)        fsync of the folder
//	windows             LockFileEx of a byte   FlushFileBuffers            MoveFileEx with MOVEFILE_WRITE_THROUGH
//
// amd64 and arm64 are the same here. Linux is what the tests run on; for the others, compiling is tested. The folder belongs
// on a local disk: NFS and SMB may give a lock to two machines at once, and their changes are seen by the poll only. A file
// system that cannot sync a folder (EINVAL, ENOTSUP) is taken as it is.
package registry
