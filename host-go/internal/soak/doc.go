// Package soak proves that a swap loses nothing: goroutines on all cores call the ledger kernel through a slot while its versions
// change, and every call is booked.
//
// An answer names the version that made it (package ledger), and a caller notes which versions were in force between the
// beginning and the end of its call. So each call that had no answer is *lost*, each answer by a version that was not in
// force, or to another question, is *wrong*, and each that was made by more than one version is *torn*.
//
// Beside that it measures what a swap costs the callers, and what it leaves behind in the process. [Run] swaps under load;
// [Cycle] loads, calls and retires versions one after the other. The command cmd/tenon-soak in module registry runs both, and
// `cargo xtask soak` runs that and its twin on the Rust host.
package soak
