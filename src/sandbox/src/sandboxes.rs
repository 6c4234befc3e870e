//! The sandboxes of one server: the room that was chosen for them, the limits that its settings put, and the warm ones.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use domain::sandbox::{Limits, Preset, RoomKind};
use futures_util::FutureExt as _;
use serde::Serialize;
use uuid::Uuid;

use crate::rooms::{Image, Order, Room};
use crate::{Fault, Opener, Pool, Sandbox, Wanted};

/// Why there is nowhere to run anything, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRoom {
    /// Why, a sentence.
    pub why: String,
    /// How to mend it, a sentence.
    pub fix: String,
}

/// What the sandboxes of a server are made with.
pub struct Means {
    /// The room that was chosen.
    pub room: Result<Arc<dyn Room>, NoRoom>,
    /// Why that one, a sentence.
    pub why: String,
    /// The stable name of this server, by which it finds what it left behind.
    pub node: String,
    /// Makes ids.
    pub new_id: Arc<dyn Fn() -> Uuid + Send + Sync>,
    /// What the settings put in place of the presets' own limits.
    pub limits: BTreeMap<Preset, Limits>,
    /// How many to keep warm of each sort, with the settings' limits.
    pub warm: BTreeMap<(Preset, Image), usize>,
    /// Folders of the host with tools, shown inside read-only where the room uses the host's tools.
    pub tools: Vec<PathBuf>,
}

/// The sandboxes of one server. Cheap to clone.
#[derive(Clone)]
pub struct Sandboxes {
    shared: Arc<Shared>,
}

struct Shared {
    maker: Result<Maker, NoRoom>,
    why: String,
    limits: BTreeMap<Preset, Limits>,
    tools: Vec<PathBuf>,
    pool: Option<Pool>,
}

/// What can be told of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The kind in use; none: there is nowhere to run anything.
    pub kind: Option<RoomKind>,
    /// Why that kind, or none.
    pub why: String,
    /// How to mend it, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// How many are warm, by preset and image.
    pub warm: Vec<Warm>,
}

/// How many of one sort are warm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warm {
    /// What for.
    pub preset: Preset,
    /// The image they are made from, where the room has images.
    pub image: &'static str,
    /// How many.
    pub number: usize,
}

impl fmt::Debug for Sandboxes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandboxes").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

impl Sandboxes {
    /// Clears away what an earlier run of this server left behind, and begins to warm some.
    pub async fn start(means: Means) -> Self {
        let Means { room, why, node, new_id, limits, warm, tools } = means;
        if let Ok(room) = &room {
            match room.clear(&node, &[]).await {
                Ok(0) => {}
                Ok(number) => tracing::info!(number, "sandboxes that an earlier run had left behind were removed"),
                Err(fault) => tracing::warn!(
                    error = &fault as &dyn std::error::Error,
                    "what an earlier run may have left behind was not removed"
                ),
            }
        }
        let maker = room.map(|room| Maker { room, node, new_id });
        let pool = match &maker {
            Ok(maker) if warm.values().any(|number| *number > 0) => {
                let sorts = warm.into_iter().map(|((preset, image), number)| {
                    let profile = preset.profile().with(&limits.get(&preset).copied().unwrap_or_default());
                    (Wanted { preset, profile, image, tools: tools.clone() }, number)
                });
                Some(Pool::new(maker.clone().opener(), sorts))
            }
            _ => None,
        };
        Self { shared: Arc::new(Shared { maker, why, limits, tools, pool }) }
    }

    /// The kind in use, when there is one.
    #[must_use]
    pub fn kind(&self) -> Option<RoomKind> {
        self.shared.maker.as_ref().ok().map(|maker| maker.room.kind())
    }

    /// What the settings put in place of a preset's own limits.
    #[must_use]
    pub fn limits(&self, preset: Preset) -> Limits {
        self.shared.limits.get(&preset).copied().unwrap_or_default()
    }

    /// Makes a sandbox, or takes a warm one where there is one of exactly that sort. `purpose` is what it is for, in a
    /// word or two. The settings' tools are shown inside besides those of `wanted`.
    ///
    /// # Errors
    /// `NoRoom` when there is nowhere to make one; what the room says.
    pub async fn open(&self, purpose: &str, mut wanted: Wanted) -> Result<Sandbox, Fault> {
        let maker = self.shared.maker.as_ref().map_err(|NoRoom { why, fix }| Fault::NoRoom {
            why: why.clone(),
            fix: fix.clone(),
        })?;
        for tools in &self.shared.tools {
            if !wanted.tools.contains(tools) {
                wanted.tools.push(tools.clone());
            }
        }
        match self.shared.pool.as_ref().and_then(|pool| pool.take_warm(&wanted)) {
            Some(sandbox) => Ok(sandbox),
            None => maker.make(purpose, wanted).await,
        }
    }

    /// What can be told of them.
    #[must_use]
    pub fn status(&self) -> Status {
        let warm = self.shared.pool.as_ref().map(Pool::warm).unwrap_or_default();
        let (why, fix) = match &self.shared.maker {
            Ok(_) => (self.shared.why.clone(), None),
            Err(NoRoom { why, fix }) => (why.clone(), Some(fix.clone())),
        };
        Status {
            kind: self.kind(),
            why,
            fix,
            warm: warm
                .into_iter()
                .map(|(wanted, number)| Warm { preset: wanted.preset, image: wanted.image.name(), number })
                .collect(),
        }
    }

    /// Ends the warm ones and warms no more.
    pub async fn close(&self) {
        if let Some(pool) = &self.shared.pool {
            pool.close().await;
        }
    }
}

/// Gives each sandbox what it needs, and opens it.
#[derive(Clone)]
struct Maker {
    room: Arc<dyn Room>,
    node: String,
    new_id: Arc<dyn Fn() -> Uuid + Send + Sync>,
}

impl Maker {
    async fn make(&self, purpose: &str, wanted: Wanted) -> Result<Sandbox, Fault> {
        let order = Order {
            id: (self.new_id)(),
            node: self.node.clone(),
            purpose: purpose.to_owned(),
            profile: wanted.profile,
            image: wanted.image,
            proxy: None,
            tools: wanted.tools,
        };
        Sandbox::open(self.room.clone(), order).await
    }

    /// Makes the warm ones.
    fn opener(self) -> Opener {
        Arc::new(move |wanted| {
            let maker = self.clone();
            async move { maker.make(&format!("warm {}", wanted.preset.name()), wanted).await }.boxed()
        })
    }
}
