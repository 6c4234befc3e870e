//! The nearest known word to one that is not known.

/// The word of `known` that is most like `word`, if any is like it at all.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// “x is not known”, with the nearest known word, or all of them.
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(near) => format!("“{word}” is not a known {what}; did you mean “{near}”?"),
        None => format!("“{word}” is not a known {what}; known are {}.", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let known = ["command", "args", "restart"];
        assert_eq!(nearest("comand", &known), Some("command"));
        assert_eq!(nearest("restrat", &known), Some("restart"));
        assert_eq!(nearest("colour", &known), None);
    }
}
