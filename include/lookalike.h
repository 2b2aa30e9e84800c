/*
 * lookalike: tells whether a picture looks like one on a list of known abuse material.
 *
 * Every function that can fail returns a lookalike_status. The status of a picture is never 0, so that "could not check" is not taken for
 * "clean": only LOOKALIKE_STATUS_NO_MATCH is that. What else there is to say is told by lookalike_last_error, for each thread its own.
 *
 * A handle may be used by any number of threads at the same time, streams excepted, and is freed once, when nobody uses it. Where a function
 * fails, the handle that it was to make is null. examples/capi has programs in C, Go and Python.
 */

#ifndef LOOKALIKE_H
#define LOOKALIKE_H

/* Made from src/capi/ by cbindgen: change it there. */

#include <stddef.h>
#include <stdint.h>

// What the profile, or the policy, has as its usual value.
#define LOOKALIKE_DEFAULT UINT32_MAX

// The version of this interface. It grows when something is added; what is there keeps its meaning and its layout.
#define LOOKALIKE_ABI_VERSION 1

// How a call ended: that it did what it was asked, what became of a picture, or why it could not be done. The numbers never change.
enum lookalike_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Done. Never said of a picture that was looked up.
    LOOKALIKE_STATUS_OK = 0,
    // The picture was looked up, and nothing counts. Only this may be taken for clean.
    LOOKALIKE_STATUS_NO_MATCH = 1,
    // An entry of a list of abuse material counts.
    LOOKALIKE_STATUS_MATCH = 2,
    // Only lists made for testing have it: the way from a picture to an alarm works, and it is no abuse.
    LOOKALIKE_STATUS_TEST = 3,
    // Not checked: the picture has too little gradient for its hash to mean anything.
    LOOKALIKE_STATUS_LOW_QUALITY = 16,
    // Not checked: the bytes are not a picture of a kind that is decoded here.
    LOOKALIKE_STATUS_UNSUPPORTED = 17,
    // Not checked: the bytes are of a known kind, but broken.
    LOOKALIKE_STATUS_CORRUPT = 18,
    // Not checked, or only in part: the picture exceeds a limit.
    LOOKALIKE_STATUS_OVER_LIMIT = 19,
    // Not checked: the bytes could not be read.
    LOOKALIKE_STATUS_UNREADABLE = 20,
    // An argument is null, out of its range, or does not fit another.
    LOOKALIKE_STATUS_INVALID_ARGUMENT = 32,
    // A file is no index, is damaged, or a directory is no store; nothing was opened.
    LOOKALIKE_STATUS_REFUSED = 33,
    // The file system refused something.
    LOOKALIKE_STATUS_IO = 34,
    // The hashes were made under another profile than those of the lists.
    LOOKALIKE_STATUS_WRONG_PROFILE = 35,
    // The index turned out to be damaged while it was looked up in: nothing is known of the picture.
    LOOKALIKE_STATUS_DAMAGED = 36,
    // The policy is refused: no TOML, no policy, or one under which nothing could ever match.
    LOOKALIKE_STATUS_POLICY_REFUSED = 37,
    // A signed list has expired, and the operator wants no look-up then: nothing is known of the picture.
    LOOKALIKE_STATUS_STALE = 38,
    // A defect of the library: please report it. Nothing is known of the picture.
    LOOKALIKE_STATUS_PANICKED = 64,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum lookalike_status lookalike_status;
#else
typedef int32_t lookalike_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// How files of an index are opened.
enum lookalike_open_mode
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The safe way that costs least here: sealed on Linux, owned elsewhere.
    LOOKALIKE_OPEN_MODE_DEFAULT = 0,
    // Read into the memory of this process.
    LOOKALIKE_OPEN_MODE_OWNED = 1,
    // Copied into memory that the kernel seals against changes (Linux).
    LOOKALIKE_OPEN_MODE_SEALED = 2,
    // Mapped, its checksums taken for verified: opened at once, and shared by all processes. The caller promises that nobody writes to the file or
    // truncates it as long as it is open; a truncation would end the process with SIGBUS.
    LOOKALIKE_OPEN_MODE_MAPPED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum lookalike_open_mode lookalike_open_mode;
#else
typedef uint32_t lookalike_open_mode;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Lists, how they are asked, and what of the answers counts.
typedef struct lookalike_lookup lookalike_lookup;

