//! Who looks, and what they may do: what they may not is not offered, or says why.

use domain::access::{Action, Subject};
use domain::{Event, EventData, Grants, Rights, UserName};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::Live;

/// What is said before it is known who looks.
const UNKNOWN: &str = "It is not known yet who you are. Load the page again.";

/// Who looks. What they may do is decided by the server each time; here it only says what is worth offering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Their name.
    pub name: UserName,
    /// Their name for people.
    pub display_name: String,
    /// Their roles, and those of their groups.
    pub grants: Grants,
    /// Their time zone, by its IANA name.
    pub time_zone: String,
}

impl Me {
    /// Why they may not do `action` to `subject`, in words; none: they may.
    #[must_use]
    pub fn refusal(&self, action: Action, subject: Subject) -> Option<String> {
        let rights = Rights::Person { user: self.name.clone(), grants: self.grants.clone() };
        rights.allow(action, subject).err().map(|error| error.message)
    }

    /// Whether `event` changed who they are or what they may do.
    #[must_use]
    pub fn is_changed_by(&self, event: &Event) -> bool {
        match &event.what {
            EventData::UserChanged(user) => user.name == self.name,
            EventData::GroupChanged(_) | EventData::GroupRemoved(_) => true,
            _ => false,
        }
    }
}

impl Live {
    /// Why the viewer may not do `action` to `subject`, in words; none: they may. Follows both.
    pub fn refusal(
        self,
        action: Action,
        subject: impl Fn() -> Subject + Send + Sync + 'static,
    ) -> Memo<Option<String>> {
        Memo::new(move |_| {
            let subject = subject();
            self.me.with(|me| match me {
                Some(me) => me.refusal(action, subject),
                None => Some(UNKNOWN.to_owned()),
            })
        })
    }

    /// Whether the viewer may do `action` to `subject`. Follows that.
    #[must_use]
    pub fn may(self, action: Action, subject: Subject) -> bool {
        self.me.with(|me| me.as_ref().is_some_and(|me| me.refusal(action, subject).is_none()))
    }
}

#[cfg(test)]
mod tests {
    use domain::{ProjectId, Role};
    use uuid::Uuid;

    use super::*;

    fn me(grants: Grants) -> Me {
        Me { name: "ada".parse().unwrap(), display_name: "Ada".into(), grants, time_zone: "UTC".into() }
    }

    fn offered(grants: &Grants, subject: Subject) -> Vec<&'static str> {
        let me = me(grants.clone());
        let actions = [Action::Read, Action::Talk, Action::MakeProject, Action::Operate, Action::ManagePeople];
        actions.into_iter().filter(|action| me.refusal(*action, subject).is_none()).map(Action::name).collect()
    }

    #[test]
    fn each_role_is_offered_what_it_may_do() {
        let of = |role| offered(&Grants::workshop(role), Subject::Workshop);
        assert_eq!(of(Role::Viewer), ["read"]);
        assert_eq!(of(Role::Editor), ["read", "talk", "make_project"]);
        assert_eq!(of(Role::Operator), ["read", "talk", "make_project", "operate"]);
        assert_eq!(of(Role::Admin), ["read", "talk", "make_project", "operate", "manage_people"]);
        assert!(offered(&Grants::default(), Subject::Anywhere).is_empty());
    }

    #[test]
    fn a_role_on_one_project_offers_nothing_elsewhere() {
        let project = ProjectId(Uuid::from_u128(3));
        let grants = Grants { workshop: None, projects: [(project, Role::Editor)].into() };
        assert_eq!(offered(&grants, Subject::Project(project)), ["read", "talk", "make_project"]);
        assert!(offered(&grants, Subject::Workshop).is_empty());
    }

    #[test]
    fn a_refusal_says_which_role_it_takes() {
        let why = me(Grants::workshop(Role::Viewer)).refusal(Action::Talk, Subject::Workshop);
        assert_eq!(why.as_deref(), Some("This takes the role editor; you are a viewer. Ask an admin."));
    }
}
