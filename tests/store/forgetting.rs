//! What was kept for a time is gone when it is over.

use lookalike::mmap::Opener;
use lookalike::store::{Store, Writer, forget};

use crate::support::{PROFILE, entries, found_in, hash, md5, source, store};

#[test]
fn whole_lists_are_forgotten_with_what_was_changed_in_them() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..5);
    let mut change = writer.change();
    for (list, number) in [("old", 10), ("L", 11), ("new", 12)] {
        change.add(Some(hash(number)), &[md5(number)], source(list, &number.to_string()), Some("k")).unwrap();
    }
    change.remove("L", "1").unwrap();
    change.commit().unwrap();
    drop(writer);
    let is_over = |list: &str| list == "L" || list == "old";
    assert_eq!(forget::<8>(directory.path(), Opener::default(), is_over).unwrap(), Some(4));
    assert_eq!(found_in(directory.path()), entries("new", [12]));
    let lists = Store::open(directory.path()).unwrap().snapshot().lists().unwrap();
    assert_eq!(lists.iter().map(|(name, count, _)| (name.as_str(), *count)).collect::<Vec<_>>(), [("new", 1)]);
    assert_eq!(forget::<8>(directory.path(), Opener::default(), is_over).unwrap(), None);

    // Everything may be over, and what is left can be changed.
    forget::<8>(directory.path(), Opener::default(), |_| true).unwrap();
    assert!(Store::open(directory.path()).unwrap().snapshot().is_empty());
    let mut writer = Writer::<8>::open(directory.path()).unwrap();
    let mut change = writer.change();
    assert!(change.remove("new", "12").is_err() && change.remove("L", "0").is_err());
    change.add(Some(hash(1)), &[md5(1)], source("L", "1"), None).unwrap();
    change.commit().unwrap();
    assert_eq!((found_in(directory.path()), writer.profile()), (entries("L", [1]), PROFILE));
}