// What became of a picture, and why.
typedef struct lookalike_result lookalike_result;

// Lists that stay as they are for as long as somebody holds them.
typedef struct lookalike_snapshot lookalike_snapshot;

// A store that is open.
typedef struct lookalike_store lookalike_store;

// A picture under way, used by one thread at a time.
typedef struct lookalike_stream lookalike_stream;

// How much a picture file may ask for before it is refused, unread. Call `lookalike_limits_init` first.
typedef struct lookalike_limits {
    // The size of this struct in bytes, which `lookalike_limits_init` sets.
    size_t struct_bytes;
    // Width times height. Default 100,000,000.
    uint64_t max_pixels;
    // Memory for decoding one picture, in bytes. Default 320 MiB.
    uint64_t max_alloc_bytes;
    // Size of the file in bytes. Default 1 GiB.
    uint64_t max_file_bytes;
    // Pixels drawn to compose the frames of one animation. Default 500,000,000.
    uint64_t max_animation_pixels;
    // Frames of an animation, pages of a TIFF. Default 50,000.
    uint32_t max_frames;
    // Frames that are looked at, evenly spaced. Default 16.
    uint32_t max_sampled_frames;
    // Scans of a JPEG. Default 100.
    uint32_t max_scans;
    // Zero.
    uint32_t reserved;
} lookalike_limits;

// The hashes of one picture, or one hash that came from elsewhere.
//
// A hash that came from elsewhere is looked up by itself with `count` 1 and `quality` 100, if its quality is not known.
typedef struct lookalike_hashes {
    // The profile under which they were made.
    uint16_t profile;
    // PDQ's quality of the picture: 0 to 100. Below 50 a hash means little.
    uint8_t quality;
    // How long each is, in bytes: 8 or 32.
    uint8_t hash_bytes;
    // How many there are: 1, or 8 for all ways to turn and mirror the picture, in the order of `lookalike_transform_name`.
    uint8_t count;
    // Whether they are certain to equal the reference's, bit for bit: 1, or 0 where rounding may decide some. Always 1 but for streams.
    uint8_t is_certain;
    // Zero.
    uint8_t reserved[2];
    // The hashes; of short ones the first bytes, the rest zero.
    uint8_t hashes[8][32];
} lookalike_hashes;

// A picture in memory, as it is. Alpha is dropped; samples of 16 bits are little-endian.
typedef struct lookalike_pixels {
    // The first byte of the first row.
    const uint8_t *bytes;
    // How many bytes there are.
    size_t len;
    // From one row to the next, in bytes; 0: rows follow each other without padding.
    size_t stride;
    // Pixels per row.
    uint32_t width;
    // Rows.
    uint32_t height;
    // 0 grey, 1 RGB, 2 RGBA, 3 BGR, 4 BGRA of 8 bits; 5 grey, 6 RGB, 7 RGBA of 16 bits.
    uint32_t format;
} lookalike_pixels;

// How lists are asked. Call `lookalike_lookup_options_init` first.
typedef struct lookalike_lookup_options {
    // The size of this struct in bytes, which `lookalike_lookup_options_init` sets.
    size_t struct_bytes;
    // The text of a policy file (TOML), ended by a zero byte; null: every list counts alone within `radius`, from `minimum_quality` on.
    const char *policy;
    // The directory from which the policy's second index is named; null: the working directory.
    const char *policy_directory;
    // The largest distance that counts, in bits, inclusive; `LOOKALIKE_DEFAULT`: the profile's (31 for PDQ). With a policy, its own.
    uint32_t radius;
    // The least quality at which a picture is looked up, 0 to 100; `LOOKALIKE_DEFAULT`: 50. With a policy, its own.
    uint32_t minimum_quality;
    // Whether turned and mirrored pictures count: 1 (the default), or 0.
    uint32_t dihedral;
    // By which further views a file is looked up: 0 none, 1 standard (the default for profile `pdq`), 2 thorough. They find what was cropped, framed or
    // photographed from a screen, and cost two to ten times the time.
    uint32_t views;
} lookalike_lookup_options;

