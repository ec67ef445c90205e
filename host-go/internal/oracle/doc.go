// Package oracle holds the Go host against an independent implementation of the canonical ABI: golden vectors
// of lift and lower, random values through functions that give their argument back, and hostile guests. It is
// tests only; the vectors come from the tool host-rust/oracle, through the folder that TENON_ORACLE names.
package oracle
