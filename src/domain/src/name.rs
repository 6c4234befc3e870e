//! Names that people give: helpers, users, groups, and the short names (slugs) of projects.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $field:literal, $check:path;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        // Copies share one text: every message carries its sender's name a dozen times.
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                match $check(text) {
                    Ok(()) => Ok(Self(text.into())),
                    Err(rule) => Err(Error::invalid($field, rule)),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

names! {
    /// The name of a helper: 1 to 40 of `a`–`z`, digits and `_`, starting with a letter.
    HelperName, "helper", helper_rule;
    /// The name of a person: 1 to 40 of `a`–`z`, digits, `_`, `-` and `.`, starting with a letter.
    UserName, "user", user_rule;
    /// The name of a group: 1 to 40 of `a`–`z`, digits, `_`, `-` and `.`, starting with a letter.
    GroupName, "group", group_rule;
    /// The short name of a project, also a host name label: 2 to 40 of `a`–`z`, digits and single `-`,
    /// starting with a letter and not ending in `-`.
    Slug, "name", slug_rule;
}

fn word(text: &str, what: &str, extra: &[u8]) -> Result<(), String> {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_lowercase) {
        return Err(format!("{what} “{text}” must start with a small letter a to z"));
    }
    if bytes.len() > 40 {
        return Err(format!("{what} must have at most 40 characters; this one has {}", bytes.len()));
    }
    match text
        .chars()
        .find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || (c.is_ascii() && extra.contains(&(*c as u8)))))
    {
        Some(bad) => {
            Err(format!("{what} “{text}” may not contain “{bad}”; use small letters, digits and {}", spoken(extra)))
        }
        None => Ok(()),
    }
}

fn spoken(extra: &[u8]) -> String {
    extra.iter().map(|b| char::from(*b).to_string()).collect::<Vec<_>>().join(" ")
}

fn helper_rule(text: &str) -> Result<(), String> {
    word(text, "A helper's name", b"_")
}

fn user_rule(text: &str) -> Result<(), String> {
    word(text, "A user's name", b"_-.")
}

fn group_rule(text: &str) -> Result<(), String> {
    word(text, "A group's name", b"_-.")
}

fn slug_rule(text: &str) -> Result<(), String> {
    word(text, "A project's name", b"-")?;
    if text.len() < 2 {
        return Err("A project's name must have at least 2 characters".into());
    }
    if text.ends_with('-') || text.contains("--") {
        return Err(format!("A project's name may not end in “-” or contain “--”; “{text}” does"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_break_a_rule_are_told_which() {
        for (text, part) in [
            ("", "start with"),
            ("The_Author", "start with"),
            ("the author", "may not contain “ ”"),
            ("the_äuthor", "may not contain “ä”"),
            (&"a".repeat(41), "at most 40"),
        ] {
            let message = text.parse::<HelperName>().unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn a_slug_is_a_host_name_label() {
        assert!("pod-tracker".parse::<Slug>().is_ok());
        for bad in ["a", "pod-", "pod--tracker", "pod_tracker", "-pod", "4pods"] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }
}
