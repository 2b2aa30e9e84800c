//! What each kind of change does, and that readers see it.

use lookalike::entry::Role;
use lookalike::index::Source;
use lookalike::mmap::Opener;
use lookalike::store::{Store, StoreErrorKind, compact};

use crate::support::{
    PROFILE, contents, entries, found, found_in, hash, is, md5, publish_keeping_changes, source, store,
};

#[test]
fn what_is_removed_is_gone_and_what_is_added_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..20);
    let reader = Store::open(directory.path()).unwrap();
    let before = reader.snapshot();
    assert_eq!(found(&before), entries("L", 0..20));

    let mut change = writer.change();
    assert_eq!(change.remove("L", "7").unwrap(), 1);
    change.add(Some(hash(100)), &[md5(100)], source("urgent", "100"), None).unwrap();
    assert_eq!(change.commit().unwrap(), 3);

    assert!(reader.reload().unwrap() && !reader.reload().unwrap());
    let mut expected = entries("L", (0..20).filter(|number| *number != 7));
    expected.extend(entries("urgent", [100]));
    assert_eq!(found(&reader.snapshot()), expected);
    assert_eq!((reader.snapshot().generation(), reader.snapshot().changes()), (Some(3), (1, 1)));
    let lists = reader.snapshot().lists().unwrap();
    assert_eq!(lists, [("L".into(), 19, Role::Abuse), ("urgent".into(), 1, Role::Abuse)]);
    // whoever holds the old one goes on with it
    assert_eq!((before.generation(), found(&before)), (Some(2), entries("L", 0..20)));
}

#[test]
fn an_entry_removed_and_added_again_is_there_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..3);
    for _ in 0..3 {
        let mut change = writer.change();
        change.remove("L", "1").unwrap();
        change.commit().unwrap();
        assert_eq!(found_in(directory.path()), entries("L", [0, 2]));
        let mut change = writer.change();
        change.add(Some(hash(1)), &[md5(1)], source("L", "1"), Some("1")).unwrap();
        change.commit().unwrap();
        assert_eq!(found_in(directory.path()), entries("L", 0..3));
        drop(writer);
        compact::<8>(directory.path(), Opener::owned()).unwrap().unwrap();
        assert_eq!(found_in(directory.path()), entries("L", 0..3));
        writer = lookalike::store::Writer::open(directory.path()).unwrap();
        assert_eq!(writer.changes(), 0);
    }
}

#[test]
fn a_record_of_a_key_takes_the_place_of_those_before_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut contents = lookalike::store::Contents::new(PROFILE).unwrap();
    // as Project VIC has it: an id, and the MD5 as the key
    contents.add(Some(hash(1)), &[md5(1)], source("L", "media 1"), Some("key")).unwrap();
    contents.add(Some(hash(2)), &[md5(2)], source("L", "media 1"), Some("another")).unwrap();
    contents.add(Some(hash(3)), &[md5(3)], source("M", "media 1"), Some("key")).unwrap();
    let mut writer = lookalike::store::Writer::init(directory.path(), PROFILE).unwrap();
    writer.publish(contents).unwrap();

    let mut change = writer.change();
    change.add(Some(hash(4)), &[md5(4)], source("L", "media 9"), Some("key")).unwrap();
    assert_eq!((change.added(), change.replaced()), (1, 1));
    change.commit().unwrap();
    let named = |numbers: &[(u8, &str)]| numbers.iter().map(|(n, name)| (*n, (*name).to_owned())).collect::<Vec<_>>();
    assert_eq!(found_in(directory.path()), named(&[(2, "L/media 1"), (3, "M/media 1"), (4, "L/media 9")]));

    // once more, now that it is among the changes
    let mut change = writer.change();
    change.add(Some(hash(5)), &[md5(5)], source("L", "media 10"), Some("key")).unwrap();
    change.commit().unwrap();
    assert_eq!(found_in(directory.path()), named(&[(2, "L/media 1"), (3, "M/media 1"), (5, "L/media 10")]));

    // by key, after the changes were built into the index
    drop(writer);
    compact::<8>(directory.path(), Opener::default()).unwrap().unwrap();
    let mut writer = lookalike::store::Writer::<8>::open(directory.path()).unwrap();
    let mut change = writer.change();
    assert_eq!((change.withdraw("L", "key").unwrap(), change.withdraw("L", "key").unwrap()), (1, 0));
    assert_eq!((change.withdraw("L", "media 1").unwrap(), change.unknown()), (0, 2), "that is no key");
    assert_eq!(change.remove("L", "media 1").unwrap(), 1);
    change.commit().unwrap();
    assert_eq!(found_in(directory.path()), named(&[(3, "M/media 1")]));
}