// What became of a picture, in numbers.
typedef struct lookalike_result_info_t {
    // The generation of the store that was looked up in; 0 for an index that is of no store.
    uint64_t generation;
    // Entries that count, nearest first: `lookalike_result_match` tells each.
    size_t matches;
    // Entries that a rule held back: `lookalike_result_held` tells each.
    size_t held;
    // What became of it: the status that the call returned.
    int32_t status;
    // The best quality of its views, 0 to 100; -1 where nothing was hashed.
    int32_t quality;
    // Pixels per row, as stored; 0 where the header could not be read.
    uint32_t width;
    // Rows, as stored.
    uint32_t height;
    // Frames that the file has.
    uint32_t frames;
    // Frames that were looked at.
    uint32_t frames_looked_at;
    // The profile of the lists.
    uint16_t profile;
    // How long the hash is, in bytes: 8 or 32; 0 where there is none.
    uint8_t hash_bytes;
    // Zero.
    uint8_t reserved[5];
    // The hash of the first frame as stored.
    uint8_t hash[32];
} lookalike_result_info_t;

// UTF-8 text, without a zero byte at its end.
typedef struct lookalike_text {
    // The first byte; not null where `len` is not 0.
    const char *bytes;
    // How many bytes.
    size_t len;
} lookalike_text;

// An entry that was found. Its texts stay until the result is freed.
typedef struct lookalike_match {
    // The name of the list.
    struct lookalike_text list;
    // The entry's id within the list.
    struct lookalike_text entry;
    // How the publisher classified the material.
    struct lookalike_text classification;
    // Who contributed the entry.
    struct lookalike_text owner;
    // Under whose law it was classified.
    struct lookalike_text jurisdiction;
    // What is to be done, in the words of the operator's policy.
    struct lookalike_text action;
    // The bits in which the hashes differ; 0 for a digest of the file.
    uint32_t distance;
    // Which frame was looked up, counted from 1; 0 where it was a digest of the file.
    uint32_t frame;
    // How the picture was turned to look like the entry: see `lookalike_transform_name`.
    uint8_t transform;
    // What was compared: 0 the hash, 1 MD5, 2 SHA-1, 3 SHA-256 of the file.
    uint8_t by;
    // What the list is for: 0 abuse, 1 allow, 2 test.
    uint8_t role;
    // How sure the publisher is: 0 unstated, 1 positive, 2 seed, 3 disputed.
    uint8_t opinion;
    // The quality of the view that was looked up: 0 to 100.
    uint8_t quality;
    // Zero.
    uint8_t reserved[3];
} lookalike_match;

// What a snapshot holds.
typedef struct lookalike_snapshot_info_t {
    // The generation of the store; 0 for an index that is of no store.
    uint64_t generation;
    // At most so many distinct hashes.
    uint64_t hashes;
    // How many lists.
    size_t lists;
    // The profile of the hashes.
    uint16_t profile;
    // Zero.
    uint8_t reserved[6];
} lookalike_snapshot_info_t;

// How it stands with a store that is open.
typedef struct lookalike_store_info_t {
    // The generation that is looked up in.
    uint64_t generation;
    // How long ago the directory was last read without an error, in milliseconds.
    uint64_t checked_millis;
    // Whether the last reload failed: 1, or 0. `lookalike_store_failure` says why.
    uint32_t has_failed;
    // Zero.
    uint32_t reserved;
} lookalike_store_info_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Copies what there is to say of this thread's latest call that returned a status into `buffer`, cut where it does not fit and ended by a zero
// byte. Nothing where it had nothing to say.
//
// Returns the length of all of it in bytes, without the zero byte: if that is less than `capacity`, nothing was cut. `buffer` may be null if
// `capacity` is 0.
//
// # Safety
//
// `buffer` points to at least `capacity` bytes that may be written.
size_t lookalike_last_error(char *buffer,
                            size_t capacity);

// Sets the usual limits.
//
// # Safety
//
// `limits` may be written to.
lookalike_status lookalike_limits_init(struct lookalike_limits *limits);

// Hashes a picture file: its first frame, as stored, in all eight ways to turn it.
//
// Returns LOOKALIKE_STATUS_UNSUPPORTED, _CORRUPT or _OVER_LIMIT where there is no picture to hash. `limits` may be null for the usual ones. A picture of low
// quality has hashes all the same: `lookalike_look_up` looks at the quality. To check a file against lists, call `lookalike_check_file`, which sees
// further frames and views.
//
// # Safety
//
// `bytes` points to `len` bytes, `limits` is null or points to limits, `hashes` may be written to.
lookalike_status lookalike_hash_file(const uint8_t *bytes,
                                     size_t len,
                                     uint16_t profile_id,
                                     const struct lookalike_limits *limits,
                                     struct lookalike_hashes *hashes);

