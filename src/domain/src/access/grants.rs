//! Which roles someone holds, and how far a token may use them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Subject;
use crate::id::ProjectId;
use crate::role::Role;

/// The roles that someone holds: for the whole workshop, and for single projects.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Grants {
    /// The role for the whole workshop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workshop: Option<Role>,
    /// The roles for single projects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub projects: BTreeMap<ProjectId, Role>,
}

impl Grants {
    /// A role for the whole workshop.
    #[must_use]
    pub fn workshop(role: Role) -> Self {
        Self { workshop: Some(role), projects: BTreeMap::new() }
    }

    /// The role that counts for `subject`, if any.
    #[must_use]
    pub fn role_on(&self, subject: Subject) -> Option<Role> {
        match subject {
            Subject::Workshop => self.workshop,
            Subject::Project(project) => self.workshop.max(self.projects.get(&project).copied()),
            Subject::Anywhere => self.workshop.max(self.projects.values().max().copied()),
        }
    }

    /// What either of the two allows.
    #[must_use]
    pub fn union(mut self, other: &Self) -> Self {
        self.workshop = self.workshop.max(other.workshop);
        for (project, role) in &other.projects {
            let held = self.projects.entry(*project).or_insert(*role);
            *held = (*held).max(*role);
        }
        self
    }

    /// What is left of them under `scope`: never more than either.
    #[must_use]
    pub fn capped_by(&self, scope: &Scope) -> Self {
        let capped = |role: Role| role.min(scope.role);
        match &scope.projects {
            None => Self {
                workshop: self.workshop.map(capped),
                projects: self.projects.iter().map(|(project, role)| (*project, capped(*role))).collect(),
            },
            Some(projects) => Self {
                workshop: None,
                projects: projects
                    .iter()
                    .filter_map(|project| Some((*project, capped(self.role_on(Subject::Project(*project))?))))
                    .collect(),
            },
        }
    }
}

/// How far a token may use what its owner may: never more than this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Scope {
    /// The most it may be.
    pub role: Role,
    /// The projects it is for; none: the whole workshop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<ProjectId>>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn project(n: u128) -> ProjectId {
        ProjectId(Uuid::from_u128(n))
    }

    fn role() -> impl Strategy<Value = Role> {
        (0..4_usize).prop_map(|n| Role::ALL[n])
    }

    fn grants() -> impl Strategy<Value = Grants> {
        let projects = prop::collection::btree_map((1..4_u128).prop_map(project), role(), 0..3);
        (prop::option::of(role()), projects).prop_map(|(workshop, projects)| Grants { workshop, projects })
    }

    fn scope() -> impl Strategy<Value = Scope> {
        let projects = prop::option::of(prop::collection::vec((1..4_u128).prop_map(project), 0..3));
        (role(), projects).prop_map(|(role, projects)| Scope { role, projects })
    }

    fn subjects() -> Vec<Subject> {
        let mut all: Vec<_> = (1..5).map(|n| Subject::Project(project(n))).collect();
        all.extend([Subject::Workshop, Subject::Anywhere]);
        all
    }

    proptest! {
        #[test]
        fn a_cap_never_gives_anything(grants in grants(), scope in scope()) {
            let capped = grants.capped_by(&scope);
            for subject in subjects() {
                prop_assert!(capped.role_on(subject) <= grants.role_on(subject), "{subject}");
                prop_assert!(capped.role_on(subject) <= Some(scope.role), "{subject}");
                if let (Subject::Project(id), Some(projects)) = (subject, &scope.projects) {
                    prop_assert!(projects.contains(&id) || capped.role_on(subject).is_none());
                }
            }
        }

        #[test]
        fn a_union_gives_what_either_gives_and_no_more(a in grants(), b in grants()) {
            let both = a.clone().union(&b);
            for subject in subjects() {
                prop_assert_eq!(both.role_on(subject), a.role_on(subject).max(b.role_on(subject)));
            }
        }
    }
}
