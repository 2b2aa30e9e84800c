use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char};

use super::failure::{Failure, guarded, keep};
use super::{Status, lookalike_last_error, lookalike_status_name, raw};

fn last() -> String {
    let mut buffer = [0; 256];
    // SAFETY: the buffer has the length that is said.
    unsafe { lookalike_last_error(buffer.as_mut_ptr(), buffer.len()) };
    let bytes: Vec<u8> = buffer.iter().take_while(|byte| **byte != 0).map(|byte| byte.cast_unsigned()).collect();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_panic_ends_in_a_status_and_words() {
    let status = guarded(|| std::panic::resume_unwind(alloc::boxed::Box::new("a defect")));
    assert_eq!(status, Status::Panicked);
    assert!(last().contains("report it"));
    assert_eq!(guarded(|| Ok(Status::Ok)), Status::Ok);
    assert_eq!(last(), "", "what an earlier call said is not said again");
    assert_eq!(guarded(|| Err(Failure::argument("seven is none"))), Status::InvalidArgument);
    assert_eq!(last(), "seven is none");
}

#[test]
fn what_is_said_is_said_to_its_own_thread() {
    keep("here".into());
    let there = std::thread::spawn(last).join().unwrap();
    assert_eq!((there.as_str(), last().as_str()), ("", "here"));
}

#[test]
fn text_is_cut_between_characters() {
    let text = "aéz";
    for (capacity, kept) in [(1, ""), (2, "a"), (3, "a"), (4, "aé"), (5, "aéz"), (9, "aéz")] {
        let mut buffer = [b'#'.cast_signed(); 10];
        // SAFETY: no capacity is larger than the buffer.
        let len = unsafe { raw::copy_text(text.as_bytes(), buffer.as_mut_ptr(), capacity) };
        let start: *const c_char = buffer.as_ptr();
        // SAFETY: the text has just been ended by a zero byte.
        let found = unsafe { CStr::from_ptr(start) };
        assert_eq!((len, found.to_str()), (4, Ok(kept)), "{capacity}");
        assert!(buffer.iter().skip(capacity).all(|byte| *byte == b'#'.cast_signed()));
    }
}

#[test]
fn pointers_are_looked_at_before_they_are_followed() {
    let words = [1_u64, 2];
    let odd = words.as_ptr().cast::<u8>().wrapping_add(1).cast::<u64>();
    // SAFETY: a pointer that is not aligned is refused, not followed.
    let refused = unsafe { raw::shared(odd, "word") };
    assert!(refused.is_err_and(|failure| failure.words.contains("not aligned")));
    // SAFETY: a null pointer is refused, not followed.
    assert!(unsafe { raw::bytes(core::ptr::null(), 1, "bytes") }.is_err());
    // SAFETY: no bytes are read.
    assert!(unsafe { raw::bytes(core::ptr::null(), 0, "bytes") }.is_ok_and(<[u8]>::is_empty));
    // SAFETY: a length that no memory has is refused.
    assert!(unsafe { raw::bytes(words.as_ptr().cast(), usize::MAX, "bytes") }.is_err());
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
