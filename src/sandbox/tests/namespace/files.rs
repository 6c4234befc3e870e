//! Files: tar streams in and out.

use std::io::Read as _;

use domain::sandbox::Verdict;
use sandbox::{Fault, Give};

use crate::common::{LIMIT, places, run, sh};

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, contents) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *contents).unwrap();
    }
    archive.into_inner().unwrap()
}

fn give(path: &str) -> Give {
    Give { path: path.into(), without: vec!["node_modules".into()], most_bytes: 10 << 20, most_entries: 100 }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_in_and_come_out_again() {
    for place in places().await {
        let sandbox = place.open().await;
        let large: Vec<u8> = (0..2_000_000_u32).map(|number| (number % 253) as u8).collect();
        let files: [(&str, &[u8]); 3] =
            [("a.txt", b"hello"), ("deep/er/large.bin", &large), ("node_modules/left/out.js", b"no")];
        sandbox.put("/work/project", archive(&files).as_slice()).await.unwrap();
        let (outcome, said) = run(&sandbox, sh("cat project/a.txt; wc -c < project/deep/er/large.bin"), &LIMIT).await;
        assert_eq!((outcome.verdict, said.as_str()), (Verdict::Ok, "hello2000000\n"));

        let mut out = Vec::new();
        let length = sandbox.give(give("/work/project"), &mut out).await.unwrap();
        assert_eq!(length, out.len() as u64);
        let mut names = Vec::new();
        for entry in tar::Archive::new(out.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().to_string_lossy().into_owned();
            if name.ends_with("large.bin") {
                let mut contents = Vec::new();
                entry.read_to_end(&mut contents).unwrap();
                assert!(contents == large);
            }
            names.push(name);
        }
        assert!(names.iter().any(|name| name.ends_with("a.txt")), "{names:?}");
        assert!(!names.iter().any(|name| name.contains("node_modules")), "{names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_and_the_sandbox_lives_on() {
    for place in places().await {
        let sandbox = place.open().await;
        // More than the folder of the work may hold.
        let huge = vec![0; 140 << 20];
        let fault = sandbox.put("/work", archive(&[("huge", &huge)]).as_slice()).await.unwrap_err();
        assert!(matches!(fault, Fault::Archive(_)), "{fault}");
        // Cut off in the middle.
        let whole = archive(&[("cut", &[1; 100_000])]);
        let fault = sandbox.put("/work", &whole[..50_000]).await.unwrap_err();
        assert!(matches!(fault, Fault::Archive(_)), "{fault}");
        let fault = sandbox.give(give("/work/not-there"), &mut Vec::new()).await.unwrap_err();
        assert!(matches!(fault, Fault::Archive(_)), "{fault}");
        let mut little = give("/work");
        little.most_bytes = 10;
        run(&sandbox, sh("rm -rf /work/*; head -c 100000 /dev/zero > /work/zeros"), &LIMIT).await;
        let fault = sandbox.give(little, &mut Vec::new()).await.unwrap_err();
        assert!(matches!(fault, Fault::Archive(_)), "{fault}");
        assert_eq!(run(&sandbox, sh("true"), &LIMIT).await.0.verdict, Verdict::Ok);
    }
}
