//! Reads a line for the shell as far as rules need it: which commands it runs.

mod pattern;

pub use pattern::check_pattern;
