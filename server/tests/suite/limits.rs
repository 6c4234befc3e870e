//! How often anyone may ask: whoever asks too often is told when to come back, and nobody else is held up.

use crate::http::{Answer, Ask, ask, get};
use crate::workshop::Workshop;

/// Asks until it is too often, which even a slow machine does sooner than once a second.
async fn until_refused(question: impl Fn() -> Ask) -> Answer {
    for _ in 0..100 {
        let answer = question().send().await;
        if answer.status == 429 {
            return answer;
        }
    }
    panic!("a hundred times is not too often");
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_back() {
    let settings = [("TATWATS_LIMITS_REQUESTS_PER_SECOND", "1"), ("TATWATS_LIMITS_REQUESTS_AT_ONCE", "5")];
    let workshop = Workshop::set(&settings).await;
    let to = workshop.address;
    let refused = until_refused(|| get(to, "/api/v1/account")).await;
    assert_eq!(refused.json()["code"], "too_many", "{}", refused.text());
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    // The live stream is asked for like everything else, and of strangers the address counts.
    until_refused(|| get(to, "/api/v1/events").header("accept", "text/event-stream").header("last-event-id", "none"))
        .await;
    until_refused(|| ask(to, "POST", "/api/fn/choose_theme").stranger()).await;
    for open in ["/readyz", "/sign-in"] {
        assert_eq!(get(to, open).stranger().send().await.status, 200, "{open}");
    }
    workshop.close().await;
}
