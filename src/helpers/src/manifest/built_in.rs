//! The helpers that are part of the workshop's own program.

use std::collections::BTreeMap;
use std::time::Duration;

use agents::{THE_ARCHIVIST, THE_AUTHOR, THE_MEDIATOR};
use domain::helper::RestartPolicy;
use domain::sandbox::Limits;
use domain::{HelperName, Result};
use sandbox::rooms::Image;

use super::{Home, Manifest, Permission};

/// A helper of the workshop's own program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BuiltIn {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// The persona it starts out with; people edit their copy of it.
    pub(crate) persona: &'static str,
    permissions: &'static [Permission],
}

/// All of them, by name.
pub(crate) const BUILT_IN: [BuiltIn; 3] = [
    BuiltIn {
        name: THE_ARCHIVIST,
        description: "Finds what was said, sums conversations up, records decisions.",
        persona: include_str!("../personas/the_archivist.md"),
        permissions: &[Permission::Messages, Permission::Model],
    },
    BuiltIn {
        name: THE_AUTHOR,
        description: "Makes progressive web apps from a name and a brief.",
        persona: include_str!("../personas/the_author.md"),
        permissions: &[Permission::Projects, Permission::Model],
    },
    BuiltIn {
        name: THE_MEDIATOR,
        description: "Knows who can do what, passes requests on, speaks up when something is stuck.",
        persona: include_str!("../personas/the_mediator.md"),
        permissions: &[Permission::Helpers, Permission::Model],
    },
];

/// The built-in helper of that name.
pub(crate) fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|helper| helper.name == name)
}

impl BuiltIn {
    /// Its manifest: the program that every sandbox has, asked to be this helper.
    pub(crate) fn manifest(&self, home: &Home) -> Result<Manifest> {
        let name: HelperName = self.name.parse()?;
        Ok(Manifest {
            persona: home.persona_of(&name),
            name,
            description: self.description.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            built_in: true,
            command: room::PROGRAM.into(),
            args: vec!["helper".into(), self.name.into()],
            env: BTreeMap::new(),
            settings: serde_json::Map::new(),
            restart: RestartPolicy::Always,
            concurrency: 1,
            prompt_timeout: Duration::from_secs(600),
            permissions: self.permissions.into(),
            image: Image::Helper,
            limits: Limits::default(),
        })
    }
}
