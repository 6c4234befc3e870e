//! Pages under load: each ends, and says what it should.

use std::io::Read;

use flate2::read::GzDecoder;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::http::get;
use crate::workshop::Workshop;
use crate::ws::LONG;

/// Browsers at once.
const READERS: usize = 8;
/// Pages that each asks for.
const PAGES: usize = 120;

/// One in some hundreds used to wait for ever for data that had come. Needs several threads to show.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_page_ends_however_many_are_rendered_at_once() {
    let workshop = Workshop::open().await;
    let conversation = workshop.conversation().await;
    workshop.say(&conversation, "Is this rendered?").await;
    let (address, id) = (workshop.address, conversation.id);
    let mut readers = JoinSet::new();
    for reader in 0..READERS {
        readers.spawn(async move {
            let (path, status, words) = match reader % 4 {
                0 => (format!("/conversations/{id}"), 200, "Is this rendered?"),
                1 => ("/conversations?q=rendered".to_owned(), 200, "1 message with"),
                2 => ("/helpers/the_nobody".to_owned(), 404, "the_nobody"),
                _ => ("/nowhere".to_owned(), 404, "To the Overview"),
            };
            for _ in 0..PAGES {
                let answer = timeout(LONG, get(address, &path).header("accept", "text/html").send())
                    .await
                    .expect("the page ends");
                assert_eq!(answer.status, status, "{path}");
                assert!(answer.text().contains(words), "{path}");
            }
        });
    }
    while let Some(done) = readers.join_next().await {
        done.unwrap();
    }
    workshop.close().await;
}

#[tokio::test]
async fn a_page_goes_out_compressed_to_whoever_takes_it() {
    let workshop = Workshop::open().await;
    let page = |coding| get(workshop.address, "/helpers").header("accept-encoding", coding).send();
    let (plain, small) = (page("identity").await, page("gzip, deflate, br, zstd").await);
    assert_eq!((plain.header("content-encoding"), small.header("content-encoding")), (None, Some("gzip")));
    assert_eq!(small.header("vary"), Some("accept-encoding"));
    assert!(small.body.len() * 2 < plain.body.len(), "{} of {}", small.body.len(), plain.body.len());
    let mut text = String::new();
    GzDecoder::new(&*small.body).read_to_string(&mut text).unwrap();
    assert!(text.contains("<title>Helpers") && text.contains("</html>"), "{text}");
    workshop.close().await;
}
