use alloc::ffi::CString;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char};
use core::mem::MaybeUninit;
use core::ptr;
use core::time::Duration;
use std::time::Instant;

use super::argument::{In, Out, Owned};
use super::checker::{
    CheckerHandle, lookalike_checker_check_hashes, lookalike_checker_free, lookalike_checker_open,
    lookalike_checker_status_json,
};
use super::failure::{Failure, guarded, keep};
use super::hashes::{Hashes, lookalike_hash_from_hex};
use super::names::{PROFILES, TRANSFORMS, hash_bytes, lookalike_last_error, lookalike_profile_bits};
use super::result::{lookalike_result_free, lookalike_result_json};
use super::status::{Status, lookalike_status_name, lookalike_status_was_checked};
use crate::coverage::{Unseen, Whole};
use crate::entry::{DigestKind, Opinion, Role};
use crate::hash::{Bits256, Dihedral, Profile};
use crate::index::Source;
use crate::matching::Outcome;
use crate::store::{Contents, Writer};

fn bytes(buffer: &[c_char]) -> Vec<u8> {
    buffer.iter().flat_map(|byte| byte.to_ne_bytes()).collect()
}

/// The text in a buffer, up to the zero byte.
fn string(buffer: &[c_char]) -> String {
    CStr::from_bytes_until_nul(&bytes(buffer)).unwrap().to_str().unwrap().into()
}

fn last() -> String {
    let mut buffer = [0; 256];
    lookalike_last_error(Out::test(buffer.as_mut_ptr()), buffer.len());
    string(&buffer)
}

#[test]
fn a_panic_ends_in_a_status_and_a_message() {
    let status = guarded(|| std::panic::resume_unwind(alloc::boxed::Box::new("a bug")));
    assert_eq!(status, Status::Panicked);
    assert!(last().contains("report it"));
    assert_eq!(guarded(|| Ok(Status::Ok)), Status::Ok);
    assert_eq!(last(), "", "the message of an earlier call is gone");
    assert_eq!(guarded(|| Err(Failure::argument("seven"))), Status::InvalidArgument);
    assert_eq!(last(), "seven");
}

#[test]
fn messages_belong_to_threads() {
    keep("here".into());
    let there = std::thread::spawn(last).join().unwrap();
    assert_eq!((there.as_str(), last().as_str()), ("", "here"));
}

#[test]
fn text_is_cut_between_characters() {
    let untouched = c_char::from_ne_bytes([b'#']);
    for (capacity, kept) in [(1, ""), (2, "a"), (3, "a"), (4, "aé"), (5, "aéz"), (9, "aéz")] {
        let mut buffer = [untouched; 10];
        assert_eq!(Out::test(buffer.as_mut_ptr()).copy("aéz", capacity), 4);
        assert_eq!(string(&buffer), kept, "{capacity}");
        assert!(buffer.iter().skip(capacity).all(|byte| *byte == untouched));
    }
    let mut buffer = [untouched; 2];
    assert_eq!(Out::test(buffer.as_mut_ptr()).copy("é", 0), 2);
    assert_eq!(Out::test(ptr::null_mut()).copy("é", 9), 2);
    assert_eq!(buffer, [untouched; 2]);
}

#[test]
fn pointers_are_checked_before_they_are_followed() {
    let words = [1_u64, 2];
    let odd = words.as_ptr().cast::<u8>().wrapping_add(1).cast::<u64>();
    assert!(In::test(odd).get("word").is_err_and(|failure| failure.message.contains("not aligned")));
    assert!(Out::test(odd.cast_mut()).set(3, "word").is_err());
    assert_eq!(In::test(words.as_ptr()).get("word").ok(), Some(&1));
    assert!(In::<u64>::NULL.get("word").is_err_and(|failure| failure.message == "word is null"));
    assert!(In::<u64>::NULL.optional("word").is_ok_and(|word| word.is_none()));
    assert!(In::<u8>::NULL.bytes(1, "bytes").is_err());
    assert!(In::<u8>::NULL.bytes(0, "bytes").is_ok_and(<[u8]>::is_empty));
    assert!(In::test(words.as_ptr().cast::<u8>()).bytes(usize::MAX, "bytes").is_err());
    assert!(In::test(c"\xff".as_ptr()).text("text").is_err_and(|failure| failure.message.contains("not UTF-8")));
}

#[test]
fn a_handle_is_null_until_it_is_made() {
    let mut handle = ptr::dangling_mut::<u64>();
    let place = Out::test(&raw mut handle);
    assert!(place.give("handle", || Err(Failure::argument("no"))).is_err());
    assert!(handle.is_null());
    assert!(Out::test(ptr::null_mut()).give("handle", || Ok(1_u64)).is_err());
    assert!(Out::test(ptr::null_mut()).give_optional("handle", || Ok(1_u64)).is_ok());
}

#[test]
fn every_status_has_a_name_and_a_number_of_its_own() {
    let mut numbers: Vec<i32> = Status::ALL.iter().map(|(status, _)| *status as i32).collect();
    for (status, name) in Status::ALL {
        // SAFETY: the name is static, and ended by a zero byte.
        let found = unsafe { CStr::from_ptr(lookalike_status_name(status as i32)) };
        assert_eq!(found, name);
    }
    numbers.dedup();
    assert_eq!(numbers.len(), Status::ALL.len());
    assert!(numbers.is_sorted());
}

