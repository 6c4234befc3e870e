//! What was once thrown at the parsers from outside, thrown again: every file of `fuzz/corpus` through its target.

use std::fs;
use std::path::Path;

#[allow(unreachable_pub, reason = "the fuzzer reaches it")]
#[path = "../../../fuzz/src/files.rs"]
mod files;
#[allow(unreachable_pub, reason = "the fuzzer reaches it")]
#[path = "../../../fuzz/src/words.rs"]
mod words;

/// Reads what it is given, and panics where that does harm.
type Target = fn(&[u8]);

/// The targets, by the name of their folder.
const TARGETS: [(&str, Target); 5] = [
    ("addressing", words::addressing),
    ("frames", words::frames),
    ("legacy", files::legacy),
    ("markdown", words::markdown),
    ("settings", files::settings),
];

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_file_of_the_corpus_is_read_without_harm() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    assert_eq!(names(&fuzz.join("corpus")), TARGETS.map(|(name, _)| name), "each target has a folder");
    let bins = TARGETS.map(|(name, _)| format!("{name}.rs"));
    assert_eq!(names(&fuzz.join("fuzz_targets")), bins, "each target can be run");
    for (name, target) in TARGETS {
        let folder = fuzz.join("corpus").join(name);
        let files = names(&folder);
        assert!(files.len() >= 3, "{name} has something to begin with");
        for file in files {
            let bytes = fs::read(folder.join(&file)).unwrap();
            assert!(bytes.len() <= 64 * 1024, "{name}/{file} is small");
            target(&bytes);
            // Cut short at every place, as files and frames are when something breaks off.
            for end in 0..bytes.len() {
                target(&bytes[..end]);
            }
        }
    }
}
