//! What sandboxes may have, and which commands helpers may run in them without asking.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::actor::Party;
use crate::error::{Error, Result};
use crate::id::ProjectId;
use crate::name::HelperName;
use crate::sandbox::{Limits, Preset, Profile};
use crate::shell;
use crate::timestamp::Timestamp;

/// Most rules of one policy.
pub const MAX_RULES: usize = 100;

/// For whom a policy holds. Written as one word: `workshop`, `project:ID`, `helper:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicySubject {
    /// Everyone.
    Workshop,
    /// What runs in one project's sandboxes.
    Project(ProjectId),
    /// What one helper runs, and its own sandbox.
    Helper(HelperName),
}

impl fmt::Display for PolicySubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workshop => f.write_str("workshop"),
            Self::Project(id) => write!(f, "project:{id}"),
            Self::Helper(name) => write!(f, "helper:{name}"),
        }
    }
}

impl FromStr for PolicySubject {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once(':') {
            None if text == "workshop" => Ok(Self::Workshop),
            Some(("project", id)) => Ok(Self::Project(id.parse()?)),
            Some(("helper", name)) => Ok(Self::Helper(name.parse()?)),
            _ => Err(Error::invalid(
                "subject",
                format!("“{text}” has no policy; write workshop, project:ID or helper:NAME"),
            )),
        }
    }
}

impl Serialize for PolicySubject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PolicySubject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What is to happen with a command, the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is run.
    Allow,
    /// A person is asked.
    Ask,
    /// It is not run.
    Deny,
}

impl Decision {
    /// As written on the wire and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// What is to happen with the commands that fit a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Words of a command, like `npm run *`: `*` at a word's end stands for the rest of that word, as the last word for
    /// all that follows, and as another word for one word. What asks or denies fits commands with more words too.
    pub pattern: String,
    /// What is to happen with them.
    pub decision: Decision,
}

/// What sandboxes may have, and which commands helpers may run in them without asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Policy {
    /// For whom it holds.
    pub subject: PolicySubject,
    /// The limits it puts in place of the presets' own.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Limits>))]
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<Preset, Limits>,
    /// Its rules, at most [`MAX_RULES`]. Their order does not matter: the strictest that fits counts.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// When it was last changed; none for one that was never set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Who changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<Party>,
}

impl Policy {
    /// The policy that was never set: no limits, no rules.
    #[must_use]
    pub const fn empty(subject: PolicySubject) -> Self {
        Self { subject, limits: BTreeMap::new(), rules: Vec::new(), updated_at: None, updated_by: None }
    }

    /// The limits for a preset.
    #[must_use]
    pub fn limits_of(&self, preset: Preset) -> Limits {
        self.limits.get(&preset).copied().unwrap_or_default()
    }

    /// Checks its rules, and that a sandbox can be made with its limits over `settings`, as [`effective`] puts them.
    ///
    /// # Errors
    /// `Invalid`, naming the field (`limits.build.pids`, `rules.3.pattern`) and what it must be.
    pub fn check(&self, settings: impl Fn(Preset) -> Limits, above: &[&Self]) -> Result<()> {
        if self.rules.len() > MAX_RULES {
            return Err(Error::invalid(
                "rules",
                format!("A policy has at most {MAX_RULES} rules; this one has {}.", self.rules.len()),
            ));
        }
        for (index, rule) in self.rules.iter().enumerate() {
            shell::check_pattern(&rule.pattern)
                .map_err(|error| Error { field: Some(format!("rules.{index}.pattern")), ..error })?;
        }
        for preset in self.limits.keys() {
            let policies: Vec<_> = above.iter().copied().chain([self]).collect();
            effective(*preset, &settings(*preset), &policies).check(*preset).map_err(|error| {
                let field = error.field.as_deref().unwrap_or_default();
                Error { field: Some(format!("limits.{}.{field}", preset.name())), ..error }
            })?;
        }
        Ok(())
    }

    /// Whether it lets guests have more of anything than they would have without it: than the preset's own profile, or
    /// what the settings and the policies `above` it made of that.
    #[must_use]
    pub fn is_looser(&self, preset: Preset, settings: &Limits, above: &[&Self]) -> bool {
        let policies: Vec<_> = above.iter().copied().chain([self]).collect();
        effective(preset, settings, &policies).is_looser_than(&effective(preset, settings, above))
    }
}

