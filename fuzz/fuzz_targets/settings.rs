//! See `settings` in `src/files.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::files::settings(bytes));
