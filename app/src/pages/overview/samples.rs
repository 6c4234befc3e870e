//! A workshop for tests.

use std::collections::BTreeMap;

use domain::helper::RestartPolicy;
use domain::projection::{HelperEntry, Workshop};
use domain::{Helper, HelperName, Process, ProcessStatus, Timestamp};
use uuid::Uuid;

/// One in which nothing is.
pub(super) fn workshop() -> Workshop {
    Workshop {
        viewer: "owner".parse().unwrap(),
        epoch: Uuid::nil(),
        seq: 0,
        as_of: Timestamp::default(),
        helpers: Vec::new(),
        conversations: Vec::new(),
        projects: Vec::new(),
        permissions: vec![],
        runs: vec![],
        tasks: Vec::new(),
        dead: Vec::new(),
        minutes: BTreeMap::new(),
        activity: Vec::new(),
    }
}

/// A helper with a process.
pub(super) fn helper(status: ProcessStatus, reason: Option<&str>) -> HelperEntry {
    let name: HelperName = "the_author".parse().unwrap();
    let process = Process {
        id: Uuid::nil().into(),
        helper: name.clone(),
        status,
        room: None,
        pid: None,
        started_at: Timestamp::default(),
        ended_at: None,
        restarts: 0,
        next_start_at: None,
        reason: reason.map(Into::into),
    };
    let helper = Helper {
        name,
        description: String::new(),
        version: "1".into(),
        built_in: true,
        wanted: true,
        paused: false,
        restart: RestartPolicy::Always,
        commands: Vec::new(),
        waiting: 0,
        active_at: None,
    };
    HelperEntry { helper, process: Some(process) }
}
