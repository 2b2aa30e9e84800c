//! The C interface, as a careless caller uses it: whatever the arguments, no panic, no handle with an error, and no status 0 of a picture.

#![no_main]

use core::ffi::c_char;
use core::mem::MaybeUninit;
use core::ptr;
use std::ffi::CString;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use lookalike::hash::{Bits256, Profile};
use lookalike::index::{Builder, Source};

/// What include/lookalike.h declares, as far as it is used here.
mod c {
    use core::ffi::c_char;

    pub const OK: i32 = 0;
    pub const MATCH: i32 = 2;
    pub const TEST: i32 = 3;
    pub const INVALID_ARGUMENT: i32 = 32;
    pub const PANICKED: i32 = 64;

    #[repr(C)]
    pub struct Opaque([u8; 0]);

    #[repr(C)]
    pub struct Hashes {
        pub profile: u16,
        pub quality: u8,
        pub hash_bytes: u8,
        pub count: u8,
        pub is_certain: u8,
        pub reserved: [u8; 2],
        pub hashes: [[u8; 32]; 8],
    }

    #[repr(C)]
    pub struct Pixels {
        pub bytes: *const u8,
        pub len: usize,
        pub stride: usize,
        pub width: u32,
        pub height: u32,
        pub format: u32,
    }

    #[repr(C)]
    pub struct Options {
        pub struct_bytes: usize,
        pub policy_file: *const c_char,
        pub policy: *const c_char,
        pub policy_directory: *const c_char,
        pub limits: *const Opaque,
        pub worker_program: *const c_char,
        pub memory_bytes: u64,
        pub time_limit_millis: u32,
        pub radius: u32,
        pub minimum_quality: u32,
        pub dihedral: u32,
        pub views: u32,
        pub screening: u32,
        pub open_mode: u32,
        pub workers: u32,
        pub files_per_worker: u32,
        pub reserved: u32,
    }

    #[repr(C)]
    pub struct Info {
        pub generation: u64,
        pub bytes: u64,
        pub matches: usize,
        pub held: usize,
        pub status: i32,
        pub rest: [u32; 5],
        pub profile: u16,
        pub small: [u8; 6],
        pub hash: [u8; 32],
    }

    #[repr(C)]
    pub struct Text {
        pub bytes: *const c_char,
        pub len: usize,
    }

    #[repr(C)]
    pub struct Match {
        pub texts: [Text; 6],
        pub numbers: [u32; 4],
    }

    unsafe extern "C" {
        pub fn lookalike_last_error(buffer: *mut c_char, capacity: usize) -> usize;
        pub fn lookalike_hash_file(
            bytes: *const u8,
            len: usize,
            profile: u16,
            limits: *const Opaque,
            hashes: *mut Hashes,
        ) -> i32;
        pub fn lookalike_hash_pixels(pixels: *const Pixels, profile: u16, hashes: *mut Hashes) -> i32;
        pub fn lookalike_hash_to_hex(hash: *const u8, hash_bytes: usize, buffer: *mut c_char, capacity: usize) -> i32;
        pub fn lookalike_stream_new(
            width: u32,
            height: u32,
            format: u32,
            profile: u16,
            stream: *mut *mut Opaque,
        ) -> i32;
        pub fn lookalike_stream_push(stream: *mut Opaque, rows: *const u8, len: usize) -> i32;
        pub fn lookalike_stream_finish(stream: *const Opaque, hashes: *mut Hashes) -> i32;
        pub fn lookalike_stream_free(stream: *mut Opaque);
        pub fn lookalike_checker_options_init(options: *mut Options) -> i32;
        pub fn lookalike_checker_from_memory(
            bytes: *const u8,
            len: usize,
            options: *const Options,
            checker: *mut *mut Opaque,
        ) -> i32;
        pub fn lookalike_checker_check(
            checker: *const Opaque,
            bytes: *const u8,
            len: usize,
            result: *mut *mut Opaque,
        ) -> i32;
        pub fn lookalike_checker_check_hashes(
            checker: *const Opaque,
            hashes: *const Hashes,
            result: *mut *mut Opaque,
        ) -> i32;
        pub fn lookalike_checker_status_json(
            checker: *const Opaque,
            buffer: *mut c_char,
            capacity: usize,
            len: *mut usize,
        ) -> i32;
        pub fn lookalike_checker_free(checker: *mut Opaque);
        pub fn lookalike_result_info(result: *const Opaque, info: *mut Info) -> i32;
        pub fn lookalike_result_match(result: *const Opaque, number: usize, found: *mut Match) -> i32;
        pub fn lookalike_result_json(
            result: *const Opaque,
            buffer: *mut c_char,
            capacity: usize,
            len: *mut usize,
        ) -> i32;
        pub fn lookalike_result_free(result: *mut Opaque);
    }
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// An index of one entry, of which bytes are overwritten: position and value; without any it is sound.
    damage: Vec<(u16, u8)>,
    radius: u32,
    minimum_quality: u32,
    dihedral: u32,
    views: u32,
    screening: u32,
    memory_bytes: u32,
    policy: Option<CString>,
    hash: [u8; 32],
    count: u8,
    hash_bytes: u8,
    quality: u8,
    profile: u16,
    width: u8,
    height: u8,
    format: u32,
    stride: u16,
    /// Where rows are cut, when they are pushed.
    cuts: Vec<u8>,
    capacity: u8,
    number: usize,
    file: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    hash(&input);
    stream(&input);
    check(&input);
});

