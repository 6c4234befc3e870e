//! See `markdown` in `src/words.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::words::markdown(bytes));
