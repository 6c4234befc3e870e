//! Commands that run another command: shells, `env`, `xargs`, `timeout`, and their like.

use super::read::{Reading, assignment, base, is_powerful};
use super::words::Word;

/// How a wrapper's options are written, before the command that it runs.
struct Shape {
    name: &'static str,
    /// Options that take the next word.
    with_value: &'static [&'static str],
    /// Options without a value, or with one in the same word (then they end in `=`, or are one letter).
    alone: &'static [&'static str],
    /// Words before the command that are neither options nor part of it.
    words: usize,
}

const SHAPES: [Shape; 15] = [
    shape(
        "timeout",
        &["-s", "-k", "--signal", "--kill-after"],
        &["--signal=", "--kill-after=", "--preserve-status", "--foreground", "-v", "--verbose"],
        1,
    ),
    shape("nice", &["-n", "--adjustment"], &["-n", "--adjustment="], 0),
    shape("ionice", &["-c", "-n"], &["-c", "-n", "-t"], 0),
    shape("nohup", &[], &[], 0),
    shape("setsid", &[], &["-c", "-f", "-w", "--ctty", "--fork", "--wait"], 0),
    shape("stdbuf", &["-i", "-o", "-e"], &["-i", "-o", "-e", "--input=", "--output=", "--error="], 0),
    shape(
        "time",
        &["-f", "-o"],
        &["-p", "-v", "-a", "--format=", "--output=", "--portability", "--verbose", "--append"],
        0,
    ),
    shape("command", &[], &["-p"], 0),
    shape("builtin", &[], &[], 0),
    shape("exec", &["-a"], &["-c", "-l"], 0),
    shape("busybox", &[], &[], 0),
    shape("sudo", &[], &["-n"], 0),
    shape("doas", &[], &["-n"], 0),
    shape("env", &["-u", "--unset", "-C", "--chdir"], &["-i", "--ignore-environment", "-u", "--unset=", "--chdir="], 0),
    shape(
        "xargs",
        &[
            "-a",
            "-d",
            "-E",
            "-I",
            "-L",
            "-n",
            "-P",
            "-s",
            "--arg-file",
            "--delimiter",
            "--max-args",
            "--max-procs",
            "--max-chars",
        ],
        &[
            "-0",
            "-r",
            "-t",
            "-x",
            "-d",
            "-E",
            "-I",
            "-i",
            "-L",
            "-l",
            "-n",
            "-P",
            "-s",
            "--null",
            "--no-run-if-empty",
            "--verbose",
            "--exit",
            "--arg-file=",
            "--delimiter=",
            "--max-args=",
            "--max-procs=",
            "--max-chars=",
            "--replace=",
        ],
        0,
    ),
];

const fn shape(
    name: &'static str,
    with_value: &'static [&'static str],
    alone: &'static [&'static str],
    words: usize,
) -> Shape {
    Shape { name, with_value, alone, words }
}

const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh"];

/// Adds the commands that a command runs to the reading; tells whether it does nothing else.
pub(super) fn unwrap(reading: &mut Reading, words: &[Word]) -> bool {
    let Some((program, rest)) = words.split_first() else { return false };
    let name = program.known().map(base).unwrap_or_default();
    if SHELLS.contains(&name) {
        return shell(reading, rest);
    }
    if name == "find" {
        find(reading, rest);
        return false;
    }
    let Some(shape) = SHAPES.iter().find(|shape| shape.name == name) else { return false };
    let Some(inner) = past_options(shape, rest) else {
        reading.unclear = true;
        return false;
    };
    let inner = if name == "env" { past_assignments(reading, inner) } else { inner };
    let Some(inner) = inner.get(shape.words..).filter(|inner| !inner.is_empty()) else { return false };
    let mut inner = inner.to_vec();
    if name == "xargs" {
        for place in places(rest) {
            let stands = |word: &Word| word.known().is_some_and(|text| text.contains(place));
            inner.iter_mut().filter(|word| stands(word)).for_each(|word| *word = Word::Unknown);
        }
        // What comes in stands at the end, unless it has a place.
        inner.push(Word::Unknown);
    }
    reading.add(inner);
    true
}