#[test]
fn an_outcome_is_a_status_of_the_same_name() {
    let outcomes = [
        Outcome::Match,
        Outcome::Test,
        Outcome::NoMatch(Whole::of_hash()),
        Outcome::PartlyChecked(Unseen::Part { part: "page", number: 2, why: "corrupt" }),
        Outcome::LowQuality { quality: 1 },
        Outcome::Unsupported { format: "unknown" },
        Outcome::Corrupt { stage: "header" },
        Outcome::OverLimit { what: "pixels", found: 2, allowed: 1 },
        Outcome::Unreadable { io: "other" },
    ];
    for outcome in outcomes {
        let status = Status::from(outcome);
        let (_, name) = Status::ALL.iter().find(|(of, _)| *of == status).unwrap();
        assert_eq!(name.to_str(), Ok(outcome.name()));
        assert_eq!(lookalike_status_was_checked(status as i32) == 1, outcome.was_checked());
    }
}

#[test]
fn names_and_numbers_are_those_of_the_library() {
    let names = |name: &&'static CStr| name.to_str().unwrap();
    let profiles: Vec<_> = PROFILES.iter().map(|(id, name)| (*id, names(name))).collect();
    assert_eq!(profiles, Profile::all().map(|profile| (profile.id(), profile.name())).collect::<Vec<_>>());
    for profile in Profile::all() {
        assert_eq!(8 * usize::from(hash_bytes(profile)), profile.bits());
        assert_eq!(lookalike_profile_bits(profile.id()) as usize, profile.bits());
    }
    let transforms: Vec<_> = TRANSFORMS.iter().map(names).collect();
    assert_eq!(transforms, Dihedral::ALL.map(Dihedral::name));
    assert_eq!(Dihedral::ALL.map(|turn| turn as u8), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(Role::ALL.map(|role| role as u8), [0, 1, 2]);
    assert_eq!(Opinion::ALL.map(|opinion| opinion as u8), [0, 1, 2, 3]);
    assert_eq!(DigestKind::ALL.map(|kind| kind as u8), [0, 1, 2]);
}

/// The report of a hash as JSON, and the status of the lists.
fn asked(checker: *const CheckerHandle, hashes: &Hashes) -> (String, String) {
    let (mut result, mut report, mut status) = (ptr::null_mut(), [0; 4096], [0; 4096]);
    let (no_len, also_none) = (Out::test(ptr::null_mut()), Out::test(ptr::null_mut()));
    lookalike_checker_check_hashes(In::test(checker), In::test(hashes), Out::test(&raw mut result));
    let copied = lookalike_result_json(In::test(result), Out::test(report.as_mut_ptr()), report.len(), no_len);
    assert_eq!(copied, Status::Ok, "{}", last());
    lookalike_result_free(Owned::test(result));
    let buffer = Out::test(status.as_mut_ptr());
    assert_eq!(lookalike_checker_status_json(In::test(checker), buffer, status.len(), also_none), Status::Ok);
    (string(&report), string(&status))
}

#[test]
fn an_emptied_store_never_looks_clean() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let source = Source { list: "hotline", id: "7", ..Source::default() };
    let mut writer = Writer::<32>::init(&path, Profile::Pdq).unwrap();
    let mut contents = Contents::new(Profile::Pdq).unwrap();
    contents.add(Some(Bits256::from_bytes([0x5a; 32])), &[], source, None).unwrap();
    writer.publish(contents).unwrap();

    let path = CString::new(path.to_str().unwrap()).unwrap();
    let mut checker = ptr::null_mut();
    let opened = lookalike_checker_open(In::test(path.as_ptr()), In::NULL, Out::test(&raw mut checker));
    assert_eq!(opened, Status::Ok, "{}", last());
    let mut hashes = MaybeUninit::<Hashes>::uninit();
    let hex = CString::new("5a".repeat(32)).unwrap();
    assert_eq!(lookalike_hash_from_hex(In::test(hex.as_ptr()), 1, Out::test(hashes.as_mut_ptr())), Status::Ok);
    // SAFETY: written, since the status is Ok.
    let hashes = unsafe { hashes.assume_init() };
    let (report, status) = asked(checker, &hashes);
    assert!(report.contains(r#""outcome":"match""#) && report.contains(r#""generation":2"#), "{report}");
    assert!(status.contains(r#""problem":null"#), "{status}");

    let mut change = writer.change();
    change.remove("hotline", "7").unwrap();
    change.commit().unwrap();
    let begun = Instant::now();
    let (report, status) = loop {
        let (report, status) = asked(checker, &hashes);
        if !status.contains(r#""problem":null"#) || begun.elapsed() > Duration::from_secs(30) {
            break (report, status);
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(status.contains("generation 3 is refused"), "{status}");
    assert!(report.contains(r#""outcome":"match""#) && report.contains(r#""generation":2"#), "{report}");
    lookalike_checker_free(Owned::test(checker));
}
