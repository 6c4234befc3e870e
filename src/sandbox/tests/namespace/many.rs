//! Many at once.

use domain::sandbox::Verdict;
use futures_util::future::join_all;

use crate::common::{Place, quiet_places, run, sh};
use sandbox::Limit;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_at_once_each_get_their_own() {
    for place in quiet_places().await {
        let one = |number: usize| {
            let place: &Place = &place;
            async move {
                let sandbox = place.open().await;
                let limit = Limit { seconds: 60, output_bytes: 1000 };
                let script = format!("echo {number} > mine; ls /work; cat mine; hostname");
                let (outcome, said) = run(&sandbox, sh(&script), &limit).await;
                assert_eq!((outcome.verdict, said), (Verdict::Ok, format!("mine\n{number}\nsandbox\n")));
                sandbox.end().await.unwrap();
            }
        };
        join_all((0..100).map(one)).await;
        assert_eq!(place.left(), Vec::<String>::new());
    }
}
