//! Stores that are damaged, and what whoever opens them may be told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use lookalike::entry::Role;
use lookalike::index::Query;
use lookalike::mmap::Opener;
use lookalike::store::manifest::Seen;
use lookalike::store::{Contents, Snapshot, Store, StoreError, StoreErrorKind, Writer, compact};

use crate::support::{PROFILE, contents, entries, hash, md5, publish_keeping_changes, source, store};

/// Every entry of these stores has one of these numbers, for its hash and its digest.
const NUMBERS: std::ops::Range<u8> = 0..40;
/// Entries that all generations have but the first: one is removed by its id, one withdrawn by its key.
const REMOVED: u8 = 4;
const WITHDRAWN: u8 = 5;
/// One that none has.
const ADDED: u8 = 39;

/// What a generation holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holds {
    entries: Vec<(u8, String)>,
    lists: Vec<(String, u64, Role)>,
    signed: Vec<(String, Seen)>,
}

impl Holds {
    fn of(snapshot: &Snapshot) -> Self {
        let needles: Vec<_> = NUMBERS.map(hash).collect();
        let mut entries = Vec::new();
        for hit in snapshot.hits(&Query::new(PROFILE, &needles).radius(0)).unwrap() {
            let sources = snapshot.sources(hit.place).map(Result::unwrap);
            let number = u8::try_from(hit.needle).unwrap();
            entries.extend(sources.map(|source| (number, format!("{}/{}", source.list, source.id))));
        }
        let mut by_digest = Vec::new();
        for number in NUMBERS {
            let sources = snapshot.find(&md5(number)).map(Result::unwrap);
            by_digest.extend(sources.map(|source| (number, format!("{}/{}", source.list, source.id))));
        }
        entries.sort();
        by_digest.sort();
        assert_eq!(entries, by_digest);
        let signed = snapshot.signed().map(|(list, signed)| (list.to_owned(), *signed)).collect();
        Self { entries, lists: snapshot.lists().unwrap(), signed }
    }
}

/// What is done to a store that may be damaged.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    Change,
    Publish,
    Compact,
    RollBack,
}

pub(super) const DEEDS: [Deed; 4] = [Deed::Change, Deed::Publish, Deed::Compact, Deed::RollBack];

/// A store that is damaged.
pub(super) struct Reference {
    pub(super) name: &'static str,
    directory: tempfile::TempDir,
    /// Every file as it should be, by its path within the store.
    files: BTreeMap<PathBuf, Vec<u8>>,
    /// Whatever files of a kind have ever held, by the kind.
    history: BTreeMap<String, BTreeSet<Vec<u8>>>,
    generations: BTreeMap<u64, Holds>,
}

/// `CURRENT`, `LOCK`, and so on; of files that are named by what they hold, how their names end.
fn kind_of(path: &Path) -> String {
    path.extension().or_else(|| path.file_name()).unwrap().to_str().unwrap().to_owned()
}

