//! What there is to make sandboxes with, which kind is chosen and why, and what is known to be wrong with it.

mod choose;
mod engine;
mod escapes;
mod kernel;
mod namespace;

use std::fmt;

use domain::sandbox::RoomKind;

pub use engine::EngineFacts;
pub use namespace::NamespaceFacts;

use crate::Settings;
use crate::rooms::namespace::Groups;

/// What there is to make sandboxes with.
#[derive(Debug, Clone)]
pub struct Preflight {
    /// What was found out, for people.
    pub facts: Vec<Fact>,
    /// What is known to be wrong with what is there, a sentence or two each.
    pub warnings: Vec<String>,
    /// The engine that would be used, or why there is none.
    pub docker: Result<EngineFacts, Missing>,
    /// What sandboxes by namespaces would have, or why there are none.
    pub namespace: Result<NamespaceFacts, Missing>,
    /// Which kind is used; none: what needs a sandbox is refused.
    pub chosen: Option<RoomKind>,
    /// Why this one, or why none: a sentence.
    pub why: String,
    /// How to get sandboxes, where there are none: a sentence.
    pub fix: Option<String>,
}

/// Something that was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about, in a word or two.
    pub name: String,
    /// What was found.
    pub value: String,
}

/// Why there is something missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Why, a sentence.
    pub why: String,
    /// How to mend it, a sentence.
    pub fix: String,
}

impl Missing {
    fn new(why: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { why: why.into(), fix: fix.into() }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.why, self.fix)
    }
}

impl Preflight {
    /// Looks at what is there: asks the engine, and really starts a sandbox by namespaces. `groups` is where this
    /// process may make control groups.
    pub async fn look(settings: &Settings, groups: &Groups) -> Self {
        let environment = |name: &str| std::env::var(name).ok();
        let (docker, namespace) =
            tokio::join!(engine::look(settings, &environment), namespace::look(groups, &environment));
        let choice = choose::choose(settings.room, &docker, &namespace);
        let kernel = kernel::Kernel::read();
        let mut facts = vec![fact("kernel", format!("Linux {}", kernel.release))];
        match &docker {
            Ok(engine) => facts.extend(engine.facts()),
            Err(missing) => facts.push(fact("engine", missing.why.clone())),
        }
        match &namespace {
            Ok(found) => facts.extend(found.facts()),
            Err(missing) => facts.push(fact("namespaces", missing.why.clone())),
        }
        // Of what is not used, nothing is worth a warning.
        let warnings = match (choice.kind, &docker, &namespace) {
            (Some(RoomKind::Docker), Ok(engine), _) => [engine.kernel_warnings(&kernel), engine.warnings()].concat(),
            (Some(RoomKind::Namespace), _, Ok(found)) => [kernel.warnings(), found.warnings()].concat(),
            _ => Vec::new(),
        };
        Self { facts, warnings, docker, namespace, chosen: choice.kind, why: choice.why, fix: choice.fix }
    }
}

fn fact(name: &str, value: impl Into<String>) -> Fact {
    Fact { name: name.into(), value: value.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Choice;
    use crate::rooms::docker::testing;

    #[tokio::test]
    async fn this_machine_is_looked_at_as_it_is() {
        let Some(engine) = testing::engine().await else { return };
        let settings = Settings { engine: Some(engine.address().to_string()), ..Settings::default() };
        let found = Preflight::look(&settings, &Groups::none()).await;
        assert_eq!(found.chosen, Some(RoomKind::Docker), "{found:?}");
        assert!(found.why.contains(&engine.address().to_string()), "{}", found.why);
        assert_eq!(found.fix, None);
        let facts = found.docker.unwrap();
        assert!(facts.api.starts_with("1.") && facts.runtime.is_some(), "{facts:?}");
        assert!(found.facts.iter().any(|fact| fact.name == "kernel" && fact.value.starts_with("Linux ")));
    }

    #[tokio::test]
    async fn without_an_engine_it_says_what_is_tried_and_how_to_get_one() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("docker.sock");
        let settings = Settings {
            room: Choice::Only(RoomKind::Docker),
            engine: Some(format!("unix://{}", socket.display())),
            tls: None,
        };
        let found = Preflight::look(&settings, &Groups::none()).await;
        assert_eq!(found.chosen, None);
        assert!(found.why.contains("docker.sock"), "{}", found.why);
        assert!(found.fix.unwrap().contains("start"), "{:?}", found.docker);
    }
}
