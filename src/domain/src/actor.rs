//! Who did it, and for whom.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;
use crate::id::TokenId;
use crate::name::{HelperName, UserName};

/// One who can take part: a person, a helper, or the workshop itself.
///
/// Written as one word: `user:owner`, `helper:the_author`, `system`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// A person.
    User(UserName),
    /// A helper.
    Helper(HelperName),
    /// The workshop itself.
    System,
}

impl Party {
    /// The name without its kind: `owner`, `the_author`, `workshop`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User(name) => name.as_str(),
            Self::Helper(name) => name.as_str(),
            Self::System => "workshop",
        }
    }

    /// The helper, if it is one.
    #[must_use]
    pub const fn helper(&self) -> Option<&HelperName> {
        match self {
            Self::Helper(name) => Some(name),
            _ => None,
        }
    }

    /// The person, if it is one.
    #[must_use]
    pub const fn user(&self) -> Option<&UserName> {
        match self {
            Self::User(name) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "user:{name}"),
            Self::Helper(name) => write!(f, "helper:{name}"),
            Self::System => f.write_str("system"),
        }
    }
}

impl FromStr for Party {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once(':') {
            Some(("user", name)) => Ok(Self::User(name.parse()?)),
            Some(("helper", name)) => Ok(Self::Helper(name.parse()?)),
            None if text == "system" => Ok(Self::System),
            _ => Err(Error::invalid("party", format!("“{text}” is nobody; write user:NAME, helper:NAME or system"))),
        }
    }
}

impl Serialize for Party {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Party {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Who acts, and for which person when a helper acts for someone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Actor {
    /// Who did it.
    pub by: Party,
    /// The person for whom a helper did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<UserName>,
    /// The token by which the person asked, when they did not sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenId>,
}

impl Actor {
    /// A person acting for themselves.
    #[must_use]
    pub const fn user(name: UserName) -> Self {
        Self { by: Party::User(name), on_behalf_of: None, token: None }
    }

    /// A helper acting, for `user` when there is one.
    #[must_use]
    pub const fn helper(name: HelperName, user: Option<UserName>) -> Self {
        Self { by: Party::Helper(name), on_behalf_of: user, token: None }
    }

    /// The workshop acting by itself.
    #[must_use]
    pub const fn system() -> Self {
        Self { by: Party::System, on_behalf_of: None, token: None }
    }

    /// The same, by a token of the person who acts or is acted for.
    #[must_use]
    pub fn by_token(self, token: Option<TokenId>) -> Self {
        Self { token, ..self }
    }

    /// The person behind the act: the user, or the one a helper acts for.
    #[must_use]
    pub fn person(&self) -> Option<&UserName> {
        self.by.user().or(self.on_behalf_of.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_reads_back_as_it_was_written() {
        for text in ["user:owner", "helper:the_author", "system"] {
            assert_eq!(text.parse::<Party>().unwrap().to_string(), text);
        }
        for text in ["owner", "user:", "helper:No", "robot:x", ""] {
            assert!(text.parse::<Party>().is_err(), "{text}");
        }
    }
}
