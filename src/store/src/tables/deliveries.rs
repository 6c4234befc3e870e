//! `deliveries`.

use domain::access::Sight;
use domain::{ConversationId, Delivery, DeliveryId, DeliveryStatus, Error, HelperName, MessageId, Result, Timestamp};
use uuid::Uuid;

use super::{moment, parsed, seen, seen_by, small, word};
use crate::db::{Tx, execute, fetch_all, fetch_optional, fetch_value};
use crate::queries::DeliveryFilter;

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: Uuid,
    message: Uuid,
    conversation: Uuid,
    project: Option<Uuid>,
    helper: String,
    on_behalf_of: Option<String>,
    api_token: Option<Uuid>,
    status: String,
    attempts: i64,
    queued_at: i64,
    delivered_at: Option<i64>,
    answered_at: Option<i64>,
    next_attempt_at: Option<i64>,
    answer: Option<Uuid>,
    error: Option<String>,
}

impl TryFrom<Row> for Delivery {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            message: row.message.into(),
            conversation: row.conversation.into(),
            project: row.project.map(Into::into),
            helper: parsed("deliveries", "helper", &row.helper)?,
            on_behalf_of: row
                .on_behalf_of
                .as_deref()
                .map(|name| parsed("deliveries", "on_behalf_of", name))
                .transpose()?,
            token: row.api_token.map(Into::into),
            status: word("deliveries", "status", &row.status, DeliveryStatus::from_name)?,
            attempts: small("deliveries", "attempts", row.attempts)?,
            queued_at: moment(row.queued_at),
            delivered_at: row.delivered_at.map(moment),
            answered_at: row.answered_at.map(moment),
            next_attempt_at: row.next_attempt_at.map(moment),
            answer: row.answer.map(Into::into),
            error: row.error,
        })
    }
}

/// A delivery in someone's hands: who holds `token` may write about it.
#[derive(sqlx::FromRow)]
struct Held {
    #[sqlx(flatten)]
    row: Row,
    token: i64,
    root: Uuid,
    hops: i64,
}

/// What only the store knows about a delivery.
#[derive(Debug, Clone)]
pub(crate) struct Fence {
    pub(crate) token: i64,
    pub(crate) root: MessageId,
    pub(crate) hops: i32,
}

macro_rules! columns {
    () => {
        "d.id, d.message, d.conversation, c.project, d.helper, d.on_behalf_of, d.api_token, d.status, d.attempts, \
         d.queued_at, d.delivered_at, d.answered_at, d.next_attempt_at, d.answer, d.error"
    };
}
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM deliveries d JOIN conversations c ON c.id = d.conversation ", $rest)
    };
}

pub(crate) async fn get(tx: &mut Tx, id: DeliveryId) -> Result<Option<Delivery>> {
    fetch_optional!(tx, Row, select!("WHERE d.id = $1"), id.0)?.map(TryInto::try_into).transpose()
}

/// A delivery with its fence, held to the end of the transaction.
pub(crate) async fn get_locked(tx: &mut Tx, id: DeliveryId) -> Result<Option<(Delivery, Fence)>> {
    macro_rules! held {
        ($lock:literal) => {
            concat!(
                "SELECT ",
                columns!(),
                ", d.token, d.root, d.hops FROM deliveries d JOIN conversations c ON c.id = d.conversation WHERE d.id = $1",
                $lock
            )
        };
    }
    let sql = tx.dialect(held!(""), held!(" FOR UPDATE OF d"));
    let Some(held) = fetch_optional!(tx, Held, sql, id.0)? else { return Ok(None) };
    let fence = Fence { token: held.token, root: held.root.into(), hops: small("deliveries", "hops", held.hops)? };
    Ok(Some((held.row.try_into()?, fence)))
}

/// The next delivery that `helper` may have: due, and nothing older of its conversation is still open.
/// Rows that another node is just taking are passed over.
pub(crate) async fn next_due(tx: &mut Tx, helper: &HelperName, now: Timestamp) -> Result<Option<DeliveryId>> {
    macro_rules! due {
        ($lock:literal) => {
            concat!(
                "SELECT d.id FROM deliveries d WHERE d.helper = $1 AND d.status IN ('queued', 'failed') \
                 AND (d.next_attempt_at IS NULL OR d.next_attempt_at <= $2) \
                 AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.helper = d.helper AND e.conversation = d.conversation \
                 AND e.position < d.position AND e.status IN ('queued', 'delivered', 'failed')) \
                 ORDER BY d.queued_at, d.id LIMIT 1",
                $lock
            )
        };
    }
    let sql = tx.dialect(due!(""), due!(" FOR UPDATE SKIP LOCKED"));
    let row = fetch_optional!(tx, (Uuid,), sql, helper.as_str(), now.micros())?;
    Ok(row.map(|(id,)| id.into()))
}

pub(crate) async fn insert(tx: &mut Tx, delivery: &Delivery, position: i64, root: MessageId, hops: i32) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO deliveries (id, message, conversation, position, helper, on_behalf_of, root, hops, status, attempts, \
         queued_at, token, api_token) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, 0, $11)",
        delivery.id.0,
        delivery.message.0,
        delivery.conversation.0,
        position,
        delivery.helper.as_str(),
        delivery.on_behalf_of.as_ref().map(|name| name.as_str()),
        root.0,
        i64::from(hops),
        delivery.status.name(),
        delivery.queued_at.micros(),
        delivery.token.map(|id| id.0),
    )?;
    Ok(())
}

