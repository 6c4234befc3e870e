//! How often anyone may ask: whoever asks too often is told when to come back, and nobody else is held up.

use crate::http::{ask, get};
use crate::workshop::Workshop;

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_back() {
    let settings = [("TATWATS_LIMITS_REQUESTS_PER_SECOND", "1"), ("TATWATS_LIMITS_REQUESTS_AT_ONCE", "5")];
    let workshop = Workshop::set(&settings).await;
    let mut refused = None;
    for _ in 0..20 {
        let answer = get(workshop.address, "/api/v1/account").send().await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("twenty at once are more than five");
    assert_eq!((refused.status, refused.json()["code"].as_str()), (429, Some("too_many")), "{}", refused.text());
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    let live = get(workshop.address, "/api/v1/events").header("accept", "text/event-stream").send().await;
    assert_eq!(live.status, 429, "the live stream is asked for like everything else");
    let stranger = ask(workshop.address, "POST", "/api/fn/choose_theme").stranger().send().await;
    assert_eq!(stranger.status, 429, "before anything is looked up, the address counts");
    for open in ["/readyz", "/sign-in"] {
        assert_eq!(get(workshop.address, open).stranger().send().await.status, 200, "{open}");
    }
    workshop.close().await;
}
