//! What was typed into a password field: not shown by `Debug`, whatever prints the form it came in.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A password on its way to the workshop.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(not shown)")
    }
}

#[cfg(test)]
mod tests {
    use super::Hidden;

    #[test]
    fn it_travels_as_it_is_and_is_not_printed() {
        let hidden = Hidden("correct horse".into());
        assert_eq!(serde_json::to_value(&hidden).unwrap(), "correct horse");
        assert_eq!(format!("{hidden:?}"), "(not shown)");
    }
}
