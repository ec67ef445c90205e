//! Versions of kernels in a folder.