fn sound(status: i32) -> i32 {
    assert_ne!(status, c::PANICKED);
    if status == c::INVALID_ARGUMENT {
        // SAFETY: nothing is written.
        assert!(unsafe { c::lookalike_last_error(ptr::null_mut(), 0) } > 0, "an error says why");
    }
    status
}

const NO_HASHES: c::Hashes = c::Hashes {
    profile: 0,
    quality: 0,
    hash_bytes: 0,
    count: 0,
    is_certain: 0,
    reserved: [0; 2],
    hashes: [[0; 32]; 8],
};

fn hash(input: &Input<'_>) {
    let pixels = c::Pixels {
        bytes: input.file.as_ptr(),
        len: input.file.len(),
        stride: usize::from(input.stride),
        width: u32::from(input.width),
        height: u32::from(input.height),
        format: input.format % 9,
    };
    let mut hashes = NO_HASHES;
    // SAFETY: the struct is of bytes that are there, and the hashes may be written to.
    let status = sound(unsafe { c::lookalike_hash_pixels(&pixels, input.profile % 26, &mut hashes) });
    assert_eq!(status == c::OK, hashes.count > 0);
    let (bytes, len) = (input.file.as_ptr(), input.file.len());
    // SAFETY: as above.
    sound(unsafe { c::lookalike_hash_file(bytes, len, input.profile % 26, ptr::null(), &mut hashes) });
    let mut buffer = vec![0; usize::from(input.capacity)];
    let text: *mut c_char = buffer.as_mut_ptr();
    // SAFETY: the hash has 32 bytes, and the buffer the capacity that is passed.
    sound(unsafe {
        c::lookalike_hash_to_hex(input.hash.as_ptr(), usize::from(input.hash_bytes % 33), text, buffer.len())
    });
}

fn stream(input: &Input<'_>) {
    let mut stream = ptr::null_mut();
    let (width, height) = (u32::from(input.width), u32::from(input.height));
    // SAFETY: the handle may be written to.
    let status =
        sound(unsafe { c::lookalike_stream_new(width, height, input.format % 9, input.profile % 26, &mut stream) });
    assert_eq!(status == c::OK, !stream.is_null());
    let mut rest = input.file;
    for cut in &input.cuts {
        let (rows, later) = rest.split_at(usize::from(*cut).min(rest.len()));
        // SAFETY: the rows are there, and the handle is null or one that was made.
        sound(unsafe { c::lookalike_stream_push(stream, rows.as_ptr(), rows.len()) });
        rest = later;
    }
    let mut hashes = NO_HASHES;
    // SAFETY: as above, and the hashes may be written to.
    let status = sound(unsafe { c::lookalike_stream_finish(stream, &mut hashes) });
    assert_eq!(status == c::OK, hashes.count > 0);
    // SAFETY: null, or made above and freed once.
    unsafe { c::lookalike_stream_free(stream) };
}

/// The option in half of the inputs, else the default.
fn option(value: u32, most: u32) -> u32 {
    if value % 2 == 0 { u32::MAX } else { (value >> 1) % most }
}

