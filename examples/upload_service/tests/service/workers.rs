//! Uploads decoded in processes of their own: the same answers, and none lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use decode_worker::{Options, Pool, Program};
use lookalike::decode::Limits;

use crate::support::{Running, drawn, index, png, shared, start, start_with};

fn files(under: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(under).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// A service whose workers are the program.
async fn with_workers(words: &[&str], time: Duration, self_test: bool) -> Running {
    let program = Program::at(env!("CARGO_BIN_EXE_upload-service"));
    let program = if self_test { program.self_test() } else { program };
    // as the service's own arguments say
    let limits = Limits::default().max_file_bytes(32 << 20);
    let options = Options::new(limits).workers(2).time(time).program(program);
    start_with(words, Arc::new(Pool::start(options).unwrap())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_those_of_decoding_in_the_process() {
    let (_directory, index) = index();
    let words = ["--index", &index, "--with-distances"];
    let (here, there) = (start(&words).await, with_workers(&words, Duration::from_secs(60), false).await);
    let mut bodies = vec![png(&drawn(1)), png(&drawn(2)), b"no picture".to_vec(), png(&drawn(1))[..100].to_vec()];
    let mut paths = Vec::new();
    for folder in ["malformed", "pdq-reference/images"] {
        shared(folder).into_iter().for_each(|folder| files(&folder, &mut paths));
    }
    bodies.extend(paths.iter().map(|path| fs::read(path).unwrap()).filter(|bytes| !bytes.is_empty()));
    let mut matched = 0;
    for body in bodies {
        let [mut expected, mut found] = [here.check(body.clone()).await.json(), there.check(body).await.json()];
        matched += u32::from(expected["outcome"] == "match");
        for answer in [&mut expected, &mut found] {
            answer["lookup"] = "its own".into();
        }
        assert_eq!(found, expected);
    }
    assert!(matched > 0);
    here.stop().await;
    there.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_ends_its_decoder_is_not_checked_and_the_next_one_is() {
    let (_directory, index) = index();
    let service = with_workers(&["--index", &index], Duration::from_secs(2), true).await;
    for (what, outcome) in [("exit", "corrupt"), ("abort", "corrupt"), ("open", "corrupt"), ("hang", "over_limit")] {
        let answer = service.check(format!("GIF89a lookalike self-test: {what}")).await;
        assert_eq!((answer.outcome().as_str(), &answer.json()["checked"]), (outcome, &false.into()), "{what}");
        assert_eq!(service.check(png(&drawn(1))).await.outcome(), "match");
    }
    assert_eq!(service.metric("lookalike_panics_total").await, 0.0);
    service.stop().await;
}
