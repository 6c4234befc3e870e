//! Which kind of sandboxes is used, and why.

use domain::sandbox::RoomKind;

use super::{EngineFacts, Missing, NamespaceFacts};
use crate::Choice;

/// What is used, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) kind: Option<RoomKind>,
    pub(super) why: String,
    pub(super) fix: Option<String>,
}

pub(super) fn choose(
    choice: Choice,
    docker: &Result<EngineFacts, Missing>,
    namespace: &Result<NamespaceFacts, Missing>,
) -> Chosen {
    let docker = docker.as_ref().map(|engine| format!("{} answers at {}", engine.name, engine.engine.address()));
    let namespace = namespace.as_ref().map(|found| format!("bubblewrap {} starts sandboxes here", found.version));
    decide(choice, docker, namespace)
}

fn decide(choice: Choice, docker: Result<String, &Missing>, namespace: Result<String, &Missing>) -> Chosen {
    let used = |kind, why: String| Chosen { kind: Some(kind), why, fix: None };
    let none = |why: String, fix: String| Chosen { kind: None, why, fix: Some(fix) };
    let only = |kind: RoomKind, found: Result<String, &Missing>| match found {
        Ok(what) => used(kind, format!("The settings ask for {kind}, and {what}.")),
        Err(missing) => none(
            format!("The settings ask for {kind}. {}", missing.why),
            format!("{} Or set room = \"auto\" in the section [sandbox] of the settings.", missing.fix),
        ),
    };
    match (choice, docker, namespace) {
        (Choice::Only(kind @ RoomKind::Docker), docker, _) => only(kind, docker),
        (Choice::Only(kind @ RoomKind::Namespace), _, namespace) => only(kind, namespace),
        (Choice::Auto, Ok(what), _) => used(RoomKind::Docker, format!("{what}.")),
        (Choice::Auto, Err(missing), Ok(what)) => {
            used(RoomKind::Namespace, format!("{} {}.", missing.why, capital(&what)))
        }
        (Choice::Auto, Err(docker), Err(namespace)) => none(
            format!("{} {}", docker.why, namespace.why),
            format!("One of the two is enough. {} Or an engine: {}", namespace.fix, docker.fix),
        ),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_comes_first_then_namespaces_then_the_reason() {
        let engine = Missing::new("There is no engine at X.", "Install Docker.");
        let bubblewrap = Missing::new("bubblewrap is not there.", "Install bubblewrap.");
        let docker = || Ok("Docker 28 answers at X".to_owned());
        let namespace = || Ok("bubblewrap 0.8.0 starts sandboxes here".to_owned());
        let only = Choice::Only;
        for (choice, docker, namespace, kind, why, fix) in [
            (Choice::Auto, docker(), namespace(), Some(RoomKind::Docker), "Docker 28 answers at X.", None),
            (Choice::Auto, docker(), Err(&bubblewrap), Some(RoomKind::Docker), "Docker 28 answers at X.", None),
            (
                Choice::Auto,
                Err(&engine),
                namespace(),
                Some(RoomKind::Namespace),
                "There is no engine at X. Bubblewrap 0.8.0 starts sandboxes here.",
                None,
            ),
            (
                Choice::Auto,
                Err(&engine),
                Err(&bubblewrap),
                None,
                "There is no engine at X. bubblewrap is not there.",
                Some("One of the two is enough. Install bubblewrap. Or an engine: Install Docker."),
            ),
            (
                only(RoomKind::Namespace),
                docker(),
                namespace(),
                Some(RoomKind::Namespace),
                "The settings ask for namespace, and bubblewrap 0.8.0 starts sandboxes here.",
                None,
            ),
            (
                only(RoomKind::Docker),
                Err(&engine),
                namespace(),
                None,
                "The settings ask for docker. There is no engine at X.",
                Some("Install Docker. Or set room = \"auto\" in the section [sandbox] of the settings."),
            ),
            (
                only(RoomKind::Namespace),
                docker(),
                Err(&bubblewrap),
                None,
                "The settings ask for namespace. bubblewrap is not there.",
                Some("Install bubblewrap. Or set room = \"auto\" in the section [sandbox] of the settings."),
            ),
        ] {
            let chosen = decide(choice, docker, namespace);
            assert_eq!(chosen, Chosen { kind, why: why.into(), fix: fix.map(Into::into) });
        }
    }
}