// Hashes a picture that is in memory, in all eight ways to turn it.
//
// # Safety
//
// `pixels` points to a struct whose `bytes` point to `len` bytes, `hashes` may be written to.
lookalike_status lookalike_hash_pixels(const struct lookalike_pixels *pixels, uint16_t profile_id, struct lookalike_hashes *hashes);

// Writes a hash as lower-case hexadecimal, as lists have it, with a zero byte at its end: 17 or 65 bytes.
//
// # Safety
//
// `hash` points to `hash_bytes` bytes, `buffer` to `capacity` bytes that may be written to.
lookalike_status lookalike_hash_to_hex(const uint8_t *hash, size_t hash_bytes, char *buffer, size_t capacity);

// Reads a hash from hexadecimal, to be looked up by itself: `hashes` gets one, of quality 100.
//
// # Safety
//
// `hex` points to text that ends with a zero byte, `hashes` may be written to.
lookalike_status lookalike_hash_from_hex(const char *hex, uint16_t profile_id, struct lookalike_hashes *hashes);

// Counts the bits in which two hashes of one profile differ.
//
// # Safety
//
// `a` and `b` point to `hash_bytes` bytes each, `distance` may be written to.
lookalike_status lookalike_distance(const uint8_t *a, const uint8_t *b, size_t hash_bytes, uint32_t *distance);

// Sets the usual options.
//
// # Safety
//
// `options` may be written to.
lookalike_status lookalike_lookup_options_init(struct lookalike_lookup_options *options);

// Prepares to ask a snapshot. `options` may be null for the usual ones.
//
// # Safety
//
// `snapshot` is a handle that has not been freed, `options` is null or was set by `lookalike_lookup_options_init`, `lookup` may be written to.
lookalike_status lookalike_lookup_new(const struct lookalike_snapshot *snapshot,
                                      const struct lookalike_lookup_options *options,
                                      struct lookalike_lookup **lookup);

// Prepares to ask a store: every picture is looked up in the generation that is loaded then. It is loaded by `lookalike_store_watch` or
// `lookalike_store_reload`. A store without entries is refused, because it would find every picture clean.
//
// # Safety
//
// `store` is a handle that has not been freed, `options` is null or was set by `lookalike_lookup_options_init`, `lookup` may be written to.
lookalike_status lookalike_lookup_of_store(const struct lookalike_store *store,
                                           const struct lookalike_lookup_options *options,
                                           struct lookalike_lookup **lookup);

// Looks hashes up: those of one picture, all of them together. Returns what became of the picture, never LOOKALIKE_STATUS_OK.
//
// `result` gets what was found, to be freed by `lookalike_result_free`; it may be null. A policy that confirms by a second index needs the picture: call
// `lookalike_check_file`.
//
// # Safety
//
// `lookup` is a handle that has not been freed, `hashes` points to hashes, `result` is null or may be written to.
lookalike_status lookalike_look_up(const struct lookalike_lookup *lookup,
                                   const struct lookalike_hashes *hashes,
                                   struct lookalike_result **result);

// Checks a picture file: every frame and view of it, and its digests. Returns what became of it, never LOOKALIKE_STATUS_OK.
//
// `limits` may be null for the usual ones. `result` gets what was found, to be freed by `lookalike_result_free`; it may be null.
//
// # Safety
//
// `lookup` is a handle that has not been freed, `bytes` points to `len` bytes, `limits` is null or points to limits, `result` is null or may be written to.
lookalike_status lookalike_check_file(const struct lookalike_lookup *lookup,
                                      const uint8_t *bytes,
                                      size_t len,
                                      const struct lookalike_limits *limits_or_null,
                                      struct lookalike_result **result);

// Frees a lookup. Null is nothing to free.
//
// # Safety
//
// `lookup` is null, or a handle that has not been freed and that nobody uses.
void lookalike_lookup_free(struct lookalike_lookup *lookup);

// The version of the library: `0.1.0`. Never null; static.
const char *lookalike_version(void);

// The version of this interface in the library that is linked: at least `LOOKALIKE_ABI_VERSION` of the header it was compiled with, or a caller
// should stop.
uint32_t lookalike_abi_version(void);