/// `sh -c TEXT`. Without `-c` it is a program that reads a file.
fn shell(reading: &mut Reading, words: &[Word]) -> bool {
    let mut text = false;
    let mut rest = words.iter();
    let mut script = None;
    while let Some(word) = rest.next() {
        match word.known() {
            Some("--" | "-") => {
                script = rest.next();
                break;
            }
            Some("--norc" | "--noprofile" | "--posix" | "--login") => {}
            Some(option) if option.starts_with(['-', '+']) && option.len() > 1 => {
                // Options with values, and those of shells that are not known here.
                reading.unclear |= option.starts_with("--") || option.contains(['o', 'O']);
                text |= !option.starts_with("--") && option.contains('c');
            }
            _ => {
                script = Some(word);
                break;
            }
        }
    }
    if !text {
        // An option that turns out to be -c would make the next word a text.
        reading.unclear |= matches!(script, Some(Word::Unknown));
        return false;
    }
    match script {
        Some(Word::Known(script)) => reading.nested(script),
        _ => reading.unclear = true,
    }
    true
}

/// `find … -exec COMMAND ;`
fn find(reading: &mut Reading, words: &[Word]) {
    let mut rest = words;
    let runs = |word: &Word| matches!(word.known(), Some("-exec" | "-execdir" | "-ok" | "-okdir"));
    while let Some(at) = rest.iter().position(runs) {
        let inner = &rest[at + 1..];
        let end = inner.iter().position(|word| matches!(word.known(), Some(";" | "+"))).unwrap_or(inner.len());
        let found = |word: &Word| match word.known() {
            Some(text) if text.contains("{}") => Word::Unknown,
            _ => word.clone(),
        };
        reading.add(inner[..end].iter().map(found).collect());
        rest = &inner[end..];
    }
}

/// What follows the options; none when one of them is not known.
fn past_options<'a>(shape: &Shape, mut words: &'a [Word]) -> Option<&'a [Word]> {
    while let Some((word, rest)) = words.split_first() {
        // What is not known may be an option, and then what follows is its value or not.
        let option = word.known()?;
        if option == "--" {
            return Some(rest);
        }
        if !option.starts_with('-') || option == "-" && shape.name != "env" {
            break;
        }
        words = if shape.with_value.contains(&option) {
            rest.get(1..)?
        } else if is_alone(shape, option) {
            rest
        } else {
            return None;
        };
    }
    Some(words)
}

fn is_alone(shape: &Shape, option: &str) -> bool {
    let adjusts = shape.name == "nice" && option[1..].bytes().all(|b| b.is_ascii_digit());
    let joined = |known: &&'static str| {
        option.strip_prefix(*known).is_some_and(|value| {
            value.is_empty() || known.ends_with('=') || (shape.with_value.contains(known) && !known.starts_with("--"))
        })
    };
    adjusts || (option == "-" && shape.name == "env") || shape.alone.iter().any(joined)
}

/// What follows the assignments of `env`.
fn past_assignments<'a>(reading: &mut Reading, mut words: &'a [Word]) -> &'a [Word] {
    while let Some((Word::Known(text), rest)) = words.split_first() {
        let Some((name, _)) = assignment(text).or_else(|| text.split_once('=')) else { break };
        reading.unclear |= is_powerful(name);
        words = rest;
    }
    words
}

/// The words in whose places `xargs` puts what comes in.
fn places(words: &[Word]) -> impl Iterator<Item = &str> {
    words.iter().enumerate().filter_map(|(at, word)| {
        let option = word.known()?;
        let place = option.strip_prefix("-I").or_else(|| option.strip_prefix("-i"));
        let place = place.or_else(|| option.strip_prefix("--replace").map(|place| place.trim_start_matches('=')))?;
        let apart = option == "-I";
        Some(if apart {
            words.get(at + 1)?.known()?
        } else if place.is_empty() {
            "{}"
        } else {
            place
        })
    })
}
