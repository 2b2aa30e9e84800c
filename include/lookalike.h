/*
 * lookalike: tells whether a picture looks like one on a list of known abuse material.
 *
 * Status: every function that can fail returns a lookalike_status. That of a picture is never 0, so that "could not check" is not taken for
 * "clean": only LOOKALIKE_STATUS_NO_MATCH means clean. lookalike_last_error has the message, for each thread its own.
 *
 * Handles: a handle may be used by any number of threads at the same time, streams excepted. It is freed once, when nothing uses it. If a function
 * fails, the handle that it was to make is null.
 *
 * Pointers: until a call returns, a pointer to const is valid for reading and is not written to, and any other is valid for writing and used by
 * nothing else; one with a length is valid for as many bytes; a string ends with a zero byte; a handle was made by this library and has not been
 * freed. Null and unaligned pointers are refused, except where null has a meaning.
 *
 * Text: what is copied into a buffer is cut where it does not fit, and ends with a zero byte. Its length is that of the whole text in bytes, without
 * the zero byte: nothing was cut if it is less than the capacity. The buffer may be null if only the length is of interest.
 *
 * examples/capi has programs in C, Go and Python.
 */

#ifndef LOOKALIKE_H
#define LOOKALIKE_H

/* Made from src/capi/ by cbindgen: change it there. */

#include <stddef.h>
#include <stdint.h>

// The version of this interface. It grows when something is added; what is there keeps its meaning and its layout.
#define LOOKALIKE_ABI_VERSION 1

// The library's own default.
#define LOOKALIKE_DEFAULT UINT32_MAX

// How a call ended: it succeeded, a picture has this outcome, or the call failed. The numbers never change.
enum lookalike_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The call succeeded. Never returned for a picture that was checked.
    LOOKALIKE_STATUS_OK = 0,
    // The picture was compared with the lists, and nothing matches. Only this means clean.
    LOOKALIKE_STATUS_NO_MATCH = 1,
    // An entry of a list of abuse material matches.
    LOOKALIKE_STATUS_MATCH = 2,
    // Only entries of lists made for testing match: the way from a picture to an alarm works.
    LOOKALIKE_STATUS_TEST = 3,
    // Not checked: the picture has too little detail for its hash to mean anything.
    LOOKALIKE_STATUS_LOW_QUALITY = 16,
    // Not checked: the file is of a kind, or uses a feature, that is not decoded.
    LOOKALIKE_STATUS_UNSUPPORTED = 17,
    // Not checked: the file breaks the rules of its format.
    LOOKALIKE_STATUS_CORRUPT = 18,
    // Not checked, or only in part: the file exceeds a limit.
    LOOKALIKE_STATUS_OVER_LIMIT = 19,
    // Not checked: the file could not be read.
    LOOKALIKE_STATUS_UNREADABLE = 20,
    // Checked in part: nothing matches of what was compared, but a part of the file was not.
    LOOKALIKE_STATUS_PARTLY_CHECKED = 21,
    // An argument is null, out of range, or does not fit another.
    LOOKALIKE_STATUS_INVALID_ARGUMENT = 32,
    // The index or store cannot be opened: it is missing, unreadable or damaged.
    LOOKALIKE_STATUS_CANNOT_OPEN = 33,
    // The lists hold no entry, so every picture would look clean.
    LOOKALIKE_STATUS_EMPTY = 34,
    // The hashes are of another profile than the lists.
    LOOKALIKE_STATUS_WRONG_PROFILE = 35,
    // The index turned out to be damaged during the search: nothing is known of the picture.
    LOOKALIKE_STATUS_DAMAGED = 36,
    // The policy cannot be read, or could never be met by these lists.
    LOOKALIKE_STATUS_POLICY_REFUSED = 37,
    // A signed list has expired, and its keys file refuses it then: nothing is known of the picture.
    LOOKALIKE_STATUS_STALE = 38,
    // Worker processes cannot be started.
    LOOKALIKE_STATUS_NO_WORKERS = 39,
    // A bug in the library: please report it. Nothing is known of the picture.
    LOOKALIKE_STATUS_PANICKED = 64,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum lookalike_status lookalike_status;