/// What a sandbox lets its guests have: the preset's own profile with the settings' limits in their places, and the
/// workshop's in theirs; then those of the project and of the helper, of which the tighter counts where both have one.
#[must_use]
pub fn effective(preset: Preset, settings: &Limits, policies: &[&Policy]) -> Profile {
    let of =
        |workshop: bool| policies.iter().filter(move |policy| (policy.subject == PolicySubject::Workshop) == workshop);
    let ground =
        of(true).fold(preset.profile().with(settings), |profile, policy| profile.with(&policy.limits_of(preset)));
    let narrow = of(false).fold(Limits::default(), |limits, policy| limits.tightest(&policy.limits_of(preset)));
    ground.with(&narrow)
}

/// The rules of all of them.
#[must_use]
pub fn rules(policies: &[&Policy]) -> Vec<Rule> {
    policies.iter().flat_map(|policy| policy.rules.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(subject: &str, limits: Limits) -> Policy {
        Policy { limits: BTreeMap::from([(Preset::Run, limits)]), ..Policy::empty(subject.parse().unwrap()) }
    }

    fn pids(pids: u32) -> Limits {
        Limits { pids: Some(pids), ..Limits::default() }
    }

    #[test]
    fn a_subject_reads_back_as_it_was_written() {
        for text in ["workshop", "project:0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "helper:the_author"] {
            assert_eq!(text.parse::<PolicySubject>().unwrap().to_string(), text);
        }
        for text in ["", "project", "project:7", "helper:No", "user:ada"] {
            assert!(text.parse::<PolicySubject>().is_err(), "{text}");
        }
        let json = serde_json::to_string(&policy("helper:the_author", pids(9))).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy("helper:the_author", pids(9)), "{json}");
    }

    #[test]
    fn limits_stand_in_each_others_places_and_the_tighter_of_project_and_helper_counts() {
        let (workshop, project, helper) = (
            policy("workshop", pids(40)),
            policy("project:0190a3c4-5d6e-7f80-9a1b-2c3d4e5f6071", pids(50)),
            policy("helper:the_author", pids(30)),
        );
        let made = |policies: &[&Policy]| effective(Preset::Run, &pids(60), policies).pids;
        assert_eq!(Preset::Run.profile().pids, 64);
        assert_eq!(made(&[]), 60);
        assert_eq!(made(&[&workshop]), 40);
        assert_eq!(made(&[&project, &workshop]), 50);
        assert_eq!(made(&[&workshop, &project, &helper]), 30);
        assert_eq!(made(&[&workshop, &helper, &project]), 30);
        assert_eq!(effective(Preset::Build, &Limits::default(), &[&workshop]), Preset::Build.profile());
    }

    #[test]
    fn looser_is_more_than_there_was_without_it() {
        let none = Limits::default();
        assert!(!policy("workshop", pids(64)).is_looser(Preset::Run, &none, &[]));
        assert!(policy("workshop", pids(65)).is_looser(Preset::Run, &none, &[]));
        assert!(policy("workshop", pids(61)).is_looser(Preset::Run, &pids(60), &[]));
        let workshop = policy("workshop", pids(40));
        assert!(policy("helper:the_author", pids(41)).is_looser(Preset::Run, &none, &[&workshop]));
        assert!(!policy("helper:the_author", pids(40)).is_looser(Preset::Run, &none, &[&workshop]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let field = |policy: &Policy| policy.check(|_| Limits::default(), &[]).unwrap_err().field.unwrap();
        assert_eq!(field(&policy("workshop", pids(1))), "limits.run.pids");
        let rule = |pattern: &str| Rule { pattern: pattern.into(), decision: Decision::Allow };
        let mut rules = Policy { rules: vec![rule("npm *"), rule(" ")], ..Policy::empty(PolicySubject::Workshop) };
        assert_eq!(field(&rules), "rules.1.pattern");
        rules.rules = vec![rule("npm *"); MAX_RULES + 1];
        assert_eq!(field(&rules), "rules");
    }
}
