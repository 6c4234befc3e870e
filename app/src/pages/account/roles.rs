//! Roles in words. Pure.

use domain::{Grants, ProjectId, Role, Slug};
use serde::{Deserialize, Serialize};

/// A project that roles and tokens can be for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectName {
    /// Its id.
    pub id: ProjectId,
    /// Its short name.
    pub slug: Slug,
}

/// What someone's roles come to: `admin`, `viewer, editor on pod-tracker`, `no role`.
#[must_use]
pub fn in_words(grants: &Grants, projects: &[ProjectName]) -> String {
    let local = grants.projects.iter().map(|(id, role)| on_project(*role, *id, projects));
    let words: Vec<String> = grants.workshop.map(|role| role.to_string()).into_iter().chain(local).collect();
    if words.is_empty() { "no role".to_owned() } else { words.join(", ") }
}

/// A role on one project: `editor on pod-tracker`.
fn on_project(role: Role, id: ProjectId, projects: &[ProjectName]) -> String {
    match projects.iter().find(|project| project.id == id) {
        Some(project) => format!("{role} on {}", project.slug),
        None => format!("{role} on a project out of your sight"),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn roles_are_told_in_words() {
        let (known, unknown) = (ProjectId(Uuid::from_u128(1)), ProjectId(Uuid::from_u128(2)));
        let projects = [ProjectName { id: known, slug: "pod-tracker".parse().unwrap() }];
        let words = |grants: Grants| in_words(&grants, &projects);
        assert_eq!(words(Grants::default()), "no role");
        assert_eq!(words(Grants::workshop(Role::Admin)), "admin");
        let local = Grants {
            workshop: Some(Role::Viewer),
            projects: [(known, Role::Editor), (unknown, Role::Operator)].into(),
        };
        assert_eq!(words(local), "viewer, editor on pod-tracker, operator on a project out of your sight");
    }
}
