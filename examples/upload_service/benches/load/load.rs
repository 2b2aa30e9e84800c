//! Load: pictures, one after the other on each connection, and a change every second.
//!
//! Of the pictures those of even number are listed all the time, one is listed in every other generation, the rest are not. What a picture matches by
//! chance, or because another is a copy of it, is asked once before, with and without the one that comes and goes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use lookalike::index::Source;
use lookalike::store::Writer;
use serde_json::Value;

use crate::Args;
use crate::client::{Client, FORM, form, get, metric};
use crate::pictures::{self, Picture};
use crate::program::{Program, store};

/// So old may the generation of an answer be when its request is sent.
const LATEST: Duration = Duration::from_millis(500);

/// What is sent, and what must come back: entries in a generation without, and with, the picture that comes and goes.
struct Sent {
    raw: Bytes,
    form: Bytes,
    expected: [Vec<String>; 2],
}

/// What was published: the first generation, and when each later one was.
struct Published {
    first: u64,
    at: Mutex<Vec<(u64, Instant)>>,
}

#[derive(Default)]
struct Seen {
    requests: u64,
    wrong: u64,
    errors: u64,
    old: u64,
    first_fault: Option<String>,
    /// Milliseconds by the parts of `Server-Timing`, and `all` as the client sees it.
    took: BTreeMap<String, Vec<f64>>,
    generations: std::collections::BTreeSet<u64>,
}

pub(crate) async fn run(args: &Args) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let pictures = pictures::all();
    let listed: Vec<_> =
        pictures.iter().enumerate().filter(|(at, _)| at % 2 == 0).map(|(at, it)| (at, it.hash)).collect();
    println!("{} pictures; making a store of {} hashes", pictures.len(), args.hashes);
    let poisoned: Vec<_> = pictures.iter().map(|it| it.hash).collect();
    let mut writer = store(directory.path(), args.hashes, &listed, (args.flood, &poisoned));
    let audit = directory.path().join("audit");
    let mut words = vec!["--views", &args.views, "--server-timing"];
    if args.audit {
        words.extend(["--audit", audit.to_str().unwrap()]);
    }
    if args.no_screen {
        words.push("--no-screen");
    }
    if let Some(jobs) = &args.jobs {
        words.extend(["--jobs", jobs]);
    }
    let program = Program::start(directory.path(), &words);

    let comes_and_goes = pictures.iter().enumerate().find(|(at, _)| at % 2 == 1).map(|(at, it)| (at, it.hash)).unwrap();
    let without = ask_all(&program, &pictures).await;
    let mut change = writer.change();
    let source = Source { list: "pictures", id: "comes and goes", ..Source::default() };
    change.add(Some(comes_and_goes.1), &[], source, None).unwrap();
    let first = change.commit().unwrap();
    wait_for(&program, first).await;
    let with = ask_all(&program, &pictures).await;
    check_baseline(&pictures, &without, &with, comes_and_goes.0);
    let sent = pictures.iter().zip(without.into_iter().zip(with));
    let sent: Vec<_> = sent
        .map(|(it, (without, with))| Sent { raw: it.bytes.clone(), form: form(&it.bytes), expected: [without, with] })
        .collect();

    let published = Arc::new(Published { first, at: Mutex::new(vec![(first, Instant::now())]) });
    let until = Instant::now() + Duration::from_secs(args.seconds);
    println!("{} connections, {} s, a change every second, views {}", args.connections, args.seconds, args.views);
    let publisher = {
        let published = Arc::clone(&published);
        std::thread::spawn(move || publish(&mut writer, &published, until, comes_and_goes.1))
    };
    let sent = Arc::new(sent);
    let sending: Vec<_> = (0..args.connections)
        .map(|number| tokio::spawn(one(program.uploads, Arc::clone(&sent), Arc::clone(&published), until, number)))
        .collect();
    let memory = tokio::spawn(watch_memory(program.metrics, until));
    let mut all = Seen::default();
    for one in sending {
        all.add(one.await.unwrap());
    }
    publisher.join().unwrap();
    let memory = memory.await.unwrap();
    report(args, &mut all, &memory, published.at.lock().unwrap().len());
    all.wrong + all.errors + all.old == 0
}

/// The entries that each picture matches now.
async fn ask_all(program: &Program, pictures: &[Picture]) -> Vec<Vec<String>> {
    let mut client = Client::connect(program.uploads).await.unwrap();
    let mut found = Vec::new();
    for picture in pictures {
        let answer = client.send("/v1/check", "image/*", Some(picture.bytes.clone())).await.unwrap();
        found.push(entries(&serde_json::from_slice(&answer.body).unwrap()).expect("a picture that was checked"));
    }
    found
}

/// What stands between two ways of knowing: the pictures that were listed are found, and the one that comes has come.
fn check_baseline(pictures: &[Picture], without: &[Vec<String>], with: &[Vec<String>], comes: usize) {
    let mut by_chance = 0;
    assert_eq!(pictures.len(), without.len());
    for (at, found) in without.iter().enumerate() {
        assert!(at % 2 == 1 || found.contains(&format!("pictures {at}")), "picture {at} is listed and not found");
        by_chance += usize::from(found.iter().any(|entry| entry.starts_with("drawn")));
    }
    assert!(with[comes].contains(&"pictures comes and goes".to_owned()) && with[comes] != without[comes]);
    println!("{by_chance} pictures match drawn hashes by chance");
}

/// The matches of an answer by list and entry; none of one that was not checked.
fn entries(answer: &Value) -> Option<Vec<String>> {
    if answer["checked"] != true {
        return None;
    }
    let name = |it: &Value| Some(format!("{} {}", it["list"].as_str()?, it["entry"].as_str()?));
    let mut entries: Vec<_> = answer["matches"].as_array()?.iter().filter_map(name).collect();
    entries.sort_unstable();
    let is_match = answer["outcome"] == "match";
    (is_match != entries.is_empty()).then_some(entries)
}

