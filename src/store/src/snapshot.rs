//! Snapshots: the projections of `domain`, built from the tables in one read transaction.

use std::collections::HashMap;

use domain::projection::{Activity, ConversationEntry, HelperEntry, Thread, Workshop, limits};
use domain::{ConversationId, Cut, Error, Result, Timestamp};

use crate::db::Tx;
use crate::tables;
use crate::view::View;

impl View {
    /// The workshop at a glance, as its viewer sees it.
    ///
    /// For one who sees some projects only, the helpers' counts of waiting deliveries are those of the whole workshop;
    /// events move them on only as far as they are seen.
    ///
    /// # Errors
    /// `Unauthorized` and `Forbidden` for one who is no person or has no role anywhere; or the database does not answer.
    pub async fn workshop(&self) -> Result<Workshop> {
        let viewer = self.viewer()?;
        let sight = &self.sight;
        let mut tx = self.store.db().read().await?;
        let (epoch, seq, as_of) = tables::events::state_and_moment(&mut tx).await?.ok_or_else(no_state)?;
        let as_of = as_of.map_or_else(Timestamp::default, tables::moment);
        let reads: HashMap<_, _> = tables::conversations::reads(&mut tx, viewer).await?.into_iter().collect();
        let everything = Timestamp::from_micros(i64::MAX);
        let conversations = tables::conversations::newest(&mut tx, sight, everything, limits::CONVERSATIONS as i64)
            .await?
            .into_iter()
            .map(|conversation| ConversationEntry {
                read: reads.get(&conversation.id.0).copied().unwrap_or(0),
                conversation,
            })
            .collect();
        let oldest = as_of.minute() - limits::MINUTES;
        Ok(Workshop {
            viewer: viewer.clone(),
            epoch,
            seq,
            as_of,
            helpers: helper_entries(&mut tx).await?,
            conversations,
            projects: tables::projects::entries(&mut tx, sight).await?,
            tasks: tables::tasks::newest(&mut tx, sight, limits::TASKS as i64).await?,
            dead: tables::deliveries::dead(&mut tx, sight, limits::DEAD as i64).await?,
            runs: tables::runs::newest(&mut tx, sight, limits::RUNS as i64).await?,
            permissions: tables::permissions::asked(&mut tx, sight, limits::PERMISSIONS as i64).await?,
            minutes: tables::messages::per_minute(&mut tx, sight, oldest).await?.into_iter().collect(),
            activity: self.activity(&mut tx).await?,
        })
    }

    /// One conversation with its newest `limit` messages, as its viewer sees it.
    ///
    /// # Errors
    /// `Unauthorized` and `Forbidden` for one who is no person or has no role anywhere; or the database does not answer.
    pub async fn thread(&self, id: ConversationId, limit: i64) -> Result<Option<Thread>> {
        let viewer = self.viewer()?;
        let mut tx = self.store.db().read().await?;
        let (epoch, seq) = tables::events::state(&mut tx).await?.ok_or_else(no_state)?;
        let Some(conversation) = self.seen_conversation(&mut tx, id).await? else { return Ok(None) };
        let messages = tables::messages::page(&mut tx, id, Cut::Newest, limit).await?.items;
        let first = messages.first().map_or(i64::MAX, |message| message.position);
        let last = messages.last().map_or(0, |message| message.position);
        Ok(Some(Thread {
            viewer: viewer.clone(),
            epoch,
            seq,
            read: tables::conversations::read_position(&mut tx, viewer, id).await?,
            deliveries: tables::deliveries::of_conversation(&mut tx, id, first).await?,
            tasks: self.seen_tasks(tables::tasks::of_messages(&mut tx, id.0, first, last).await?),
            permissions: self.seen_permissions(tables::permissions::of_messages(&mut tx, id, first, last).await?),
            conversation,
            messages,
        }))
    }

    /// The newest lines of activity. Not every notable event is a line, so they are looked for until there are enough.
    async fn activity(&self, tx: &mut Tx) -> Result<Vec<Activity>> {
        let (enough, page) = (limits::ACTIVITY, 2 * limits::ACTIVITY as i64);
        let (mut lines, mut before) = (Vec::new(), i64::MAX);
        while lines.len() < enough {
            let events = tables::events::newest_notable(tx, &self.sight, before, page).await?;
            let Some(oldest) = events.last() else { break };
            before = oldest.seq;
            lines.extend(events.iter().filter(|event| self.may_see(event)).filter_map(Activity::of));
        }
        lines.truncate(enough);
        Ok(lines)
    }
}

/// The helpers with their newest processes, by name.
pub(crate) async fn helper_entries(tx: &mut Tx) -> Result<Vec<HelperEntry>> {
    let mut newest: HashMap<_, _> =
        tables::processes::newest(tx).await?.into_iter().map(|process| (process.helper.clone(), process)).collect();
    let helpers = tables::helpers::all(tx).await?;
    Ok(helpers.into_iter().map(|helper| HelperEntry { process: newest.remove(&helper.name), helper }).collect())
}

fn no_state() -> Error {
    Error::internal("the log has no state row")
}
