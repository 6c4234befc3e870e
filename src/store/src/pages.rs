//! Old events from the database: readers that come back together with the same cursor share one query.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Result;
use tokio::sync::OnceCell;

use crate::db::Db;
use crate::log::Frame;
use crate::tables;

/// Pages remembered. Events never change, so a full page stays right for ever.
const REMEMBERED: usize = 32;

type Page = Arc<OnceCell<Vec<Arc<Frame>>>>;

#[derive(Default)]
pub(crate) struct Pages(Mutex<VecDeque<((i64, usize), Page)>>);

impl Pages {
    /// Up to `limit` events after `seq`.
    pub(crate) async fn after(&self, db: &Db, seq: i64, limit: usize) -> Result<Vec<Arc<Frame>>> {
        let page = self.page(seq, limit);
        let frames = page
            .get_or_try_init(async || {
                let mut tx = db.read().await?;
                let events = tables::events::after(&mut tx, seq, i64::try_from(limit).unwrap_or(i64::MAX)).await?;
                Ok::<_, domain::Error>(events.into_iter().map(|event| Arc::new(Frame::new(event))).collect())
            })
            .await?
            .clone();
        if frames.len() < limit {
            // Not full: the next event will belong to it.
            self.forget(seq, limit);
        }
        Ok(frames)
    }

    fn page(&self, seq: i64, limit: usize) -> Page {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, page)) = pages.iter().find(|(key, _)| *key == (seq, limit)) {
            return page.clone();
        }
        let page = Page::default();
        pages.push_back(((seq, limit), page.clone()));
        if pages.len() > REMEMBERED {
            pages.pop_front();
        }
        page
    }

    fn forget(&self, seq: i64, limit: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(key, _)| *key != (seq, limit));
    }
}