async fn wait_for(program: &Program, generation: u64) {
    for _ in 0..1000 {
        let ready = get(program.metrics, "/readyz").await.unwrap();
        if serde_json::from_slice::<Value>(&ready.body).unwrap()["generation"] == generation {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("generation {generation} never comes");
}

/// Lets an entry go and come, a second each.
fn publish(writer: &mut Writer<32>, published: &Published, until: Instant, hash: lookalike::hash::Bits256) {
    let mut is_listed = true;
    while Instant::now() + Duration::from_secs(1) < until {
        std::thread::sleep(Duration::from_secs(1));
        let mut change = writer.change();
        if is_listed {
            change.remove("pictures", "comes and goes").unwrap();
        } else {
            let source = Source { list: "pictures", id: "comes and goes", ..Source::default() };
            change.add(Some(hash), &[], source, None).unwrap();
        }
        is_listed = !is_listed;
        let generation = change.commit().unwrap();
        published.at.lock().unwrap().push((generation, Instant::now()));
    }
}

/// Sends on one connection until it is over.
async fn one(
    address: std::net::SocketAddr,
    sent: Arc<Vec<Sent>>,
    published: Arc<Published>,
    until: Instant,
    number: usize,
) -> Seen {
    let mut seen = Seen::default();
    let mut client = Client::connect(address).await.unwrap();
    let mut at = number * 7;
    while Instant::now() < until {
        let what = &sent[at % sent.len()];
        let (kind, body) = if at.is_multiple_of(3) { (FORM, &what.form) } else { ("image/*", &what.raw) };
        let started = Instant::now();
        seen.requests += 1;
        match client.send("/v1/check", kind, Some(body.clone())).await {
            Ok(answer) if answer.status == 200 => {
                seen.took("all", started.elapsed().as_secs_f64() * 1e3);
                let timing = answer.headers.get("server-timing").map(|it| it.to_str().unwrap().to_owned());
                for part in timing.unwrap().split(", ") {
                    let (name, millis) = part.split_once(";dur=").unwrap();
                    seen.took(name, millis.parse().unwrap());
                }
                seen.judge(&serde_json::from_slice(&answer.body).unwrap(), what, &published, started);
            }
            Ok(answer) => seen.error(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body))),
            Err(error) => {
                seen.error(error);
                client = Client::connect(address).await.unwrap();
            }
        }
        at += 1;
    }
    seen
}

impl Seen {
    fn took(&mut self, name: &str, millis: f64) {
        self.took.entry(name.to_owned()).or_default().push(millis);
    }

    fn error(&mut self, what: String) {
        self.errors += 1;
        self.first_fault.get_or_insert(what);
    }

    fn judge(&mut self, answer: &Value, what: &Sent, published: &Published, started: Instant) {
        let generation = answer["generation"].as_u64().unwrap();
        self.generations.insert(generation);
        let is_listed = (generation - published.first).is_multiple_of(2);
        if entries(answer).as_ref() != Some(&what.expected[usize::from(is_listed)]) {
            self.wrong += 1;
            self.first_fault.get_or_insert_with(|| format!("wrong: {answer}, expected {:?}", what.expected));
        }
        let at = published.at.lock().unwrap();
        let known = at.iter().rev().find(|(_, at)| *at + LATEST < started);
        if known.is_some_and(|(known, _)| generation < *known) {
            self.old += 1;
            self.first_fault.get_or_insert_with(|| format!("old: {answer}"));
        }
    }

    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.wrong += other.wrong;
        self.errors += other.errors;
        self.old += other.old;
        self.first_fault = self.first_fault.take().or(other.first_fault);
        for (name, took) in other.took {
            self.took.entry(name).or_default().extend(took);
        }
        self.generations.extend(other.generations);
    }
}

/// The memory of the service in MB, twice a second.
async fn watch_memory(address: std::net::SocketAddr, until: Instant) -> Vec<f64> {
    let mut memory = Vec::new();
    while Instant::now() < until {
        memory.push(metric(address, "lookalike_resident_bytes").await / 1e6);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    memory
}

fn report(args: &Args, all: &mut Seen, memory: &[f64], generations: usize) {
    let rate = all.requests as f64 / args.seconds as f64;
    println!(
        "{} requests, {rate:.0} a second; {} errors, {} wrong, {} of an old generation",
        all.requests, all.errors, all.wrong, all.old
    );
    println!("{generations} generations published, {} seen in answers", all.generations.len());
    if let Some(fault) = &all.first_fault {
        println!("the first fault: {fault}");
    }
    println!("{:>10} {:>9} {:>9} {:>9} {:>9}   milliseconds", "", "p50", "p90", "p99", "most");
    for (name, took) in &mut all.took {
        took.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
        println!("{name:>10} {:>9.3} {:>9.3} {:>9.3} {:>9.3}", at(0.5), at(0.9), at(0.99), at(1.0));
    }
    let tenth = (memory.len() / 10).max(1);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let middle = memory.len() / 2;
    let parts = [
        &memory[tenth..2 * tenth],
        &memory[middle..(middle + tenth).min(memory.len())],
        &memory[memory.len() - tenth..],
    ];
    let [start, middle, end] = parts.map(mean);
    println!("memory: {start:.0} MB at the start (second tenth), {middle:.0} in the middle, {end:.0} at the end");
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load of the machine at the end: {}", load.split_whitespace().take(3).collect::<Vec<_>>().join(" "));
}
