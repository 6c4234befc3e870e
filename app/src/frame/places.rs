//! The places of the workshop: what the rail, the palette and the keys lead to. Only those that exist.

use domain::access::{Action, Subject};

use crate::components::Shape;
use crate::live::Me;

/// One place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) shape: Shape,
    /// The key that leads there after `g`.
    pub(super) key: &'static str,
    /// What it takes to be led there; none: to be signed in.
    pub(super) takes: Option<Action>,
}

impl Place {
    /// Whether the page at `path` belongs to this place.
    pub(super) fn holds(&self, path: &str) -> bool {
        match path.strip_prefix(self.path) {
            Some(rest) if self.path == "/" => rest.is_empty(),
            Some(rest) => rest.is_empty() || rest.starts_with('/'),
            None => false,
        }
    }

    /// Whether `me` is led there; before it is known who looks, only to what everyone may see.
    pub(super) fn is_for(&self, me: Option<&Me>) -> bool {
        let allowed = |action| me.is_some_and(|me| me.refusal(action, Subject::Workshop).is_none());
        self.takes.is_none_or(allowed)
    }
}

/// All of them, in the order of the rail. The account is at its foot.
pub(super) const PLACES: [Place; 6] = [
    Place { name: "Overview", path: "/", shape: Shape::House, key: "o", takes: None },
    Place { name: "Conversations", path: "/conversations", shape: Shape::Bubble, key: "c", takes: None },
    Place { name: "Helpers", path: "/helpers", shape: Shape::Star, key: "h", takes: None },
    Place { name: "Projects", path: "/projects", shape: Shape::Folder, key: "p", takes: None },
    PEOPLE,
    ACCOUNT,
];

/// Where admins manage people.
const PEOPLE: Place =
    Place { name: "People", path: "/people", shape: Shape::People, key: "u", takes: Some(Action::ManagePeople) };

/// One's own account.
pub(super) const ACCOUNT: Place =
    Place { name: "Account", path: "/account", shape: Shape::Person, key: "a", takes: None };

#[cfg(test)]
mod tests {
    use domain::{Grants, Role};

    use super::*;

    #[test]
    fn a_page_belongs_to_one_place_at_most() {
        let place =
            |path: &str| PLACES.iter().filter(|place| place.holds(path)).map(|place| place.name).collect::<Vec<_>>();
        assert_eq!(place("/"), ["Overview"]);
        assert_eq!(place("/helpers"), ["Helpers"]);
        assert_eq!(place("/helpers/the_author"), ["Helpers"]);
        assert!(place("/helpersome").is_empty());
    }

    #[test]
    fn only_admins_are_led_to_people_and_everyone_to_their_account() {
        let me = |role| Me {
            name: "ada".parse().unwrap(),
            display_name: "Ada".into(),
            grants: Grants::workshop(role),
            time_zone: "UTC".into(),
        };
        assert!(PEOPLE.is_for(Some(&me(Role::Admin))));
        assert!(!PEOPLE.is_for(Some(&me(Role::Operator))));
        assert!(!PEOPLE.is_for(None));
        assert!(ACCOUNT.is_for(None));
    }
}
