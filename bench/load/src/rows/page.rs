//! A page with a thousand rows, rendered on the server: groups of people, each with the form that changes it.

use serde_json::json;
use tokio::task::JoinSet;

use super::acks::load;
use super::turns;
use crate::contenders::{Messages, node, tatwats};
use crate::figures::{Aim, Row, Series, beside};
use crate::http::{Connection, request};
use crate::options::Options;
use crate::{Result, say};

/// Rows of the page.
const ROWS: usize = 1000;
/// Who asks at a time.
const READERS: usize = 4;

/// The row.
pub(crate) async fn measure(options: &Options) -> Result<Vec<Row>> {
    let mut all = ["TATWATS", "React, renderToString"].map(Series::of);
    for round in 0..options.rounds() {
        for side in turns(round, 2) {
            let page = if side == 0 { ours(options).await? } else { theirs(options).await? };
            check(&page).await?;
            let sample = load(&page, READERS, options.either(0.5, 1.0), options.either(2.0, 4.0)).await?;
            let (name, bytes) = (all[side].name, sample.bytes.unwrap_or_default());
            say(&format!("  {name}: {:.1} pages/s, {bytes:.0} bytes", sample.value));
            all[side].rounds.push(sample);
            page.server.stop().await?;
        }
    }
    let [ours, theirs] = &all;
    Ok(vec![beside("a page with 1,000 rows, rendered on the server", "pages/s", ours, theirs, Aim::AtLeast(8.0))])
}

async fn ours(options: &Options) -> Result<Messages> {
    let tatwats::Workshop { server, folder, token, .. } = tatwats::start(options, None).await?;
    let to = server.address;
    let mut makers = JoinSet::new();
    for maker in 0..50 {
        let token = token.clone();
        makers.spawn_local(async move {
            let make = async {
                let mut connection = Connection::open(to).await?;
                for number in (maker..ROWS).step_by(50) {
                    let group = json!({ "members": [], "role": "viewer" });
                    let path = format!("/api/v1/groups/group-{number:04}");
                    let answer = connection.ask(&request(to, "PUT", &path, Some(&token), Some(&group))).await?;
                    if !(200..300).contains(&answer.status) {
                        return Err(format!("a group was answered {}", answer.status).into());
                    }
                }
                Result::Ok(())
            };
            make.await.map_err(|error| error.to_string())
        });
    }
    makers.join_all().await.into_iter().collect::<std::result::Result<Vec<()>, _>>()?;
    let post = request(to, "GET", "/people", Some(&token), None);
    Ok(Messages { server, post, folder: Some(folder) })
}

async fn theirs(options: &Options) -> Result<Messages> {
    let server = node::start(options, "react-page", &[]).await?;
    let post = request(server.address, "GET", "/people", None, None);
    Ok(Messages { server, post, folder: None })
}

/// Whether all rows are there.
async fn check(page: &Messages) -> Result<()> {
    let answer = Connection::open(page.server.address).await?.ask(&page.post).await?;
    let rows = String::from_utf8(answer.body)?.matches("<b>group-").count();
    if rows != ROWS {
        return Err(format!("the page has {rows} rows").into());
    }
    Ok(())
}