/// Every file below a directory, by its path within it.
fn files_of(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(directory).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Removes whatever has this name.
fn clear(path: &Path) {
    if path.is_dir() {
        fs::remove_dir(path).unwrap();
    } else if path.exists() {
        fs::remove_file(path).unwrap();
    }
}

impl Reference {
    fn new(name: &'static str, make: impl FnOnce(&mut Self)) -> Self {
        // Nothing here needs a disk, and every file is written thousands of times.
        let memory = Path::new("/dev/shm");
        let directory = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let directory = directory.unwrap();
        let mut reference =
            Self { name, directory, files: BTreeMap::new(), history: BTreeMap::new(), generations: BTreeMap::new() };
        make(&mut reference);
        reference.note();
        reference.restore();
        reference
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Remembers the generation that is current.
    fn note(&mut self) {
        let snapshot = Store::open(self.path()).unwrap().snapshot();
        self.generations.insert(snapshot.generation().unwrap(), Holds::of(&snapshot));
        self.files = files_of(self.path());
        for (path, bytes) in &self.files {
            self.history.entry(kind_of(path)).or_default().insert(bytes.clone());
        }
    }

    /// Makes every file what it should be, whoever changed which.
    pub(super) fn restore(&self) {
        for path in files_of(self.path()).keys().filter(|path| !self.files.contains_key(*path)) {
            clear(&self.path().join(path));
        }
        for (path, bytes) in &self.files {
            let whole = self.path().join(path);
            if fs::read(&whole).ok().as_ref() != Some(bytes) || fs::metadata(&whole).unwrap().permissions().readonly() {
                clear(&whole);
                fs::write(&whole, bytes).unwrap();
            }
        }
    }

    /// The files, by path, what they hold, and what others of their kind have held.
    pub(super) fn files(&self) -> impl Iterator<Item = (PathBuf, &[u8], Vec<&[u8]>)> {
        self.files.iter().map(|(path, bytes)| {
            let others = self.history[&kind_of(path)].iter().filter(|other| *other != bytes);
            (path.clone(), bytes.as_slice(), others.map(Vec::as_slice).collect())
        })
    }

    /// Whether a file is `CURRENT` or the record that it names.
    pub(super) fn is_named_first(&self, path: &Path) -> bool {
        let (generation, _) = self.generations.last_key_value().unwrap();
        path == Path::new("CURRENT") || path == Path::new("generations").join(format!("{generation}.json"))
    }

    /// What the generation holds that readers must find if nothing is damaged.
    pub(super) fn current(&self) -> &Holds {
        self.generations.last_key_value().unwrap().1
    }

    fn is_a_generation(&self, snapshot: &Snapshot, case: &dyn Fn() -> String) {
        let generation = snapshot.generation().unwrap();
        let expected = self.generations.get(&generation);
        let expected = expected.unwrap_or_else(|| panic!("no generation has the number {generation}: {}", case()));
        assert_eq!(&Holds::of(snapshot), expected, "{}", case());
    }

    /// An error says in one line which file it is and what to do; a `CURRENT` that is wrong may look like a record that is.
    fn is_plain(&self, error: &StoreError, damaged: &Path, case: &dyn Fn() -> String) {
        let text = error.to_string();
        assert!(!text.contains('\n'), "{text}: {}", case());
        let (damaged, current) = (self.path().join(damaged), self.path().join("CURRENT"));
        let path = match error.kind() {
            StoreErrorKind::Damaged | StoreErrorKind::Missing => {
                assert!(text.contains("; put a copy") || text.contains("; publish the lists"), "{text}: {}", case());
                error.path().unwrap()
            }
            StoreErrorKind::Io => error.path().unwrap(),
            StoreErrorKind::NotAStore => {
                assert!(text.contains("CURRENT"), "{text}: {}", case());
                &current
            }
            _ => panic!("{text}: {}", case()),
        };
        let is_record = damaged == current && path.starts_with(self.path().join("generations"));
        assert!(path == damaged || is_record, "{text}: {}", case());
        assert!(error.kind() == StoreErrorKind::NotAStore || text.contains(&path.display().to_string()), "{text}");
    }

    /// Opens the store as readers do. Says whether that was refused.
    pub(super) fn read(&self, opener: Opener, damaged: &Path, case: &dyn Fn() -> String) -> bool {
        match Store::open_with(self.path(), opener) {
            Ok(store) => {
                self.is_a_generation(&store.snapshot(), case);
                false
            }
            Err(error) => {
                self.is_plain(&error, damaged, case);
                true
            }
        }
    }

    /// What a reader has open that did not look for some time: a generation before the last, if it is still there.
    pub(super) fn opened_before(&self) -> Option<Store> {
        let current = self.path().join("CURRENT");
        let before = self.history["CURRENT"].iter().filter(|before| **before != self.files[Path::new("CURRENT")]);
        let opened = before.rev().find_map(|before| {
            fs::write(&current, before).unwrap();
            Store::open_with(self.path(), Opener::owned()).ok()
        });
        fs::write(current, &self.files[Path::new("CURRENT")]).unwrap();
        opened
    }

    /// Reloads the store of a reader that has another generation open.
    pub(super) fn reload(&self, store: &Store, damaged: &Path, case: &dyn Fn() -> String) {
        let before = store.snapshot();
        match store.reload() {
            Ok(_) => {
                self.is_a_generation(&store.snapshot(), case);
                assert_eq!(store.status().failure, None);
            }
            Err(error) => {
                self.is_plain(&error, damaged, case);
                let status = store.status();
                assert_eq!(status.failure, Some(error.to_string()), "{}", case());
                assert_eq!(Some(status.generation), before.generation(), "{}", case());
                self.is_a_generation(&store.snapshot(), case);
            }
        }
    }

    /// Opens the store as writers do, and does something with it: that is what it would have been without damage, or an error and nothing has
    /// changed. Says whether it was refused.
    pub(super) fn write(&self, deed: Deed, damaged: &Path, case: &dyn Fn() -> String) -> bool {
        let case = &|| format!("{deed:?}: {}", case());
        let mut expected = Vec::new();
        let done = self.attempt(deed, &mut expected, case);
        let refused = match &done {
            Ok(()) => false,
            // of the stores that are whole there is not always an earlier generation, or one that holds something
            Err(error)
                if matches!(error.kind(), StoreErrorKind::NoSuchGeneration | StoreErrorKind::Refused)
                    && matches!(deed, Deed::RollBack) =>
            {
                true
            }
            Err(error) => {
                self.is_plain(error, damaged, case);
                true
            }
        };
        match Store::open_with(self.path(), Opener::owned()) {
            Ok(store) if refused => self.is_a_generation(&store.snapshot(), case),
            Ok(store) => {
                let found = Holds::of(&store.snapshot()).entries;
                assert!(expected.contains(&found), "{found:?} instead of {expected:?}: {}", case());
            }
            Err(error) => {
                assert!(!matches!(deed, Deed::Publish) || refused, "published and damaged: {error}: {}", case());
                self.is_plain(&error, damaged, case);
            }
        }
        refused
    }

    fn attempt(
        &self,
        deed: Deed,
        expected: &mut Vec<Vec<(u8, String)>>,
        case: &dyn Fn() -> String,
    ) -> Result<(), StoreError> {
        if matches!(deed, Deed::Compact) {
            expected.extend(self.generations.values().map(|holds| holds.entries.clone()));
            return compact::<8>(self.path(), Opener::owned()).map(drop);
        }
        let mut writer = Writer::<8>::open(self.path())?;
        let before = self.generations.get(&writer.generation());
        let before = before.unwrap_or_else(|| panic!("no generation {}: {}", writer.generation(), case()));
        let lists: Vec<_> = writer.lists().map(|(name, role, entries)| (name.to_owned(), entries, role)).collect();
        assert_eq!(lists, before.lists, "{}", case());
        match deed {
            Deed::Change => {
                let mut after = before.entries.clone();
                let gone = entries("L", [REMOVED, WITHDRAWN]);
                let [removed, withdrawn] = [0, 1].map(|which| after.contains(&gone[which]));
                after.retain(|entry| !gone.contains(entry));
                after.extend(entries("L", [ADDED]));
                expected.push(after);
                let mut change = writer.change();
                if removed {
                    assert_eq!(change.remove("L", &REMOVED.to_string())?, 1, "{}", case());
                }
                assert_eq!(change.withdraw("L", &WITHDRAWN.to_string())?, u64::from(withdrawn), "{}", case());
                change.add(Some(hash(ADDED)), &[md5(ADDED)], source("L", &ADDED.to_string()), Some("39"))?;
                change.commit().map(drop)
            }
            Deed::RollBack => {
                expected.extend(self.generations.values().map(|holds| holds.entries.clone()));
                writer.roll_back(None).map(drop)
            }
            _ => {
                expected.push(entries("L", 7..9));
                writer.publish(contents("L", 7..9)).map(drop)
            }
        }
    }
}

fn change(writer: &mut Writer<8>, removed: u8, added: u8) {
    let mut change = writer.change();
    change.remove("L", &removed.to_string()).unwrap();
    change.add(Some(hash(added)), &[md5(added)], source("L", &added.to_string()), Some(&added.to_string())).unwrap();
    change.commit().unwrap();
}

/// What is remembered of a list whose manifest was accepted.
fn accepted() -> Seen {
    let seen = serde_json::json!({
        "epoch": 1, "sequence": 7, "manifest": "5a".repeat(32), "created": "2026-11-24T06:00:00Z",
        "expires": "2026-12-25T06:00:00Z", "entries": 10, "profile": PROFILE.name(), "latest_time": 1_795_586_400_000_i64,
    });
    let mut seen: Seen = serde_json::from_value(seen).unwrap();
    seen.refuses_stale = true;
    seen
}

/// Every store of these tests.
pub(super) fn references() -> Vec<Reference> {
    let published = Reference::new("published", |made| {
        let mut writer = Writer::<8>::init(made.path(), PROFILE).unwrap();
        made.note();
        writer.publish(contents("L", 0..10)).unwrap();
    });
    let changed = Reference::new("changed", |made| {
        let mut writer = store(made.path(), 0..10);
        made.note();
        change(&mut writer, 3, 20);
        made.note();
        change(&mut writer, 20, 21);
    });
    let named = Reference::new("names and keys", |made| {
        let mut writer = Writer::<8>::init(made.path(), PROFILE).unwrap();
        made.note();
        let mut contents = Contents::new(PROFILE).unwrap();
        for number in 0..10 {
            // by turns the id is the key, and the key is another word
            let id = number.to_string();
            let key = if number % 2 == 0 { format!("k{id}") } else { id.clone() };
            contents.add(Some(hash(number)), &[md5(number)], source("L", &id), Some(&key)).unwrap();
            contents.add(Some(hash(number)), &[md5(number)], source("M", &id), None).unwrap();
        }
        writer.publish(contents).unwrap();
        made.note();
        let mut change = writer.change();
        change.remove("M", "4").unwrap();
        change.remove("M", "5").unwrap();
        change.commit().unwrap();
    });
    let compacted = Reference::new("compacted", |made| {
        let mut writer = store(made.path(), 0..10);
        made.note();
        change(&mut writer, 3, 20);
        made.note();
        drop(writer);
        compact::<8>(made.path(), Opener::default()).unwrap().unwrap();
        made.note();
        change(&mut Writer::open(made.path()).unwrap(), 20, 21);
    });
    let several = Reference::new("several generations", |made| {
        let mut writer = store(made.path(), 0..10);
        made.note();
        writer.publish(contents("L", 2..12)).unwrap();
        made.note();
        change(&mut writer, 2, 20);
        made.note();
        writer.roll_back(None).unwrap();
        made.note();
        publish_keeping_changes(&mut writer, made.path(), contents("L", 1..11));
        made.note();
        change(&mut writer, 10, 22);
    });
    let signed = Reference::new("signed", |made| {
        let mut writer = store(made.path(), 0..10);
        made.note();
        writer.remember("L", accepted());
        writer.publish(contents("L", 1..11)).unwrap();
        made.note();
        change(&mut writer, 3, 20);
    });
    vec![published, changed, named, compacted, several, signed]
}

#[test]
fn the_references_are_what_they_are_called() {
    for reference in references() {
        let case = || reference.name.to_owned();
        assert!(!reference.read(Opener::default(), Path::new(""), &case));
        let before = reference.opened_before().unwrap();
        reference.reload(&before, Path::new(""), &case);
        assert_eq!(&Holds::of(&before.snapshot()), reference.current());
        let kinds: Vec<String> = reference.files().map(|(path, ..)| kind_of(&path)).collect();
        println!("{}: {}", reference.name, kinds.join(", "));
        for deed in DEEDS {
            let refused = reference.write(deed, Path::new(""), &case);
            // before the first publication there was nothing
            assert_eq!(
                refused,
                reference.name == "published" && matches!(deed, Deed::RollBack),
                "{deed:?}: {}",
                case()
            );
            reference.restore();
        }
        assert!(!reference.read(Opener::owned(), Path::new(""), &case));
    }
}