#else
typedef int32_t lookalike_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// How the files of an index are opened.
enum lookalike_open_mode
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // The cheapest safe way: sealed on Linux, owned elsewhere.
    LOOKALIKE_OPEN_MODE_DEFAULT = 0,
    // Read into the memory of this process.
    LOOKALIKE_OPEN_MODE_OWNED = 1,
    // Copied into memory that the kernel seals against changes (Linux).
    LOOKALIKE_OPEN_MODE_SEALED = 2,
    // Mapped without verifying checksums: opened at once, and shared by all processes. The caller promises that no file is written to or
    // truncated while it is open; a truncation would end the process by SIGBUS.
    LOOKALIKE_OPEN_MODE_MAPPED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum lookalike_open_mode lookalike_open_mode;
#else
typedef uint32_t lookalike_open_mode;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// Compares pictures with lists: made once, shared by all threads, asked for every picture.
typedef struct lookalike_checker lookalike_checker;

// The outcome of a picture, and the evidence for it.
typedef struct lookalike_result lookalike_result;

// A picture that is being hashed row by row, by one thread at a time.
typedef struct lookalike_stream lookalike_stream;

// What a picture file may demand before it is refused, undecoded. Set by `lookalike_limits_init` before any field.
typedef struct lookalike_limits {
    // The size of this struct in bytes, set by `lookalike_limits_init`.
    size_t struct_bytes;
    // Width times height. Default 100,000,000.
    uint64_t max_pixels;
    // Memory for decoding one picture, in bytes. Default 320 MiB.
    uint64_t max_alloc_bytes;
    // Size of the file in bytes. Default 1 GiB.
    uint64_t max_file_bytes;
    // Pixels of all frames of one animation, each as large as its canvas. Default 500,000,000.
    uint64_t max_animation_pixels;
    // Frames of an animation, pages of a TIFF. Default 50,000.
    uint32_t max_frames;
    // Frames that are compared with the lists, evenly spaced; with fewer than all a picture is only partly checked. Default 4,294,967,295: all.
    uint32_t max_sampled_frames;
    // Scans of a JPEG. Default 100.
    uint32_t max_scans;
    // Zero.
    uint32_t reserved;
} lookalike_limits;

// How a checker is set up. Set by `lookalike_checker_options_init` before any field; the defaults are those of every interface.
typedef struct lookalike_checker_options {
    // The size of this struct in bytes, set by `lookalike_checker_options_init`.
    size_t struct_bytes;
    // The path of a policy (TOML), which decides what counts as a match; a second index that it names is looked for beside it. Null: see
    // `policy`.
    const char *policy_file;
    // The text of a policy. Null for both: every list counts by itself, within `radius`, from `minimum_quality` on.
    const char *policy;
    // The directory of the second index that the text may name. Null: the working directory.
    const char *policy_directory;
    // The limits of a picture file. Null: the default ones.
    const struct lookalike_limits *limits;
    // The path of `lookalike-decode-worker`: files are then decoded by sandboxed processes (Linux). Needs the library of `decode-worker`, and
    // `lookalike_workers_enable`. Null: files are decoded in the calling thread.
    const char *worker_program;
    // Memory of all threads together, in bytes; a thread waits until there is room. 0: unbounded.
    uint64_t memory_bytes;
    // Time of one picture in milliseconds. It is checked at each frame; a worker is killed. 0: unbounded, 60 seconds for a worker.
    uint32_t time_limit_millis;
    // The largest distance of a match in bits, inclusive. `LOOKALIKE_DEFAULT`: that of the profile (31 for PDQ). Not with a policy.
    uint32_t radius;
    // The least quality of a match, 0 to 100. `LOOKALIKE_DEFAULT`: 50. Not with a policy.
    uint32_t minimum_quality;
    // 1 if turned and mirrored copies are found, else 0. `LOOKALIKE_DEFAULT`: 1.
    uint32_t dihedral;
    // Which further views of a file are searched for, so that cropped, framed and photographed copies are found: 0 none, 1 standard, 2
    // thorough. `LOOKALIKE_DEFAULT`: 1 for profile `pdq`, else 0.
    uint32_t views;
    // 1 if JPEGs that cannot match are recognised without decoding them, which takes a tenth of the time and reports neither hash nor
    // quality; else 0. `LOOKALIKE_DEFAULT`: 1.
    uint32_t screening;
    // One of `lookalike_open_mode`.
    uint32_t open_mode;
    // The number of workers. 0: one for each processor.
    uint32_t workers;
    // The number of files after which a worker is replaced. 0: 1,000.
    uint32_t files_per_worker;
    // Zero.
    uint32_t reserved;
} lookalike_checker_options;