// The name of a status, as in reports: `no_match`. `unknown` for a number that is none. Never null; static.
const char *lookalike_status_name(int32_t status);

// Whether a status says that a picture was looked up: 1 for `no_match`, `match` and `test`, 0 for all others.
int32_t lookalike_status_was_checked(int32_t status);

// Finds a profile by its name, such as `pdq`, `phash`, `blockhash256`.
//
// # Safety
//
// `name` points to text that ends with a zero byte, `profile` to a number that may be written to.
lookalike_status lookalike_profile_by_name(const char *name, uint16_t *profile);

// The name of a profile; null for a number that is none. Static.
const char *lookalike_profile_name(uint16_t profile);

// The length of a profile's hashes in bits: 64 or 256; 0 for a number that is none.
uint32_t lookalike_profile_bits(uint16_t profile);

// The largest distance that counts under a profile unless the caller says otherwise; 0 for a number that is none.
uint32_t lookalike_profile_default_radius(uint16_t profile);

// How a picture was turned, by its number in a match: `original`, `rotate90` ... `flipminus1`; null from 8 on. Static.
const char *lookalike_transform_name(uint8_t transform);

// Tells what became of a picture, in numbers.
//
// # Safety
//
// `result` is a handle that has not been freed, `info` may be written to.
lookalike_status lookalike_result_info(const struct lookalike_result *result, struct lookalike_result_info_t *info);

// Tells an entry that counts, counted from 0, nearest first.
//
// # Safety
//
// `result` is a handle that has not been freed, `found` may be written to, and is used no longer than the result.
lookalike_status lookalike_result_match(const struct lookalike_result *result, size_t number, struct lookalike_match *found);

// Tells an entry that a rule of the policy held back, counted from 0, nearest first.
//
// # Safety
//
// As `lookalike_result_match`.
lookalike_status lookalike_result_held(const struct lookalike_result *result, size_t number, struct lookalike_match *found);

// Copies in words what there is to say beside the outcome: why a file could not be decoded, what was left out. Cut where it does not fit and ended
// by a zero byte; `len`, which may be null, gets its whole length.
//
// # Safety
//
// `result` is a handle that has not been freed, `buffer` points to `capacity` bytes that may be written to, `len` is null or may be written to.
lookalike_status lookalike_result_detail(const struct lookalike_result *result,
                                         char *buffer,
                                         size_t capacity,
                                         size_t *len);

// Copies why the outcome is what it is, as JSON: the rules that fired and held back, lists, jurisdictions, what a quorum lacks. No hash is in it.
// Nothing where nothing was found. As `lookalike_result_detail` otherwise.
//
// # Safety
//
// As `lookalike_result_detail`.
lookalike_status lookalike_result_evidence(const struct lookalike_result *result,
                                           char *buffer,
                                           size_t capacity,
                                           size_t *len);

// Frees a result, and the texts of its entries. Null is nothing to free.
//
// # Safety
//
// `result` is null, or a handle that has not been freed and that nobody uses.
void lookalike_result_free(struct lookalike_result *result);

// Opens an index file; `mode` is one of lookalike_open_mode. All checksums are verified unless the file is mapped.
//
// # Safety
//
// `path` points to text that ends with a zero byte, `snapshot` may be written to; of a mapped file the promise of that mode holds.
lookalike_status lookalike_index_open(const char *path, uint32_t mode, struct lookalike_snapshot **snapshot);

// Opens an index that lies in memory. All checksums are verified.
//
// With `copy` 0 the bytes are used where they lie: they must stay, unchanged, until the snapshot and every lookup made of it have been freed.
//
// # Safety
//
// `bytes` points to `len` bytes, for as long as said above; `snapshot` may be written to.
lookalike_status lookalike_index_from_memory(const uint8_t *bytes,
                                             size_t len,
                                             int32_t copy,
                                             struct lookalike_snapshot **snapshot);

// Tells what a snapshot holds.
//
// # Safety
//
// `snapshot` is a handle that has not been freed, `info` may be written to.
lookalike_status lookalike_snapshot_info(const struct lookalike_snapshot *snapshot, struct lookalike_snapshot_info_t *info);

