//! Component bytes to validated core modules and a plan