// The hashes of one picture, or one hash computed elsewhere.
//
// A hash computed elsewhere is checked by itself, with `count` 1, and with `quality` 100 if its quality is unknown.
typedef struct lookalike_hashes {
    // The id of the profile.
    uint16_t profile;
    // PDQ's quality of the picture, 0 to 100. Below 50 a hash means little.
    uint8_t quality;
    // The length of each hash in bytes: 8 or 32.
    uint8_t hash_bytes;
    // The number of hashes: 1, or 8 for all ways to turn and mirror the picture, in the order of `lookalike_transform_name`.
    uint8_t count;
    // 1 if the hashes are certain to equal the reference's, bit for bit; 0 if rounding may decide some bits, in streams only.
    uint8_t is_certain;
    // Zero.
    uint8_t reserved[2];
    // The hashes; those of 8 bytes are followed by zeros.
    uint8_t hashes[8][32];
} lookalike_hashes;

// The state of the lists that a checker works with.
typedef struct lookalike_checker_status_t {
    // The generation in use; 0 for an index.
    uint64_t generation;
    // The number of entries in use.
    uint64_t entries;
    // When the newest generation was opened here, in seconds since 1970; 0 for an index.
    uint64_t opened_unix_seconds;
    // How long ago the store was last read without an error, in milliseconds; 0 for an index.
    uint64_t read_millis_ago;
    // How often a generation was refused or the store could not be read.
    uint64_t failures;
    // The number of signed lists that have expired.
    uint32_t stale_lists;
    // The id of the profile.
    uint16_t profile;
    // 1 if a newer generation is not in use, or the store cannot be read, so that an older one is in use; else 0.
    uint8_t has_problem;
    // 1 if no picture can be checked now; else 0.
    uint8_t is_unusable;
} lookalike_checker_status_t;

// A picture in memory, as stored. Alpha is ignored; samples of 16 bits are little-endian.
typedef struct lookalike_pixels {
    // The first byte of the first row.
    const uint8_t *bytes;
    // The number of bytes.
    size_t len;
    // The distance from one row to the next in bytes; 0 if rows have no padding.
    size_t stride;
    // Pixels per row.
    uint32_t width;
    // Rows.
    uint32_t height;
    // 8 bits: 0 grey, 1 RGB, 2 RGBA, 3 BGR, 4 BGRA. 16 bits: 5 grey, 6 RGB, 7 RGBA.
    uint32_t format;
} lookalike_pixels;

// The outcome of a picture, in numbers.
typedef struct lookalike_result_info_t {
    // The generation of the store that was searched; 0 for an index.
    uint64_t generation;
    // The size of the file in bytes; 0 if it is unknown.
    uint64_t bytes;
    // The number of entries that match.
    size_t matches;
    // The number of entries that a rule suppressed.
    size_t held;
    // The status that the call returned.
    int32_t status;
    // The best quality of any view, 0 to 100; -1 if nothing was hashed exactly.
    int32_t quality;
    // Pixels per row, as stored; 0 if the header could not be read.
    uint32_t width;
    // Rows, as stored.
    uint32_t height;
    // The number of frames of the file.
    uint32_t frames;
    // The number of frames that were compared with the lists.
    uint32_t frames_compared;
    // The id of the lists' profile.
    uint16_t profile;
    // The length of `hash` in bytes, 8 or 32; 0 if there is none.
    uint8_t hash_bytes;
    // 1 if the coefficients of a JPEG proved that nothing matches, so that no pixel was decoded; else 0.
    uint8_t is_screened;
    // Zero.
    uint8_t reserved[4];
    // The hash of the first frame as stored.
    uint8_t hash[32];
} lookalike_result_info_t;

// UTF-8 text, without a zero byte at its end.
typedef struct lookalike_text {
    // The first byte; not null if `len` is not 0.
    const char *bytes;
    // The number of bytes.
    size_t len;
} lookalike_text;