// Tells the name of a list, counted from 0, and how many entries of it count. The name is cut where it does not fit into `buffer`; `name_len` gets
// its whole length. `name_len` and `entries` may be null.
//
// # Safety
//
// `snapshot` is a handle that has not been freed, `buffer` points to `capacity` bytes that may be written to, `name_len` and `entries` are null or may
// be written to.
lookalike_status lookalike_snapshot_list(const struct lookalike_snapshot *snapshot,
                                         size_t number,
                                         char *buffer,
                                         size_t capacity,
                                         size_t *name_len,
                                         uint64_t *entries);

// Frees a snapshot; lookups made of it keep what they need. Null is nothing to free.
//
// # Safety
//
// `snapshot` is null, or a handle that has not been freed and that nobody uses.
void lookalike_snapshot_free(struct lookalike_snapshot *snapshot);

// Opens a store; `mode` is one of lookalike_open_mode, for the index of every generation.
//
// # Safety
//
// `directory` points to text that ends with a zero byte, `store` may be written to; of mapped files the promise of that mode holds.
lookalike_status lookalike_store_open(const char *directory, uint32_t mode, struct lookalike_store **store);

// Looks whether there is a newer generation, and loads it; nobody who looks up is held up. `is_new`, which may be null, gets 1 if there was one.
//
// Where it fails the generation before is kept.
//
// # Safety
//
// `store` is a handle that has not been freed, `is_new` is null or may be written to.
lookalike_status lookalike_store_reload(const struct lookalike_store *store,
                                        int32_t *is_new);

// Reloads every so many milliseconds on a thread of the library, until the store is freed; 0 ends that. 20 is a good number: a reload without
// news reads a hundred bytes.
//
// # Safety
//
// `store` is a handle that has not been freed.
lookalike_status lookalike_store_watch(const struct lookalike_store *store,
                                       uint32_t every_millis);

// Takes the generation that is current now.
//
// # Safety
//
// `store` is a handle that has not been freed, `snapshot` may be written to.
lookalike_status lookalike_store_snapshot(const struct lookalike_store *store, struct lookalike_snapshot **snapshot);

// Tells how it stands with a store.
//
// # Safety
//
// `store` is a handle that has not been freed, `info` may be written to.
lookalike_status lookalike_store_info(const struct lookalike_store *store, struct lookalike_store_info_t *info);

// Copies why the last reload failed into `buffer`, cut where it does not fit and ended by a zero byte; nothing if it did not. `len`, which may be
// null, gets its whole length.
//
// # Safety
//
// `store` is a handle that has not been freed, `buffer` points to `capacity` bytes that may be written to, `len` is null or may be written to.
lookalike_status lookalike_store_failure(const struct lookalike_store *store,
                                         char *buffer,
                                         size_t capacity,
                                         size_t *len);

// Frees a store, and ends its watch; snapshots and lookups made of it stay. Null is nothing to free.
//
// # Safety
//
// `store` is null, or a handle that has not been freed and that nobody uses.
void lookalike_store_free(struct lookalike_store *store);

// Begins a picture of `width` x `height` pixels, of which no more than some rows are ever in memory.
//
// PDQ gets all eight hashes of a stream, other profiles the one of the picture as it is.
//
// # Safety
//
// `stream` may be written to.
lookalike_status lookalike_stream_new(uint32_t width,
                                      uint32_t height,
                                      uint32_t format_id,
                                      uint16_t profile_id,
                                      struct lookalike_stream **stream);

// Takes the next rows, from top to bottom: any number of whole ones, without padding.
//
// Where it fails no row was taken, and the stream is as it was.
//
// # Safety
//
// `stream` was made by `lookalike_stream_new` and is used by nobody else meanwhile, `rows` points to `len` bytes.
lookalike_status lookalike_stream_push(struct lookalike_stream *stream, const uint8_t *rows, size_t len);

// Gives the hashes of a picture of which all rows were pushed. The stream stays as it is, to be freed.
//
// # Safety
//
// `stream` was made by `lookalike_stream_new` and is used by nobody else meanwhile, `hashes` may be written to.
lookalike_status lookalike_stream_finish(const struct lookalike_stream *stream, struct lookalike_hashes *hashes);

// Frees a stream. Null is nothing to free.
//
// # Safety
//
// `stream` is null, or was made by `lookalike_stream_new`, has not been freed, and nobody uses it.
void lookalike_stream_free(struct lookalike_stream *stream);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LOOKALIKE_H */
