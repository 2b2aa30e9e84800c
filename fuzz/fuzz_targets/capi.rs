//! The C interface, as a careless caller uses it: whatever the arguments, no panic, no handle with an error, and no status 0 of a picture.

#![no_main]

use core::ptr;
use std::ffi::CString;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use lookalike::capi::*;
use lookalike::hash::{Bits256, Profile};
use lookalike::index::{Builder, Source};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// An index of one entry, of which bytes are overwritten: position and value; without any it is whole.
    damage: Vec<(u16, u8)>,
    copy: bool,
    radius: u32,
    minimum_quality: u32,
    dihedral: u32,
    views: u32,
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
    look_up(&input);
});

fn sound(status: Status) -> Status {
    assert_ne!(status, Status::Panicked);
    if status == Status::InvalidArgument {
        // SAFETY: nothing is written.
        assert!(unsafe { lookalike_last_error(ptr::null_mut(), 0) } > 0, "an error says why");
    }
    status
}

const NO_HASHES: Hashes =
    Hashes { profile: 0, quality: 0, hash_bytes: 0, count: 0, is_certain: 0, reserved: [0; 2], hashes: [[0; 32]; 8] };

fn hash(input: &Input<'_>) {
    let pixels = Pixels {
        bytes: input.file.as_ptr(),
        len: input.file.len(),
        stride: usize::from(input.stride),
        width: u32::from(input.width),
        height: u32::from(input.height),
        format: input.format % 9,
    };
    let mut hashes = NO_HASHES;
    // SAFETY: the struct is of bytes that are there, and the hashes may be written to.
    let status = sound(unsafe { lookalike_hash_pixels(&pixels, input.profile % 26, &mut hashes) });
    assert_eq!(status == Status::Ok, hashes.count > 0);
    // SAFETY: as above.
    sound(unsafe {
        lookalike_hash_file(input.file.as_ptr(), input.file.len(), input.profile % 26, ptr::null(), &mut hashes)
    });
    let mut buffer = vec![0; usize::from(input.capacity)];
    let text: *mut core::ffi::c_char = buffer.as_mut_ptr();
    // SAFETY: the hash has 32 bytes, and the buffer as many as are said.
    sound(unsafe {
        lookalike_hash_to_hex(input.hash.as_ptr(), usize::from(input.hash_bytes % 33), text, buffer.len())
    });
}

fn stream(input: &Input<'_>) {
    let mut stream = ptr::null_mut();
    let (width, height) = (u32::from(input.width), u32::from(input.height));
    // SAFETY: the handle may be written to.
    let status =
        sound(unsafe { lookalike_stream_new(width, height, input.format % 9, input.profile % 26, &mut stream) });
    assert_eq!(status == Status::Ok, !stream.is_null());
    let mut rest = input.file;
    for cut in &input.cuts {
        let (rows, later) = rest.split_at(usize::from(*cut).min(rest.len()));
        // SAFETY: the rows are there, and the handle is null or one that was made.
        sound(unsafe { lookalike_stream_push(stream, rows.as_ptr(), rows.len()) });
        rest = later;
    }
    let mut hashes = NO_HASHES;
    // SAFETY: as above, and the hashes may be written to.
    let status = sound(unsafe { lookalike_stream_finish(stream, &mut hashes) });
    assert_eq!(status == Status::Ok, hashes.count > 0);
    // SAFETY: null, or made above and freed once.
    unsafe { lookalike_stream_free(stream) };
}

fn look_up(input: &Input<'_>) {
    let mut builder = Builder::new(Profile::Pdq).expect("the width fits");
    let listed = Bits256::from_bytes([0x5a; 32]);
    builder.add(listed, Source { list: "fuzz", id: "1", ..Source::default() }).expect("one entry");
    let mut index = builder.finish().expect("one entry");
    for (at, value) in &input.damage {
        let at = usize::from(*at) % index.len();
        index[at] = *value;
    }
    let mut snapshot = ptr::null_mut();
    // SAFETY: the bytes outlive the handles.
    let status = sound(unsafe {
        lookalike_index_from_memory(index.as_ptr(), index.len(), i32::from(input.copy), &mut snapshot)
    });
    assert_eq!(status == Status::Ok, !snapshot.is_null());
    assert!(!input.damage.is_empty() || status == Status::Ok, "a whole index is opened");
    let options = LookupOptions {
        struct_bytes: size_of::<LookupOptions>(),
        policy: input.policy.as_ref().map_or(ptr::null(), |text| text.as_ptr()),
        policy_directory: c"/nowhere".as_ptr(),
        radius: input.radius % 300,
        minimum_quality: input.minimum_quality % 102,
        dihedral: input.dihedral,
        views: input.views % 4,
    };
    let mut lookup = ptr::null_mut();
    // SAFETY: the handle is null or one that was made, the texts end with zero bytes.
    let status = sound(unsafe { lookalike_lookup_new(snapshot, &options, &mut lookup) });
    assert_eq!(status == Status::Ok, !lookup.is_null());
    // SAFETY: null, or made above and freed once; the lookup keeps what it needs.
    unsafe { lookalike_snapshot_free(snapshot) };

    let hashes = Hashes {
        profile: if input.profile % 4 == 0 { input.profile } else { 1 },
        quality: input.quality,
        hash_bytes: if input.hash_bytes % 4 == 0 { input.hash_bytes } else { 32 },
        count: input.count % 10,
        is_certain: 1,
        reserved: [0; 2],
        hashes: [input.hash; 8],
    };
    let mut result = ptr::null_mut();
    // SAFETY: the handle is null or one that was made, the hashes are there.
    let status = sound(unsafe { lookalike_look_up(lookup, &hashes, &mut result) });
    answered(status, result, input);
    // SAFETY: the handle is null or one that was made, the bytes are there.
    let status =
        sound(unsafe { lookalike_check_file(lookup, input.file.as_ptr(), input.file.len(), ptr::null(), &mut result) });
    answered(status, result, input);
    // SAFETY: null, or made above and freed once.
    unsafe { lookalike_lookup_free(lookup) };
}

fn answered(status: Status, result: *mut ResultHandle, input: &Input<'_>) {
    assert_ne!(status, Status::Ok, "no picture ends so");
    let is_outcome = (status as i32) < Status::InvalidArgument as i32;
    assert_eq!(is_outcome, !result.is_null());
    let mut info = core::mem::MaybeUninit::<ResultInfo>::uninit();
    // SAFETY: the handle is null or one that was made, the struct may be written to.
    if sound(unsafe { lookalike_result_info(result, info.as_mut_ptr()) }) == Status::Ok {
        // SAFETY: written when the status is Ok.
        let info = unsafe { info.assume_init() };
        assert_eq!(info.status, status as i32);
        assert_eq!(info.matches > 0, matches!(status, Status::Match | Status::Test));
        let mut found = core::mem::MaybeUninit::<Match>::uninit();
        // SAFETY: the handle was made, the struct may be written to.
        let told = sound(unsafe { lookalike_result_match(result, input.number, found.as_mut_ptr()) });
        assert_eq!(told == Status::Ok, input.number < info.matches);
    }
    // SAFETY: null, or made and freed once.
    unsafe { lookalike_result_free(result) };
}
