//! Who is who: names in the common room and the parties they stand for.

use std::collections::BTreeSet;

use domain::{HelperName, Party, UserName};

use super::refusal::Reason;

/// Names that stand for the one person, besides that person's own.
const PERSON: [&str; 2] = ["owner", "user"];

/// Everyone who can have said something.
#[derive(Debug, Clone)]
pub struct People {
    person: UserName,
    helpers: BTreeSet<HelperName>,
}

impl People {
    /// `person` and the `helpers` that are known.
    pub fn new(person: UserName, helpers: impl IntoIterator<Item = HelperName>) -> Self {
        Self { person, helpers: helpers.into_iter().collect() }
    }

    /// The party that `name`, found under `key`, stands for.
    ///
    /// # Errors
    /// `Unknown` when it stands for nobody.
    pub fn party(&self, key: &'static str, name: &str) -> Result<Party, Reason> {
        // The person first: a person too has an inbox in the folder, which makes them no helper.
        if name == self.person.as_str() || PERSON.contains(&name) {
            return Ok(Party::User(self.person.clone()));
        }
        if let Ok(helper) = name.parse::<HelperName>()
            && self.helpers.contains(&helper)
        {
            return Ok(Party::Helper(helper));
        }
        Err(Reason::Unknown { key, name: name.chars().take(64).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_helpers_and_the_person_and_nobody_else() {
        let people = People::new("owner".parse().unwrap(), ["the_author".parse().unwrap(), "owner".parse().unwrap()]);
        assert_eq!(people.party("sender", "owner").unwrap().to_string(), "user:owner");
        assert_eq!(people.party("sender", "the_author").unwrap().to_string(), "helper:the_author");
        assert_eq!(people.party("sender", "user").unwrap().to_string(), "user:owner");
        for name in ["the_stranger", "", "The_Author", "../the_author"] {
            assert_eq!(people.party("sender", name).unwrap_err().code(), "unknown_helper", "{name}");
        }
    }
}