// An entry that was found. Its texts live as long as the result.
typedef struct lookalike_match {
    // The name of the list.
    struct lookalike_text list;
    // The entry's id within the list.
    struct lookalike_text entry;
    // How the publisher classified the material.
    struct lookalike_text classification;
    // Who contributed the entry.
    struct lookalike_text owner;
    // The jurisdiction under which it was classified.
    struct lookalike_text jurisdiction;
    // The policy's action label of the list.
    struct lookalike_text action;
    // The bits in which the hashes differ; 0 for a digest of the file.
    uint32_t distance;
    // The frame that matches, counted from 1; 0 for a digest of the file.
    uint32_t frame;
    // How the picture was turned to match: see `lookalike_transform_name`.
    uint8_t transform;
    // What was compared: 0 the hash, 1 MD5, 2 SHA-1, 3 SHA-256 of the file.
    uint8_t by;
    // What the list is for: 0 abuse, 1 allow, 2 test.
    uint8_t role;
    // How sure the publisher is: 0 unstated, 1 positive, 2 seed, 3 disputed.
    uint8_t opinion;
    // The quality of the view that matches, 0 to 100; 0 for a digest of the file.
    uint8_t quality;
    // Zero.
    uint8_t reserved[3];
} lookalike_match;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Makes a checker of an index file, or of a store if `path` is a directory. A store is followed: every picture is compared with the newest
// generation that is sound, not empty and not expired.
//
// `options` may be null for the default ones.
lookalike_status lookalike_checker_open(const char *path,
                                        const struct lookalike_checker_options *options,
                                        struct lookalike_checker **checker);

// Makes a checker of the bytes of an index, which are copied. `options` may be null for the default ones.
lookalike_status lookalike_checker_from_memory(const uint8_t *bytes,
                                               size_t len,
                                               const struct lookalike_checker_options *options,
                                               struct lookalike_checker **checker);

// Checks a picture file in memory: its digests, frames and views. Returns its outcome, never `LOOKALIKE_STATUS_OK`.
//
// `result` gets the evidence, to be freed by `lookalike_result_free`; it may be null.
lookalike_status lookalike_checker_check(const struct lookalike_checker *checker,
                                         const uint8_t *bytes,
                                         size_t len,
                                         struct lookalike_result **result);

// Checks a picture file by its path, as `lookalike_checker_check`. A symbolic link is followed only if `follow` is not 0. FIFOs, devices and
// files that change while they are read are refused.
lookalike_status lookalike_checker_check_path(const struct lookalike_checker *checker,
                                              const char *path,
                                              int32_t follow,
                                              struct lookalike_result **result);

// Checks the hashes of one picture, as `lookalike_checker_check`. Under a policy that confirms matches by a second index it fails, because that
// takes the picture.
lookalike_status lookalike_checker_check_hashes(const struct lookalike_checker *checker,
                                                const struct lookalike_hashes *hashes,
                                                struct lookalike_result **result);

// Returns the state of the lists: whether they can be used, how old they are, and whether something is wrong with the store.
lookalike_status lookalike_checker_status(const struct lookalike_checker *checker, struct lookalike_checker_status_t *status);

// Copies the state of the lists as JSON, with the reasons in words. `len`, which may be null, gets its length. See "Text" above.
lookalike_status lookalike_checker_status_json(const struct lookalike_checker *checker, char *buffer, size_t capacity, size_t *len);

// Copies what does not fit between policy and lists, though checking works: one warning a line. `len`, which may be null, gets the length. See
// "Text" above.
lookalike_status lookalike_checker_warnings(const struct lookalike_checker *checker, char *buffer, size_t capacity, size_t *len);

// Copies the name of a list, counted from 0, and the number of its entries in use. `len` and `entries` may be null. See "Text" above.
lookalike_status lookalike_checker_list(const struct lookalike_checker *checker,
                                        size_t number,
                                        char *buffer,
                                        size_t capacity,
                                        size_t *len,
                                        uint64_t *entries);

// Frees a checker; results stay. Null is ignored.
void lookalike_checker_free(struct lookalike_checker *checker);

// Hashes a picture file: its first frame, as stored, in all eight ways to turn and mirror it.
//
// Returns `LOOKALIKE_STATUS_UNSUPPORTED`, `_CORRUPT` or `_OVER_LIMIT` if the file cannot be decoded. `limits` may be null for the default
// ones. Pictures of low quality are hashed, too. To compare a file with lists, call `lookalike_checker_check`, which covers further frames
// and views.
lookalike_status lookalike_hash_file(const uint8_t *bytes,
                                     size_t len,
                                     uint16_t profile_id,
                                     const struct lookalike_limits *limits,
                                     struct lookalike_hashes *hashes);

// Hashes a picture in memory, in all eight ways to turn and mirror it.
lookalike_status lookalike_hash_pixels(const struct lookalike_pixels *pixels, uint16_t profile_id, struct lookalike_hashes *hashes);

// Writes a hash in lower-case hexadecimal, ended by a zero byte: 17 or 65 bytes.
lookalike_status lookalike_hash_to_hex(const uint8_t *hash, size_t hash_bytes, char *buffer, size_t capacity);