fn check(input: &Input<'_>) {
    let mut builder = Builder::new(Profile::Pdq).expect("the width fits");
    let listed = Bits256::from_bytes([0x5a; 32]);
    builder.add(listed, Source { list: "fuzz", id: "1", ..Source::default() }).expect("one entry");
    let mut index = builder.finish().expect("one entry");
    for (at, value) in &input.damage {
        let at = usize::from(*at) % index.len();
        index[at] = *value;
    }
    let mut options = MaybeUninit::uninit();
    // SAFETY: the struct may be written to.
    assert_eq!(unsafe { c::lookalike_checker_options_init(options.as_mut_ptr()) }, c::OK);
    // SAFETY: written, since the status is OK.
    let default: c::Options = unsafe { options.assume_init() };
    let options = c::Options {
        policy: input.policy.as_ref().map_or(ptr::null(), |text| text.as_ptr()),
        policy_directory: c"/nowhere".as_ptr(),
        memory_bytes: u64::from(input.memory_bytes),
        radius: option(input.radius, 300),
        minimum_quality: option(input.minimum_quality, 102),
        dihedral: option(input.dihedral, 3),
        views: option(input.views, 4),
        screening: option(input.screening, 3),
        ..default
    };
    let mut checker = ptr::null_mut();
    // SAFETY: the bytes and the options are there, the texts end with zero bytes, and the handle may be written to.
    let status =
        sound(unsafe { c::lookalike_checker_from_memory(index.as_ptr(), index.len(), &options, &mut checker) });
    assert_eq!(status == c::OK, !checker.is_null());
    let mut buffer = vec![0; usize::from(input.capacity)];
    // SAFETY: the handle is null or one that was made, and the buffer has the capacity that is passed.
    sound(unsafe { c::lookalike_checker_status_json(checker, buffer.as_mut_ptr(), buffer.len(), ptr::null_mut()) });

    let hashes = c::Hashes {
        profile: if input.profile % 4 == 0 { input.profile } else { 1 },
        quality: input.quality,
        hash_bytes: if input.hash_bytes % 4 == 0 { input.hash_bytes } else { 32 },
        count: input.count % 10,
        is_certain: 1,
        reserved: [0; 2],
        hashes: [input.hash; 8],
    };
    let mut result = ptr::null_mut();
    // SAFETY: the handle is null or one that was made, and the hashes are there.
    let status = sound(unsafe { c::lookalike_checker_check_hashes(checker, &hashes, &mut result) });
    answered(status, result, input);
    // SAFETY: the handle is null or one that was made, and the bytes are there.
    let status =
        sound(unsafe { c::lookalike_checker_check(checker, input.file.as_ptr(), input.file.len(), &mut result) });
    answered(status, result, input);
    // SAFETY: null, or made above and freed once.
    unsafe { c::lookalike_checker_free(checker) };
}

fn answered(status: i32, result: *mut c::Opaque, input: &Input<'_>) {
    assert_ne!(status, c::OK, "no picture ends so");
    assert_eq!(status < c::INVALID_ARGUMENT, !result.is_null());
    let mut info = MaybeUninit::<c::Info>::uninit();
    // SAFETY: the handle is null or one that was made, and the struct may be written to.
    if sound(unsafe { c::lookalike_result_info(result, info.as_mut_ptr()) }) == c::OK {
        // SAFETY: written, since the status is OK.
        let info = unsafe { info.assume_init() };
        assert_eq!(info.status, status);
        assert_eq!(info.matches > 0, matches!(status, c::MATCH | c::TEST));
        let mut found = MaybeUninit::<c::Match>::uninit();
        // SAFETY: the handle was made, and the struct may be written to.
        let returned = sound(unsafe { c::lookalike_result_match(result, input.number, found.as_mut_ptr()) });
        assert_eq!(returned == c::OK, input.number < info.matches);
        let (mut buffer, mut len) = (vec![0; usize::from(input.capacity)], 0);
        // SAFETY: the handle was made, and the buffer has the capacity that is passed.
        let returned = unsafe { c::lookalike_result_json(result, buffer.as_mut_ptr(), buffer.len(), &mut len) };
        assert!(returned == c::OK && len > 0);
    }
    // SAFETY: null, or made and freed once.
    unsafe { c::lookalike_result_free(result) };
}
