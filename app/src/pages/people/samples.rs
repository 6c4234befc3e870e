//! People as the tests of these pages have them.

use domain::{Role, Timestamp, User};

use super::api::Person;

/// A viewer of that name, in no group.
pub(super) fn person(name: &str, display_name: &str) -> Person {
    Person {
        user: User {
            name: name.parse().unwrap(),
            display_name: display_name.into(),
            role: Some(Role::Viewer),
            project_roles: Default::default(),
            time_zone: "UTC".into(),
            disabled: false,
            created_at: Timestamp::default(),
            has_password: true,
            passkeys: 0,
        },
        seen_at: None,
        groups: vec![],
    }
}
