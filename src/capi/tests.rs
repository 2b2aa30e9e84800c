use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::ptr;

use super::argument::{In, Out};
use super::failure::{Failure, guarded, keep, lookalike_last_error};
use super::names::{PROFILES, TRANSFORMS, hash_bytes, lookalike_profile_bits};
use super::status::{Status, lookalike_status_name, lookalike_status_was_checked};
use crate::entry::{DigestKind, Opinion, Role};
use crate::hash::{Dihedral, Profile};
use crate::matching::Outcome;

fn last() -> String {
    let mut buffer = [0; 256];
    lookalike_last_error(Out::test(buffer.as_mut_ptr()), buffer.len());
    let bytes: Vec<u8> = buffer.iter().take_while(|byte| **byte != 0).map(|byte| byte.cast_unsigned()).collect();
    String::from_utf8(bytes).unwrap()
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
    for (capacity, kept) in [(1, ""), (2, "a"), (3, "a"), (4, "aé"), (5, "aéz"), (9, "aéz")] {
        let mut buffer = [b'#'.cast_signed(); 10];
        assert_eq!(Out::test(buffer.as_mut_ptr()).copy("aéz", capacity), 4);
        let bytes = buffer.map(i8::cast_unsigned);
        assert_eq!(CStr::from_bytes_until_nul(&bytes).unwrap().to_str(), Ok(kept), "{capacity}");
        assert!(bytes.iter().skip(capacity).all(|byte| *byte == b'#'));
    }
    let mut buffer = [b'#'.cast_signed(); 2];
    assert_eq!(Out::test(buffer.as_mut_ptr()).copy("é", 0), 2);
    assert_eq!(Out::test(ptr::null_mut()).copy("é", 9), 2);
    assert_eq!(buffer, [b'#'.cast_signed(); 2]);
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
        Outcome::NoMatch,
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
