//! Helpers: known, wanted, paused, and what they can do.

use domain::access::Action;
use domain::event::PersonaEdited;
use domain::helper::RestartPolicy;
use domain::{Error, EventData, Helper, HelperCommand, HelperName, Result};

use crate::change::{Change, Command};
use crate::tables;

/// Makes a helper known, or brings what is known of it up to date. Whether it is wanted or paused stays as it was.
#[derive(Debug, Clone)]
pub struct RegisterHelper {
    /// Its name.
    pub name: HelperName,
    /// What it is for, in a sentence.
    pub description: String,
    /// Its version.
    pub version: String,
    /// Whether it is part of the workshop's own binary.
    pub built_in: bool,
    /// When its process is started again.
    pub restart: RestartPolicy,
}

impl Command for RegisterHelper {
    const ACTION: Action = Action::Observe;
    type Output = Helper;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Helper> {
        let known = tables::helpers::get_locked(change.tx, &self.name).await?;
        let base = known.clone().unwrap_or_else(|| Helper {
            name: self.name.clone(),
            description: String::new(),
            version: String::new(),
            built_in: false,
            wanted: true,
            paused: false,
            restart: RestartPolicy::Always,
            commands: Vec::new(),
            waiting: 0,
            active_at: None,
        });
        let helper = Helper {
            description: self.description.clone(),
            version: self.version.clone(),
            built_in: self.built_in,
            restart: self.restart,
            ..base
        };
        put_if_new(change, known.as_ref(), helper).await
    }
}

/// What a helper says it can do, as it says it when it starts.
#[derive(Debug, Clone)]
pub struct AnnounceCommands {
    /// Which helper.
    pub helper: HelperName,
    /// Its version, when it tells one.
    pub version: Option<String>,
    /// Its commands.
    pub commands: Vec<HelperCommand>,
}

impl Command for AnnounceCommands {
    const ACTION: Action = Action::Observe;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let known = known(change, &self.helper).await?;
        let version = self.version.clone().unwrap_or_else(|| known.version.clone());
        let helper = Helper { commands: self.commands.clone(), version, ..known.clone() };
        put_if_new(change, Some(&known), helper).await.map(drop)
    }
}

/// Forgets a helper whose manifest is gone. Its messages and deliveries stay.
#[derive(Debug, Clone)]
pub struct RemoveHelper {
    /// Which helper.
    pub helper: HelperName,
}

impl Command for RemoveHelper {
    const ACTION: Action = Action::Observe;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        if let Some(helper) = tables::helpers::get_locked(change.tx, &self.helper).await? {
            tables::helpers::delete(change.tx, &self.helper).await?;
            change.record(EventData::HelperRemoved(helper));
        }
        Ok(())
    }
}

/// Says whether people want a helper running.
#[derive(Debug, Clone)]
pub struct SetWanted {
    /// Which helper.
    pub helper: HelperName,
    /// Whether it should run.
    pub wanted: bool,
}

impl Command for SetWanted {
    const ACTION: Action = Action::Operate;
    type Output = Helper;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Helper> {
        let known = known(change, &self.helper).await?;
        let helper = Helper { wanted: self.wanted, ..known.clone() };
        put_if_new(change, Some(&known), helper).await
    }
}

/// Holds the deliveries to a helper back, or lets them go on.
#[derive(Debug, Clone)]
pub struct SetPaused {
    /// Which helper.
    pub helper: HelperName,
    /// Whether its deliveries are held back.
    pub paused: bool,
}

impl Command for SetPaused {
    const ACTION: Action = Action::Operate;
    type Output = Helper;

    async fn apply(&self, change: &mut Change<'_>) -> Result<Helper> {
        let known = known(change, &self.helper).await?;
        let helper = Helper { paused: self.paused, ..known.clone() };
        put_if_new(change, Some(&known), helper).await
    }
}

/// Notes that a helper's persona was edited.
#[derive(Debug, Clone)]
pub struct NotePersona {
    /// Which helper.
    pub helper: HelperName,
    /// The persona's new size in bytes.
    pub bytes: i64,
}

impl Command for NotePersona {
    const ACTION: Action = Action::Operate;
    type Output = ();

    async fn apply(&self, change: &mut Change<'_>) -> Result<()> {
        let helper = known(change, &self.helper).await?.name;
        change.record(EventData::PersonaEdited(PersonaEdited { helper, bytes: self.bytes }));
        Ok(())
    }
}

async fn known(change: &mut Change<'_>, name: &HelperName) -> Result<Helper> {
    tables::helpers::get_locked(change.tx, name).await?.ok_or_else(|| Error::not_found("helper"))
}

async fn put_if_new(change: &mut Change<'_>, known: Option<&Helper>, helper: Helper) -> Result<Helper> {
    if known != Some(&helper) {
        tables::helpers::put(change.tx, &helper).await?;
        change.record(EventData::HelperChanged(helper.clone()));
    }
    Ok(helper)
}