/// Writes where a delivery stands, its fence and its lease.
pub(crate) async fn update(tx: &mut Tx, delivery: &Delivery, token: i64, lease_until: Option<Timestamp>) -> Result<()> {
    execute!(
        tx,
        "UPDATE deliveries SET status = $2, attempts = $3, queued_at = $4, delivered_at = $5, answered_at = $6, \
         next_attempt_at = $7, answer = $8, error = $9, token = $10, lease_until = $11 WHERE id = $1",
        delivery.id.0,
        delivery.status.name(),
        i64::from(delivery.attempts),
        delivery.queued_at.micros(),
        delivery.delivered_at.map(Timestamp::micros),
        delivery.answered_at.map(Timestamp::micros),
        delivery.next_attempt_at.map(Timestamp::micros),
        delivery.answer.map(|id| id.0),
        delivery.error.as_deref(),
        token,
        lease_until.map(Timestamp::micros),
    )?;
    Ok(())
}

/// Keeps a lease alive; tells whether it was still held.
pub(crate) async fn renew(tx: &mut Tx, id: DeliveryId, token: i64, until: Timestamp) -> Result<bool> {
    let touched = execute!(
        tx,
        "UPDATE deliveries SET lease_until = $3 WHERE id = $1 AND token = $2 AND status = 'delivered'",
        id.0,
        token,
        until.micros()
    )?;
    Ok(touched > 0)
}

/// Deliveries whose holder let the lease run out.
pub(crate) async fn expired(tx: &mut Tx, now: Timestamp) -> Result<Vec<DeliveryId>> {
    let rows = fetch_all!(
        tx,
        (Uuid,),
        "SELECT id FROM deliveries WHERE status = 'delivered' AND lease_until < $1 ORDER BY id LIMIT 100",
        now.micros()
    )?;
    Ok(rows.into_iter().map(|(id,)| id.into()).collect())
}

/// How many deliveries to helpers were set off by helpers since the message `root`.
pub(crate) async fn hops_of(tx: &mut Tx, root: MessageId) -> Result<i64> {
    fetch_value!(tx, i64, "SELECT count(*) FROM deliveries WHERE root = $1 AND hops > 0", root.0)
}

/// The deliveries of a conversation's messages from position `from` on, oldest first.
pub(crate) async fn of_conversation(tx: &mut Tx, id: ConversationId, from: i64) -> Result<Vec<Delivery>> {
    super::all(fetch_all!(
        tx,
        Row,
        select!("WHERE d.conversation = $1 AND d.position >= $2 ORDER BY d.id"),
        id.0,
        from
    )?)
}

/// The deliveries of a conversation's messages between two positions, oldest first.
pub(crate) async fn between(tx: &mut Tx, id: ConversationId, first: i64, last: i64) -> Result<Vec<Delivery>> {
    let sql = select!("WHERE d.conversation = $1 AND d.position BETWEEN $2 AND $3 ORDER BY d.id");
    super::all(fetch_all!(tx, Row, sql, id.0, first, last)?)
}

/// Deliveries that were given up and lie in `sight`, newest first.
pub(crate) async fn dead(tx: &mut Tx, sight: &Sight, limit: i64) -> Result<Vec<Delivery>> {
    macro_rules! dead {
        ($engine:ident) => {
            concat!(
                select!("WHERE d.status = 'dead' AND "),
                seen!($engine, "c.project", "2"),
                " ORDER BY d.id DESC LIMIT $1"
            )
        };
    }
    let sql = tx.dialect(dead!(sqlite), dead!(postgres));
    super::all(fetch_all!(tx, Row, sql, limit, seen_by(sight))?)
}

/// Open deliveries queued before `before`, oldest first.
pub(crate) async fn stalled(tx: &mut Tx, before: Timestamp) -> Result<Vec<Delivery>> {
    super::all(fetch_all!(
        tx,
        Row,
        select!(
            "WHERE d.status IN ('queued', 'delivered', 'failed') AND d.queued_at < $1 ORDER BY d.queued_at LIMIT 200"
        ),
        before.micros()
    )?)
}

/// The newest deliveries that fit the filter and lie in `sight`, newest first.
pub(crate) async fn filtered(tx: &mut Tx, sight: &Sight, filter: &DeliveryFilter, limit: i64) -> Result<Vec<Delivery>> {
    let sql = tx.dialect(
        concat!(
            select!("WHERE ($1 IS NULL OR d.conversation = $1) AND ($2 IS NULL OR d.helper = $2) AND "),
            "($3 IS NULL OR d.status = $3) AND ",
            seen!(sqlite, "c.project", "5"),
            " ORDER BY d.id DESC LIMIT $4"
        ),
        concat!(
            select!("WHERE ($1::uuid IS NULL OR d.conversation = $1) AND ($2::text IS NULL OR d.helper = $2) AND "),
            "($3::text IS NULL OR d.status = $3) AND ",
            seen!(postgres, "c.project", "5"),
            " ORDER BY d.id DESC LIMIT $4"
        ),
    );
    super::all(fetch_all!(
        tx,
        Row,
        sql,
        filter.conversation.map(|id| id.0),
        filter.helper.as_ref().map(|name| name.as_str()),
        filter.status.map(DeliveryStatus::name),
        limit,
        seen_by(sight)
    )?)
}
