//! Any sequence of operations leaves what a plain set of entries would hold.

use std::collections::{BTreeMap, BTreeSet};

use lookalike::mmap::Opener;
use lookalike::store::{Contents, Writer, compact};
use proptest::prelude::*;

use crate::support::{PROFILE, found_in, hash, md5, publish_keeping_changes, source};

/// What is done to a store.
#[derive(Clone, Debug)]
enum Operation {
    /// An entry of a list: number, id, key.
    Add(u8, u8, Option<u8>),
    Remove(u8),
    Withdraw(u8),
    Commit,
    Publish(Vec<(u8, u8, Option<u8>)>, bool),
    Compact,
    Reopen,
    RollBack,
}

fn entry() -> impl Strategy<Value = (u8, u8, Option<u8>)> {
    (0..6_u8, 0..4_u8, proptest::option::of(0..4_u8))
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        6 => entry().prop_map(|(number, id, key)| Operation::Add(number, id, key)),
        3 => (0..5_u8).prop_map(Operation::Remove),
        2 => (0..5_u8).prop_map(Operation::Withdraw),
        5 => Just(Operation::Commit),
        1 => (proptest::collection::vec(entry(), 1..6), any::<bool>()).prop_map(|(entries, keep)| Operation::Publish(entries, keep)),
        2 => Just(Operation::Compact),
        1 => Just(Operation::Reopen),
        1 => Just(Operation::RollBack),
    ]
}

/// Entries by what tells them apart, with their keys.
type Entries = BTreeMap<(u8, u8), BTreeSet<u8>>;

#[derive(Clone, Default)]
struct Model {
    entries: Entries,
    /// What was touched since the last publication.
    touched: BTreeSet<(u8, u8)>,
    /// What the change under way added.
    fresh: BTreeSet<(u8, u8)>,
}

impl Model {
    fn hide(&mut self, which: impl Fn(&(u8, u8), &BTreeSet<u8>) -> bool) {
        let gone: Vec<_> =
            self.entries.iter().filter(|(entry, keys)| which(entry, keys)).map(|(entry, _)| *entry).collect();
        for entry in gone {
            self.entries.remove(&entry);
            self.fresh.remove(&entry);
            self.touched.insert(entry);
        }
    }

    fn add(&mut self, (number, id, key): (u8, u8, Option<u8>)) {
        if let Some(key) = key {
            self.hide(|_, keys| keys.contains(&key));
        }
        let entry = (number, id);
        if self.fresh.insert(entry) {
            self.entries.remove(&entry);
        }
        self.entries.entry(entry).or_default().extend(key);
        self.touched.insert(entry);
    }

    fn found(&self) -> Vec<(u8, String)> {
        self.entries.keys().map(|(number, id)| (*number, format!("L/{id}"))).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_store_holds_what_a_set_holds(operations in proptest::collection::vec(operation(), 1..40)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let mut writer = Some(Writer::<8>::init(path, PROFILE).unwrap());
        let (mut model, mut pending) = (Model::default(), Vec::new());
        let mut earlier = Vec::new();
        for operation in operations {
            match operation {
                Operation::Add(..) | Operation::Remove(_) | Operation::Withdraw(_) => pending.push(operation),
                Operation::Commit => {
                    let before = model.clone();
                    let open = writer.as_mut().unwrap();
                    let generation = open.generation();
                    let mut change = open.change();
                    model.fresh.clear();
                    for operation in pending.drain(..) {
                        match operation {
                            Operation::Add(number, id, key) => {
                                let (id, key) = (id.to_string(), key.map(|key| key.to_string()));
                                change.add(Some(hash(number)), &[md5(number)], source("L", &id), key.as_deref()).unwrap();
                                model.add((number, id.parse().unwrap(), key.map(|key| key.parse().unwrap())));
                            }
                            Operation::Remove(id) => {
                                let there = model.entries.len();
                                model.hide(|(_, of), keys| *of == id || keys.contains(&id));
                                let removed = change.remove("L", &id.to_string());
                                assert_eq!(removed.unwrap_or(0), (there - model.entries.len()) as u64);
                            }
                            Operation::Withdraw(key) => {
                                let there = model.entries.len();
                                model.hide(|_, keys| keys.contains(&key));
                                let removed = change.withdraw("L", &key.to_string()).unwrap();
                                assert_eq!(removed, (there - model.entries.len()) as u64);
                            }
                            _ => unreachable!("only changes are kept"),
                        }
                    }
                    if change.commit().unwrap() > generation {
                        earlier.push(before);
                    }
                }
                Operation::Publish(entries, keeps_changes) => {
                    earlier.push(model.clone());
                    let mut contents = Contents::new(PROFILE).unwrap();
                    let mut new = Entries::new();
                    for (number, id, key) in entries {
                        // whoever publishes sees to it that a key has one entry, and an entry one key
                        let key = key.filter(|key| new.values().all(|keys: &BTreeSet<u8>| !keys.contains(key)));
                        if new.contains_key(&(number, id)) {
                            continue;
                        }
                        let (name, text) = (id.to_string(), key.map(|key| key.to_string()));
                        contents.add(Some(hash(number)), &[md5(number)], source("L", &name), text.as_deref()).unwrap();
                        new.insert((number, id), key.into_iter().collect());
                    }
                    let open = writer.as_mut().unwrap();
                    if keeps_changes {
                        publish_keeping_changes(open, directory.path(), contents);
                        new.retain(|entry, _| !model.touched.contains(entry));
                        let kept = model.entries.iter().filter(|(entry, _)| model.touched.contains(*entry));
                        new.extend(kept.map(|(entry, keys)| (*entry, keys.clone())));
                        model.entries = new;
                    } else {
                        open.publish(contents).unwrap();
                        model = Model { entries: new, ..Model::default() };
                    }
                }
                Operation::Compact => {
                    drop(writer.take());
                    if compact::<8>(path, Opener::owned()).unwrap().is_some() {
                        earlier.push(model.clone());
                        model.touched.clear();
                    }
                    writer = Some(Writer::open(path).unwrap());
                    prop_assert_eq!(writer.as_ref().unwrap().changes(), 0);
                }
                Operation::Reopen => {
                    drop(writer.take());
                    writer = Some(Writer::open(path).unwrap());
                }
                Operation::RollBack => {
                    let open = writer.as_mut().unwrap();
                    if earlier.last().is_some_and(|before| before.entries.is_empty()) {
                        prop_assert!(open.roll_back(None).is_err(), "everything would be clean");
                    } else if let Some(before) = earlier.pop() {
                        earlier.push(model.clone());
                        open.roll_back(None).unwrap();
                        model = before;
                    }
                }
            }
            let entries: u64 = writer.as_ref().unwrap().lists().map(|(_, _, entries)| entries).sum();
            prop_assert_eq!(entries, model.entries.len() as u64);
            prop_assert_eq!(found_in(path), model.found());
        }
    }
}
