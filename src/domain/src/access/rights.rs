//! What one actor may do, worked out once, and the refusal in words when it may not.

use super::{Action, ByHelper, ByPerson, Grants, Row, Sight, Subject};
use crate::error::{Error, ErrorCode, Result};
use crate::name::UserName;
use crate::role::Role;

/// What one actor may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// A person who is signed in.
    Person {
        /// Who.
        user: UserName,
        /// Their roles, and those of their groups.
        grants: Grants,
    },
    /// A person by a token.
    Token {
        /// Whose token.
        user: UserName,
        /// Their roles, as far as the token's scope goes.
        grants: Grants,
    },
    /// A helper.
    Helper {
        /// What the person may for whom it acts; `None`: there is nobody behind it.
        of: Option<Grants>,
    },
    /// The workshop itself.
    System,
    /// Somebody unknown, disabled, or with a token that does not hold any more.
    Nobody,
}

impl Rights {
    /// Whether they may do `action` to `subject`.
    ///
    /// # Errors
    /// `Unauthorized` for nobody; else `Forbidden`, saying which role it takes and who can give it.
    pub fn allow(&self, action: Action, subject: Subject) -> Result<()> {
        let refused = |why: String| Err(Error::new(ErrorCode::Forbidden, why));
        let Some(row) = Row::of(action) else { return refused("Nobody may do this.".into()) };
        match self {
            Self::Nobody => Err(Error::new(ErrorCode::Unauthorized, "Sign in first; then try again.")),
            Self::System if row.system => Ok(()),
            Self::System => refused("The workshop may not do this by itself.".into()),
            Self::Person { grants, .. } => match row.person {
                ByPerson::SignedIn => Ok(()),
                ByPerson::Least(least) => holds(grants.role_on(subject), least, "you are", "you have no role here"),
                ByPerson::No => refused(not_for_people(row)),
            },
            Self::Token { grants, .. } => match row.person {
                ByPerson::SignedIn => refused("A token may not do this. Sign in with your name.".into()),
                ByPerson::Least(least) => {
                    holds(grants.role_on(subject), least, "this token is for", "this token has no role here")
                }
                ByPerson::No => refused(not_for_people(row)),
            },
            Self::Helper { of } => match (row.helper, of) {
                (ByHelper::No, _) => refused("Helpers may not do this; a person has to.".into()),
                (ByHelper::For(_), None) => refused("A helper may do this only for a person who asked for it.".into()),
                (ByHelper::ForOrAlone(_), None) => Ok(()),
                (ByHelper::For(least) | ByHelper::ForOrAlone(least), Some(grants)) => holds(
                    grants.role_on(subject),
                    least,
                    "the person this is done for is",
                    "the person this is done for has no role here",
                ),
            },
        }
    }

    /// The person who asks, by themselves or by a token.
    #[must_use]
    pub const fn user(&self) -> Option<&UserName> {
        match self {
            Self::Person { user, .. } | Self::Token { user, .. } => Some(user),
            Self::Helper { .. } | Self::System | Self::Nobody => None,
        }
    }

    /// The role that counts for `subject`: a person's own, or that of the person behind a helper.
    #[must_use]
    pub fn role_on(&self, subject: Subject) -> Option<Role> {
        match self {
            Self::Person { grants, .. } | Self::Token { grants, .. } | Self::Helper { of: Some(grants) } => {
                grants.role_on(subject)
            }
            Self::Helper { of: None } | Self::System | Self::Nobody => None,
        }
    }

    /// The roles that count: a person's own, as far as their way in goes, or those of the person behind a helper.
    #[must_use]
    pub fn grants(&self) -> Grants {
        match self {
            Self::Person { grants, .. } | Self::Token { grants, .. } | Self::Helper { of: Some(grants) } => {
                grants.clone()
            }
            Self::Helper { of: None } | Self::System | Self::Nobody => Grants::default(),
        }
    }

    /// Which part of the workshop they may read.
    #[must_use]
    pub fn sight(&self) -> Sight {
        if self.allow(Action::Read, Subject::Workshop).is_ok() {
            return Sight::Everything;
        }
        match self {
            Self::Person { grants, .. } | Self::Token { grants, .. } | Self::Helper { of: Some(grants) } => {
                Sight::Projects(
                    grants
                        .projects
                        .keys()
                        .copied()
                        .filter(|project| self.allow(Action::Read, Subject::Project(*project)).is_ok())
                        .collect(),
                )
            }
            Self::Helper { of: None } | Self::System | Self::Nobody => Sight::Projects(Vec::new()),
        }
    }
}

fn holds(held: Option<Role>, least: Role, who: &str, without: &str) -> Result<()> {
    let standing = match held {
        Some(role) if role >= least => return Ok(()),
        Some(role) => format!("{who} {}", role.with_article()),
        None => without.to_owned(),
    };
    Err(Error::new(ErrorCode::Forbidden, format!("This takes the role {least}; {standing}. Ask an admin.")))
}

fn not_for_people(row: &Row) -> String {
    match row.helper {
        ByHelper::No => "Only the workshop itself may do this.".into(),
        ByHelper::For(_) | ByHelper::ForOrAlone(_) => "Only a helper may do this.".into(),
    }
}