#[test]
fn what_no_list_has_cannot_be_removed() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..3);
    let mut change = writer.change();
    for (list, id) in [("L", "3"), ("M", "1"), ("", ""), ("L", "")] {
        assert!(is(change.remove(list, id), StoreErrorKind::NoSuchEntry), "{list}/{id}");
    }
    assert_eq!(change.commit().unwrap(), 2, "a change that did nothing is no generation");
}

#[test]
fn a_change_that_is_dropped_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..3);
    let mut change = writer.change();
    change.remove("L", "1").unwrap();
    drop(change);
    assert_eq!(found_in(directory.path()), entries("L", 0..3));
    let mut change = writer.change();
    change.remove("L", "2").unwrap();
    change.commit().unwrap();
    assert_eq!(found_in(directory.path()), entries("L", 0..2));
}

#[test]
fn a_publication_takes_the_place_of_everything_or_keeps_the_changes() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..10);
    let mut change = writer.change();
    change.remove("L", "3").unwrap();
    change.add(Some(hash(50)), &[md5(50)], source("L", "50"), Some("50")).unwrap();
    change.commit().unwrap();

    publish_keeping_changes(&mut writer, directory.path(), contents("L", 2..6));
    assert_eq!(found_in(directory.path()), entries("L", [2, 4, 5, 50]));
    let counted: Vec<_> = writer.lists().map(|(name, _, entries)| (name.to_owned(), entries)).collect();
    assert_eq!(counted, [("L".to_owned(), 4)]);
    writer.publish(contents("L", 2..6)).unwrap();
    assert_eq!(found_in(directory.path()), entries("L", 2..6));
}

#[test]
fn rolling_back_is_a_new_generation() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..10);
    writer.publish(contents("L", 20..30)).unwrap();
    let mut change = writer.change();
    change.remove("L", "20").unwrap();
    change.commit().unwrap();
    assert_eq!(writer.earlier().unwrap(), [2, 3], "the one before, and the one before the last publication");

    assert_eq!(writer.roll_back(Some(2)).unwrap(), 5);
    assert_eq!(found_in(directory.path()), entries("L", 0..10));
    assert_eq!(writer.roll_back(None).unwrap(), 6);
    assert_eq!(found_in(directory.path()), entries("L", 21..30));
    let refused = writer.roll_back(Some(3)).unwrap_err();
    assert_eq!(refused.to_string(), "generation 3 is not kept; kept beside the current one: 5");
}

#[test]
fn a_list_has_one_role() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..3);
    let mut change = writer.change();
    let allow = Source { role: Role::Allow, ..source("L", "9") };
    let refused = change.add(Some(hash(9)), &[], allow, None).unwrap_err().to_string();
    assert!(refused.contains("role abuse") && refused.contains("role allow"), "{refused}");
    assert!(change.add(None, &[], source("L", "9"), None).is_err());
}

#[test]
fn entries_of_digests_only_can_be_changed_too() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = lookalike::store::Writer::<8>::init(directory.path(), PROFILE).unwrap();
    let mut contents = lookalike::store::Contents::new(PROFILE).unwrap();
    for number in 0..5 {
        contents.add(None, &[md5(number)], source("L", &number.to_string()), None).unwrap();
    }
    writer.publish(contents).unwrap();
    let ids = || {
        let snapshot = Store::open(directory.path()).unwrap().snapshot();
        let ids = |number| snapshot.find(&md5(number)).map(|it| it.unwrap().id.to_owned()).collect::<Vec<_>>();
        (0..10).flat_map(ids).collect::<Vec<_>>()
    };
    let mut change = writer.change();
    change.remove("L", "2").unwrap();
    change.add(None, &[md5(7)], source("L", "7"), None).unwrap();
    change.commit().unwrap();
    assert_eq!(ids(), ["0", "1", "3", "4", "7"]);
    drop(writer);
    compact::<8>(directory.path(), Opener::default()).unwrap().unwrap();
    assert_eq!(ids(), ["0", "1", "3", "4", "7"]);
}

#[test]
fn hits_of_published_and_of_added_entries_come_in_one_order() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), (0..40).map(|number| 6 * number));
    let mut change = writer.change();
    for number in (0..40).map(|number| 6 * number + 3) {
        change.add(Some(hash(number)), &[], source("urgent", &number.to_string()), None).unwrap();
    }
    change.commit().unwrap();
    let snapshot = Store::open(directory.path()).unwrap().snapshot();
    let needles: Vec<_> = (0..=255).map(hash).collect();
    let hits: Vec<_> = snapshot.batch(PROFILE, 20, &needles).unwrap().map(Result::unwrap).collect();
    let order = |hit: &lookalike::store::Hit<8>| (hit.needle, hit.distance, hit.hash);
    assert!(hits.len() > 1000 && hits.is_sorted_by_key(order), "{}", hits.len());
    let expected: usize = needles
        .iter()
        .map(|needle| (0..80).map(|number| hash(3 * number)).filter(|listed| listed.distance(needle) <= 20).count())
        .sum();
    assert_eq!(hits.len(), expected);
}
