//! What `docs/SECURITY.md` says is shown by a test has that test.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A row of the table: what it is about, and what it says in its last column.
struct Row {
    id: [u32; 3],
    level: String,
    shown_by: String,
}

fn rows() -> Vec<Row> {
    let document = fs::read_to_string(root().join("docs/SECURITY.md")).unwrap();
    let lines = document.lines().filter(|line| line.starts_with("| V"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [id, level, asks, how, shown_by] = cells[..] else { panic!("five cells: {line}") };
            assert!(!asks.is_empty() && !how.is_empty() && !shown_by.is_empty(), "{line}");
            let numbers: Vec<u32> = id[1..].split('.').map(|part| part.parse().unwrap()).collect();
            Row { id: numbers.try_into().unwrap(), level: level.into(), shown_by: shown_by.into() }
        })
        .collect()
}

/// The tests that a cell names, each as the place of its file and its name.
fn tests(cell: &str) -> Vec<(&str, &str)> {
    cell.split('`').skip(1).step_by(2).filter_map(|code| code.split_once("::")).collect()
}

/// Whether there is such a test.
fn exists(place: &str, name: &str) -> bool {
    let (part, file) = place.split_once('/').unwrap_or_else(|| panic!("{place} has no part"));
    if part == "end2end" {
        let text = fs::read_to_string(root().join(format!("end2end/tests/{file}.spec.ts"))).unwrap_or_default();
        return text.contains(&format!("test('{name}'"));
    }
    let folders = match part {
        "suite" => vec!["server/tests/suite".to_owned()],
        "server" | "app" => vec![format!("{part}/src")],
        part => vec![format!("src/{part}/src"), format!("src/{part}/tests")],
    };
    let texts = folders.iter().filter_map(|folder| fs::read_to_string(root().join(format!("{folder}/{file}.rs"))).ok());
    texts.into_iter().any(|text| text.contains(&format!("fn {name}(")))
}

#[test]
fn every_test_that_the_document_names_is_there() {
    let rows = rows();
    let named: Vec<_> = rows.iter().flat_map(|row| tests(&row.shown_by)).collect();
    assert!(named.len() > 100, "{}", named.len());
    let missing: BTreeSet<_> = named.into_iter().filter(|(place, name)| !exists(place, name)).collect();
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn most_of_what_applies_is_shown_by_a_test() {
    let rows = rows();
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair[0] != pair[1]), "in order, and each once");
    assert!(rows.iter().all(|row| matches!(row.level.as_str(), "1" | "2")));
    let shown = rows.iter().filter(|row| !tests(&row.shown_by).is_empty()).count();
    assert!(shown * 100 >= rows.len() * 60, "{shown} of {}", rows.len());
    for row in rows.iter().filter(|row| tests(&row.shown_by).is_empty()) {
        assert!(["reason", "by construction"].iter().any(|why| row.shown_by.starts_with(why)), "{:?}", row.id);
    }
}