// Parses a hash from hexadecimal, to be checked by itself: `hashes` gets one, of quality 100.
lookalike_status lookalike_hash_from_hex(const char *hex, uint16_t profile_id, struct lookalike_hashes *hashes);

// Counts the bits in which two hashes of one profile differ.
lookalike_status lookalike_distance(const uint8_t *a, const uint8_t *b, size_t hash_bytes, uint32_t *distance);

// Sets the default limits.
lookalike_status lookalike_limits_init(struct lookalike_limits *limits);

// Returns the version of the library, `0.1.0` for example. Never null; static.
const char *lookalike_version(void);

// Returns the version of this interface in the linked library. A program stops if it is less than the `LOOKALIKE_ABI_VERSION` that the
// program was compiled with.
uint32_t lookalike_abi_version(void);

// Copies the message of this thread's latest call that returned a status: why it failed, or what its result leaves out; empty if there is
// nothing to say. Returns its length. See "Text" above.
size_t lookalike_last_error(char *buffer, size_t capacity);

// Finds a profile by its name: `pdq`, `phash`, `blockhash256` and so on.
lookalike_status lookalike_profile_by_name(const char *name, uint16_t *profile);

// Returns the name of a profile; null for an unknown id. Static.
const char *lookalike_profile_name(uint16_t profile);

// Returns the length of a profile's hashes in bits, 64 or 256; 0 for an unknown id.
uint32_t lookalike_profile_bits(uint16_t profile);

// Returns the default radius of a profile in bits, inclusive (31 for PDQ); 0 for an unknown id.
uint32_t lookalike_profile_default_radius(uint16_t profile);

// Returns the name of a transform by its number in a match: `original`, `rotate90` ... `flipminus1`; null from 8 on. Static.
const char *lookalike_transform_name(uint8_t transform);

// Sets the default options.
lookalike_status lookalike_checker_options_init(struct lookalike_checker_options *options);

// Returns the outcome of a picture in numbers.
lookalike_status lookalike_result_info(const struct lookalike_result *result, struct lookalike_result_info_t *info);

// Returns an entry that matches, counted from 0, nearest first.
lookalike_status lookalike_result_match(const struct lookalike_result *result, size_t number, struct lookalike_match *found);

// Returns an entry that a rule of the policy suppressed, counted from 0, nearest first.
lookalike_status lookalike_result_held(const struct lookalike_result *result, size_t number, struct lookalike_match *found);

// Copies why a picture was not checked, or what the result leaves out, in words; empty if there is nothing to say. `len`, which may be null,
// gets the length. See "Text" above.
lookalike_status lookalike_result_detail(const struct lookalike_result *result, char *buffer, size_t capacity, size_t *len);

// Copies the report as JSON, in the form that the command line and the HTTP service give: outcome, matches, suppressed entries, rules. It has
// the hashes. `len`, which may be null, gets the length. See "Text" above.
lookalike_status lookalike_result_json(const struct lookalike_result *result, char *buffer, size_t capacity, size_t *len);

// Frees a result, and the texts of its entries. Null is ignored.
void lookalike_result_free(struct lookalike_result *result);

// Returns the name of a status, `no_match` for example; that of an outcome is the same in every interface. `unknown` for any other number.
// Never null; static.
const char *lookalike_status_name(int32_t status);

// Returns 1 if a picture of this status was compared with the lists (`no_match`, `match`, `test`), else 0.
int32_t lookalike_status_was_checked(int32_t status);

// Begins a picture of `width` x `height` pixels. Only a few of its rows are kept in memory.
//
// A stream gives all eight hashes of PDQ, and one of other profiles: that of the picture as stored. `format_id` is that of
// `lookalike_pixels`.
lookalike_status lookalike_stream_new(uint32_t width,
                                      uint32_t height,
                                      uint32_t format_id,
                                      uint16_t profile_id,
                                      struct lookalike_stream **stream);

// Takes the next rows, from top to bottom: any number of complete rows, without padding.
//
// If it fails, no row was taken and the stream is unchanged.
lookalike_status lookalike_stream_push(struct lookalike_stream *stream, const uint8_t *rows, size_t len);

// Returns the hashes of a picture once all its rows were pushed. The stream must still be freed.
lookalike_status lookalike_stream_finish(const struct lookalike_stream *stream, struct lookalike_hashes *hashes);

// Frees a stream; null is ignored.
void lookalike_stream_free(struct lookalike_stream *stream);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LOOKALIKE_H */
