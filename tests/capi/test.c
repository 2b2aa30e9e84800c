/*
 * The C interface, used as a program would and as a careless one would: `test INDEX STORE LISTED UNLISTED BROKEN PHOTO PIXELS WIDTH HEIGHT`.
 *
 * LISTED is on the list "hotline" as entry "7"; PHOTO is a JPEG that matches nothing; PIXELS are the grey pixels of LISTED. Ends with 0 and
 * "passed N", or says what failed. `test json INDEX FILE...` prints the report of each file, once by its bytes and once by its path; compiled with
 * WORKERS, files are decoded by the program that LOOKALIKE_WORKER names.
 */
#include <lookalike.h>
#ifdef WORKERS
#include <lookalike_workers.h>
#endif

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int passed;

#define CHECK(what)                                                                            \
    do {                                                                                       \
        if (!(what)) {                                                                         \
            char words[512];                                                                   \
            lookalike_last_error(words, sizeof words);                                         \
            fprintf(stderr, "%s:%d: failed: %s; last error: %s\n", __FILE__, __LINE__, #what, words); \
            exit(1);                                                                           \
        }                                                                                      \
        passed++;                                                                              \
    } while (0)

#define IS(call, expected) CHECK((call) == LOOKALIKE_STATUS_##expected)
#define REFUSES(call) CHECK((call) == LOOKALIKE_STATUS_INVALID_ARGUMENT && lookalike_last_error(NULL, 0) > 0)

typedef struct {
    uint8_t *bytes;
    size_t len;
} file;

static file read_file(const char *path) {
    file found = {NULL, 0};
    FILE *in = fopen(path, "rb");
    CHECK(in != NULL);
    CHECK(fseek(in, 0, SEEK_END) == 0);
    found.len = (size_t)ftell(in);
    rewind(in);
    found.bytes = malloc(found.len + 1);
    CHECK(fread(found.bytes, 1, found.len, in) == found.len);
    fclose(in);
    return found;
}

static void names(void) {
    uint16_t profile = 0;
    CHECK(lookalike_abi_version() == LOOKALIKE_ABI_VERSION);
    CHECK(strchr(lookalike_version(), '.') != NULL);
    CHECK(strcmp(lookalike_status_name(LOOKALIKE_STATUS_NO_MATCH), "no_match") == 0);
    CHECK(strcmp(lookalike_status_name(12345), "unknown") == 0);
    CHECK(lookalike_status_was_checked(LOOKALIKE_STATUS_NO_MATCH) && lookalike_status_was_checked(LOOKALIKE_STATUS_MATCH));
    CHECK(lookalike_status_was_checked(LOOKALIKE_STATUS_TEST));
    CHECK(!lookalike_status_was_checked(LOOKALIKE_STATUS_OK) && !lookalike_status_was_checked(LOOKALIKE_STATUS_CORRUPT));
    CHECK(!lookalike_status_was_checked(LOOKALIKE_STATUS_LOW_QUALITY) && !lookalike_status_was_checked(-1));
    IS(lookalike_profile_by_name("pdq", &profile), OK);
    CHECK(profile == 1 && lookalike_profile_bits(profile) == 256 && lookalike_profile_default_radius(profile) == 31);
    CHECK(strcmp(lookalike_profile_name(profile), "pdq") == 0);
    CHECK(lookalike_profile_name(999) == NULL && lookalike_profile_bits(999) == 0);
    REFUSES(lookalike_profile_by_name("PDQ", &profile));
    REFUSES(lookalike_profile_by_name(NULL, &profile));
    REFUSES(lookalike_profile_by_name("pdq", NULL));
    CHECK(strcmp(lookalike_transform_name(0), "original") == 0 && lookalike_transform_name(8) == NULL);
}

static void last_error(void) {
    char words[64], all[256];
    size_t len;
    REFUSES(lookalike_checker_open(NULL, NULL, NULL));
    len = lookalike_last_error(all, sizeof all);
    CHECK(len > 0 && len == strlen(all));
    memset(words, 'x', sizeof words);
    CHECK(lookalike_last_error(words, 5) == len);
    CHECK(strlen(words) == 4 && strncmp(words, all, 4) == 0 && words[5] == 'x');
    CHECK(lookalike_last_error(NULL, 0) == len && lookalike_last_error(NULL, 10) == len);
    CHECK(lookalike_last_error(words, 0) == len);
}

static void hashes(file listed, file pixels, uint32_t width, uint32_t height) {
    lookalike_hashes of_file, of_pixels, of_stream, of_hex;
    lookalike_pixels picture;
    lookalike_limits limits;
    lookalike_stream *stream = NULL;
    char hex[65];
    uint32_t distance = 99;
    uint16_t phash = 0;

    IS(lookalike_hash_file(listed.bytes, listed.len, 1, NULL, &of_file), OK);
    CHECK(of_file.count == 8 && of_file.hash_bytes == 32 && of_file.quality >= 50 && of_file.is_certain == 1);
    memset(&picture, 0, sizeof picture);
    picture.bytes = pixels.bytes;
    picture.len = pixels.len;
    picture.width = width;
    picture.height = height;
    IS(lookalike_hash_pixels(&picture, 1, &of_pixels), OK);
    CHECK(memcmp(&of_file, &of_pixels, sizeof of_file) == 0);
    picture.stride = width;
    IS(lookalike_hash_pixels(&picture, 1, &of_pixels), OK);
    CHECK(memcmp(&of_file, &of_pixels, sizeof of_file) == 0);
    picture.stride = width - 1;
    REFUSES(lookalike_hash_pixels(&picture, 1, &of_pixels));
    picture.stride = SIZE_MAX;
    REFUSES(lookalike_hash_pixels(&picture, 1, &of_pixels));
    picture.stride = 0;
    picture.len -= 1;
    REFUSES(lookalike_hash_pixels(&picture, 1, &of_pixels));
    picture.len = SIZE_MAX;
    REFUSES(lookalike_hash_pixels(&picture, 1, &of_pixels));
    picture.len = pixels.len;
    picture.format = 8;
    REFUSES(lookalike_hash_pixels(&picture, 1, &of_pixels));
    picture.format = 0;
    picture.bytes = NULL;
    REFUSES(lookalike_hash_pixels(&picture, 1, &of_pixels));
    REFUSES(lookalike_hash_pixels(NULL, 1, &of_pixels));
    picture.bytes = pixels.bytes;
    REFUSES(lookalike_hash_pixels(&picture, 1, NULL));
    REFUSES(lookalike_hash_pixels(&picture, 0, &of_pixels));

    IS(lookalike_stream_new(width, height, 0, 1, &stream), OK);
    REFUSES(lookalike_stream_finish(stream, &of_stream));
    IS(lookalike_stream_push(stream, pixels.bytes, (size_t)width * 3), OK);
    REFUSES(lookalike_stream_push(stream, pixels.bytes, width - 1));
    REFUSES(lookalike_stream_push(stream, pixels.bytes, pixels.len));
    REFUSES(lookalike_stream_push(stream, NULL, width));
    REFUSES(lookalike_stream_push(NULL, pixels.bytes, width));
    IS(lookalike_stream_push(stream, NULL, 0), OK);
    IS(lookalike_stream_push(stream, pixels.bytes + (size_t)width * 3, pixels.len - (size_t)width * 3), OK);
    REFUSES(lookalike_stream_push(stream, pixels.bytes, width));
    IS(lookalike_stream_finish(stream, &of_stream), OK);
    CHECK(of_stream.is_certain == 0 || memcmp(&of_file, &of_stream, sizeof of_file) == 0);
    REFUSES(lookalike_stream_finish(stream, NULL));
    lookalike_stream_free(stream);
    lookalike_stream_free(NULL);
    CHECK(lookalike_stream_new(0, height, 0, 1, &stream) != LOOKALIKE_STATUS_OK && stream == NULL);
    CHECK(lookalike_stream_new(UINT32_MAX, UINT32_MAX, 0, 1, &stream) == LOOKALIKE_STATUS_OVER_LIMIT && stream == NULL);
    REFUSES(lookalike_stream_new(width, height, 0, 1, NULL));

    IS(lookalike_profile_by_name("phash", &phash), OK);
    IS(lookalike_hash_file(listed.bytes, listed.len, phash, NULL, &of_file), OK);
    CHECK(of_file.count == 8 && of_file.hash_bytes == 8 && of_file.profile == phash);
    IS(lookalike_stream_new(width, height, 0, phash, &stream), OK);
    IS(lookalike_stream_push(stream, pixels.bytes, pixels.len), OK);
    IS(lookalike_stream_finish(stream, &of_stream), OK);
    CHECK(of_stream.count == 1 && memcmp(of_file.hashes[0], of_stream.hashes[0], 32) == 0);
    lookalike_stream_free(stream);

    IS(lookalike_hash_file(listed.bytes, listed.len, 1, NULL, &of_file), OK);
    IS(lookalike_hash_to_hex(of_file.hashes[0], 32, hex, sizeof hex), OK);
    CHECK(strlen(hex) == 64);
    IS(lookalike_hash_from_hex(hex, 1, &of_hex), OK);
    CHECK(memcmp(of_hex.hashes[0], of_file.hashes[0], 32) == 0 && of_hex.count == 1 && of_hex.quality == 100);
    REFUSES(lookalike_hash_to_hex(of_file.hashes[0], 32, hex, 64));
    REFUSES(lookalike_hash_to_hex(of_file.hashes[0], 31, hex, sizeof hex));
    REFUSES(lookalike_hash_to_hex(NULL, 32, hex, sizeof hex));
    REFUSES(lookalike_hash_to_hex(of_file.hashes[0], 32, NULL, 65));
    hex[3] = 'g';
    REFUSES(lookalike_hash_from_hex(hex, 1, &of_hex));
    REFUSES(lookalike_hash_from_hex("", 1, &of_hex));
    REFUSES(lookalike_hash_from_hex(NULL, 1, &of_hex));
    IS(lookalike_distance(of_file.hashes[0], of_file.hashes[0], 32, &distance), OK);
    CHECK(distance == 0);
    REFUSES(lookalike_distance(of_file.hashes[0], of_file.hashes[1], 9, &distance));
    REFUSES(lookalike_distance(of_file.hashes[0], NULL, 32, &distance));

    IS(lookalike_limits_init(&limits), OK);
    limits.max_pixels = 10;
    IS(lookalike_hash_file(listed.bytes, listed.len, 1, &limits, &of_file), OVER_LIMIT);
    CHECK(lookalike_last_error(NULL, 0) > 0);
    limits.struct_bytes = 3;
    REFUSES(lookalike_hash_file(listed.bytes, listed.len, 1, &limits, &of_file));
    REFUSES(lookalike_limits_init(NULL));
    IS(lookalike_hash_file(NULL, 0, 1, NULL, &of_file), UNSUPPORTED);
    REFUSES(lookalike_hash_file(NULL, 1, 1, NULL, &of_file));
    REFUSES(lookalike_hash_file(listed.bytes, SIZE_MAX, 1, NULL, &of_file));
    REFUSES(lookalike_hash_file(listed.bytes, listed.len, 1, NULL, NULL));
    IS(lookalike_hash_file(listed.bytes, listed.len / 2, 1, NULL, &of_file), CORRUPT);
}

static void matches(const lookalike_checker *checker, file listed, file unlisted, file broken) {
    lookalike_result *result = NULL;
    lookalike_result_info_t info;
    lookalike_match found;
    lookalike_hashes hashes;
    char words[400], json[4000];
    size_t len = 0;

    IS(lookalike_checker_check(checker, listed.bytes, listed.len, &result), MATCH);
    IS(lookalike_result_info(result, &info), OK);
    CHECK(info.status == LOOKALIKE_STATUS_MATCH && info.matches >= 1 && info.quality >= 50 && info.frames_compared == 1);
    CHECK(info.hash_bytes == 32 && info.profile == 1 && info.bytes == listed.len && info.is_screened == 0);
    IS(lookalike_result_match(result, 0, &found), OK);
    CHECK(found.list.len == 7 && memcmp(found.list.bytes, "hotline", 7) == 0);
    CHECK(found.entry.len == 1 && found.entry.bytes[0] == '7' && found.distance == 0 && found.role == 0 && found.by == 0);
    REFUSES(lookalike_result_match(result, info.matches, &found));
    REFUSES(lookalike_result_match(result, SIZE_MAX, &found));
    REFUSES(lookalike_result_match(result, 0, NULL));
    REFUSES(lookalike_result_match(NULL, 0, &found));
    REFUSES(lookalike_result_held(result, 0, &found));
    REFUSES(lookalike_result_info(result, NULL));
    IS(lookalike_result_json(result, json, sizeof json, &len), OK);
    CHECK(len > 0 && len == strlen(json) && strstr(json, "\"outcome\":\"match\"") != NULL && strstr(json, "\"hash\":\"") != NULL);
    IS(lookalike_result_json(result, NULL, 0, &len), OK);
    CHECK(len == strlen(json));
    IS(lookalike_result_json(result, words, 10, NULL), OK);
    CHECK(strlen(words) == 9 && strncmp(words, json, 9) == 0);
    REFUSES(lookalike_result_json(NULL, json, sizeof json, NULL));
    IS(lookalike_result_detail(result, words, 1, NULL), OK);
    CHECK(words[0] == 0);
    REFUSES(lookalike_result_detail(NULL, words, 1, NULL));
    lookalike_result_free(result);
    lookalike_result_free(NULL);

    IS(lookalike_checker_check(checker, listed.bytes, listed.len, NULL), MATCH);
    IS(lookalike_checker_check(checker, unlisted.bytes, unlisted.len, &result), NO_MATCH);
    IS(lookalike_result_info(result, &info), OK);
    CHECK(info.matches == 0 && info.held == 0);
    lookalike_result_free(result);
    IS(lookalike_checker_check(checker, broken.bytes, broken.len, &result), CORRUPT);
    CHECK(lookalike_last_error(words, sizeof words) > 0);
    IS(lookalike_result_detail(result, words, sizeof words, &len), OK);
    CHECK(len > 0 && strlen(words) == len);
    IS(lookalike_result_info(result, &info), OK);
    CHECK(info.quality == -1 && info.hash_bytes == 0);
    lookalike_result_free(result);
    IS(lookalike_checker_check(checker, (const uint8_t *)"no picture", 10, NULL), UNSUPPORTED);
    IS(lookalike_checker_check(checker, NULL, 0, NULL), UNSUPPORTED);
    result = (lookalike_result *)&info; /* must not be left as it is */
    REFUSES(lookalike_checker_check(NULL, listed.bytes, listed.len, &result));
    CHECK(result == NULL);
    REFUSES(lookalike_checker_check(checker, NULL, 4, &result));
    REFUSES(lookalike_checker_check(NULL, NULL, 0, NULL));

    IS(lookalike_hash_file(listed.bytes, listed.len, 1, NULL, &hashes), OK);
    IS(lookalike_checker_check_hashes(checker, &hashes, &result), MATCH);
    IS(lookalike_result_match(result, 0, &found), OK);
    CHECK(found.distance == 0 && found.transform == 0);
    lookalike_result_free(result);
    hashes.quality = 10;
    IS(lookalike_checker_check_hashes(checker, &hashes, NULL), LOW_QUALITY);
    hashes.quality = 101;
    REFUSES(lookalike_checker_check_hashes(checker, &hashes, NULL));
    hashes.quality = 100;
    hashes.count = 9;
    REFUSES(lookalike_checker_check_hashes(checker, &hashes, NULL));
    hashes.count = 0;
    REFUSES(lookalike_checker_check_hashes(checker, &hashes, NULL));
    hashes.count = 1;
    hashes.hash_bytes = 8;
    REFUSES(lookalike_checker_check_hashes(checker, &hashes, NULL));
    hashes.hash_bytes = 32;
    hashes.profile = 2;
    IS(lookalike_checker_check_hashes(checker, &hashes, NULL), WRONG_PROFILE);
    hashes.profile = 999;
    REFUSES(lookalike_checker_check_hashes(checker, &hashes, NULL));
    REFUSES(lookalike_checker_check_hashes(checker, NULL, NULL));
    REFUSES(lookalike_checker_check_hashes(NULL, &hashes, NULL));
    IS(lookalike_hash_file(unlisted.bytes, unlisted.len, 1, NULL, &hashes), OK);
    IS(lookalike_checker_check_hashes(checker, &hashes, NULL), NO_MATCH);
}

static void paths(const lookalike_checker *checker, const char *listed, const char *broken) {
    lookalike_result *result = NULL;
    lookalike_result_info_t info;

    IS(lookalike_checker_check_path(checker, listed, 0, &result), MATCH);
    IS(lookalike_result_info(result, &info), OK);
    CHECK(info.status == LOOKALIKE_STATUS_MATCH && info.bytes > 0 && info.matches >= 1);
    lookalike_result_free(result);
    IS(lookalike_checker_check_path(checker, broken, 1, NULL), CORRUPT);
    IS(lookalike_checker_check_path(checker, "/nowhere/at/all", 0, &result), UNREADABLE);
    CHECK(result != NULL && lookalike_last_error(NULL, 0) > 0);
    lookalike_result_free(result);
    REFUSES(lookalike_checker_check_path(checker, NULL, 0, &result));
    CHECK(result == NULL);
    REFUSES(lookalike_checker_check_path(NULL, listed, 0, &result));
}

/* A JPEG that matches nothing is not decoded, unless the caller says so. */
static void screening(const char *index, file photo) {
    lookalike_checker *checker = NULL;
    lookalike_checker_options options;
    lookalike_result *result = NULL;
    lookalike_result_info_t info;

    IS(lookalike_checker_options_init(&options), OK);
    for (uint32_t decodes = 0; decodes < 2; decodes++) {
        IS(lookalike_checker_open(index, &options, &checker), OK);
        IS(lookalike_checker_check(checker, photo.bytes, photo.len, &result), NO_MATCH);
        IS(lookalike_result_info(result, &info), OK);
        CHECK(info.is_screened == !decodes && info.hash_bytes == (decodes ? 32 : 0) && (info.quality >= 0) == decodes);
        lookalike_result_free(result);
        lookalike_checker_free(checker);
        options.screening = 0;
    }
}

static void indexes(const char *path, const char *listed_path, const char *broken_path, file listed, file unlisted, file broken) {
    lookalike_checker *checker = NULL;
    lookalike_checker_options options;
    lookalike_checker_status_t status;
    file index = read_file(path);
    char name[16], json[1000];
    size_t len = 0;
    uint64_t entries = 0;

    IS(lookalike_checker_options_init(&options), OK);
    for (uint32_t mode = 0; mode < 4; mode++) {
        options.open_mode = mode;
        IS(lookalike_checker_open(path, &options, &checker), OK);
        IS(lookalike_checker_status(checker, &status), OK);
        CHECK(status.generation == 0 && status.profile == 1 && status.entries == 2 && status.stale_lists == 0);
        CHECK(status.failures == 0 && !status.has_problem && !status.is_unusable && status.opened_unix_seconds == 0);
        IS(lookalike_checker_status_json(checker, json, sizeof json, &len), OK);
        CHECK(len == strlen(json) && strstr(json, "\"entries\":2") != NULL);
        IS(lookalike_checker_list(checker, 0, name, sizeof name, &len, &entries), OK);
        CHECK(strcmp(name, "hotline") == 0 && len == 7 && entries == 2);
        IS(lookalike_checker_list(checker, 0, name, 4, NULL, NULL), OK);
        CHECK(strcmp(name, "hot") == 0);
        REFUSES(lookalike_checker_list(checker, 1, name, sizeof name, NULL, NULL));
        IS(lookalike_checker_warnings(checker, json, sizeof json, &len), OK);
        CHECK(len == 0 && json[0] == 0);
        matches(checker, listed, unlisted, broken);
        paths(checker, listed_path, broken_path);
        lookalike_checker_free(checker);
    }
    options.open_mode = 4;
    REFUSES(lookalike_checker_open(path, &options, &checker));
    CHECK(checker == NULL);
    IS(lookalike_checker_open("/nowhere/at/all", NULL, &checker), CANNOT_OPEN);
    CHECK(checker == NULL && lookalike_last_error(NULL, 0) > 0);
    IS(lookalike_checker_open(listed_path, NULL, &checker), CANNOT_OPEN);
    REFUSES(lookalike_checker_open(NULL, NULL, &checker));
    REFUSES(lookalike_checker_open(path, NULL, NULL));

    IS(lookalike_checker_from_memory(index.bytes, index.len, NULL, &checker), OK);
    memset(index.bytes, 0xff, index.len);
    matches(checker, listed, unlisted, broken);
    lookalike_checker_free(checker);
    IS(lookalike_checker_from_memory(index.bytes, index.len, NULL, &checker), CANNOT_OPEN);
    CHECK(checker == NULL);
    free(index.bytes);
    index = read_file(path);
    IS(lookalike_checker_from_memory(index.bytes, index.len - 1, NULL, &checker), CANNOT_OPEN);
    IS(lookalike_checker_from_memory(NULL, 0, NULL, &checker), CANNOT_OPEN);
    REFUSES(lookalike_checker_from_memory(NULL, 9, NULL, &checker));
    REFUSES(lookalike_checker_from_memory(index.bytes, index.len, NULL, NULL));
    free(index.bytes);

    REFUSES(lookalike_checker_status(NULL, &status));
    REFUSES(lookalike_checker_status_json(NULL, json, sizeof json, &len));
    REFUSES(lookalike_checker_list(NULL, 0, name, sizeof name, NULL, NULL));
    REFUSES(lookalike_checker_warnings(NULL, json, sizeof json, NULL));
    lookalike_checker_free(NULL);
}

static void options(const char *path, file listed, file unlisted) {
    lookalike_checker *checker = NULL;
    lookalike_checker_options options, changed;
    lookalike_limits limits;
    lookalike_result *result = NULL;
    lookalike_match found;
    char warnings[400];

    REFUSES(lookalike_checker_options_init(NULL));
    IS(lookalike_checker_options_init(&options), OK);
#define WITH(field, value) (changed = options, changed.field = (value), lookalike_checker_open(path, &changed, &checker))
    REFUSES(WITH(struct_bytes, 1));
    REFUSES(WITH(radius, 257));
    CHECK(checker == NULL);
    REFUSES(WITH(minimum_quality, 101));
    REFUSES(WITH(views, 9));
    REFUSES(WITH(dihedral, 2));
    REFUSES(WITH(screening, 2));
    IS(WITH(policy, "no = policy"), POLICY_REFUSED);
    IS(WITH(policy, "version = 1\n[quorum]\nlists = 2\n"), POLICY_REFUSED);
    REFUSES(WITH(policy, "\xff"));
    IS(WITH(policy_file, "/nowhere/policy.toml"), POLICY_REFUSED);
    IS(WITH(worker_program, "/nowhere/worker"), NO_WORKERS);

    options.policy = "version = 1\n[[list]]\nname = \"hotline\"\naction = \"hide\"\nradius = 10\n[[mute]]\nlist = \"gone\"\nentry = \"1\"\n";
    REFUSES(WITH(radius, 31));
    REFUSES(WITH(minimum_quality, 50));
    REFUSES(WITH(policy_file, path));
    options.views = 0;
    options.dihedral = 0;
    options.memory_bytes = 1 << 20;
    options.time_limit_millis = 60000;
    IS(lookalike_limits_init(&limits), OK);
    options.limits = &limits;
    IS(lookalike_checker_open(path, &options, &checker), OK);
    IS(lookalike_checker_warnings(checker, warnings, sizeof warnings, NULL), OK);
    CHECK(strstr(warnings, "gone") != NULL);
    IS(lookalike_checker_check(checker, listed.bytes, listed.len, &result), MATCH);
    IS(lookalike_result_match(result, 0, &found), OK);
    CHECK(found.action.len == 4 && memcmp(found.action.bytes, "hide", 4) == 0);
    lookalike_result_free(result);
    lookalike_checker_free(checker);

    limits.max_pixels = 10;
    IS(lookalike_checker_open(path, &options, &checker), OK);
    IS(lookalike_checker_check(checker, unlisted.bytes, unlisted.len, NULL), OVER_LIMIT);
    lookalike_checker_free(checker);
    limits.struct_bytes = 3;
    REFUSES(lookalike_checker_open(path, &options, &checker));
}

typedef struct {
    const lookalike_checker *checker;
    file listed, unlisted;
    int failed;
} worker;

static void *work(void *given) {
    worker *own = given;
    lookalike_hashes listed, unlisted;
    if (lookalike_hash_file(own->listed.bytes, own->listed.len, 1, NULL, &listed) != LOOKALIKE_STATUS_OK ||
        lookalike_hash_file(own->unlisted.bytes, own->unlisted.len, 1, NULL, &unlisted) != LOOKALIKE_STATUS_OK) {
        own->failed = 1;
        return NULL;
    }
    for (int round = 0; round < 200; round++) {
        if (lookalike_checker_check_hashes(own->checker, &listed, NULL) != LOOKALIKE_STATUS_MATCH ||
            lookalike_checker_check_hashes(own->checker, &unlisted, NULL) != LOOKALIKE_STATUS_NO_MATCH) {
            own->failed = 1;
        }
    }
    return NULL;
}

static void stores(const char *path, file listed, file unlisted, file broken) {
    lookalike_checker *checker = NULL;
    lookalike_checker_status_t status;
    lookalike_result *result = NULL;
    lookalike_result_info_t info;
    pthread_t threads[8];
    worker workers[8];
    char json[1000];

    IS(lookalike_checker_open(path, NULL, &checker), OK);
    IS(lookalike_checker_status(checker, &status), OK);
    CHECK(status.generation >= 2 && status.entries == 1 && status.opened_unix_seconds > 0 && !status.has_problem && !status.is_unusable);
    IS(lookalike_checker_status_json(checker, json, sizeof json, NULL), OK);
    CHECK(strstr(json, "\"generation\":") != NULL && strstr(json, "\"problem\":null") != NULL);
    IS(lookalike_checker_check(checker, listed.bytes, listed.len, &result), MATCH);
    IS(lookalike_result_info(result, &info), OK);
    CHECK(info.generation == status.generation);
    matches(checker, listed, unlisted, broken);
    for (int i = 0; i < 8; i++) {
        workers[i].checker = checker;
        workers[i].listed = listed;
        workers[i].unlisted = unlisted;
        workers[i].failed = 0;
        CHECK(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < 8; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(!workers[i].failed);
    }
    lookalike_checker_free(checker);
    /* A result stays. */
    IS(lookalike_result_json(result, json, sizeof json, NULL), OK);
    CHECK(strstr(json, "hotline") != NULL);
    lookalike_result_free(result);
    IS(lookalike_checker_open("/", NULL, &checker), CANNOT_OPEN);
    CHECK(checker == NULL);
}

static void print(lookalike_result *result) {
    char json[20000];
    size_t len = 0;
    CHECK(result != NULL);
    IS(lookalike_result_json(result, json, sizeof json, &len), OK);
    CHECK(len < sizeof json);
    printf("%s\n", json);
    lookalike_result_free(result);
}

static int print_reports(const char *index, int count, char **paths) {
    lookalike_checker *checker = NULL;
    lookalike_checker_options options;
    IS(lookalike_checker_options_init(&options), OK);
#ifdef WORKERS
    options.worker_program = "/nowhere/worker";
    IS(lookalike_checker_open(index, &options, &checker), NO_WORKERS);
    lookalike_workers_enable();
    lookalike_workers_enable();
    IS(lookalike_checker_open(index, &options, &checker), NO_WORKERS);
    CHECK(checker == NULL);
    options.worker_program = getenv("LOOKALIKE_WORKER");
    options.workers = 2;
    options.files_per_worker = 3;
    options.time_limit_millis = 30000;
#endif
    IS(lookalike_checker_open(index, &options, &checker), OK);
    for (int i = 0; i < count; i++) {
        lookalike_result *result = NULL;
        file bytes = read_file(paths[i]);
        lookalike_checker_check(checker, bytes.bytes, bytes.len, &result);
        print(result);
        lookalike_checker_check_path(checker, paths[i], 1, &result);
        print(result);
        free(bytes.bytes);
    }
    lookalike_checker_free(checker);
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 3 && strcmp(argv[1], "json") == 0) {
        return print_reports(argv[2], argc - 3, argv + 3);
    }
    if (argc != 10) {
        fprintf(stderr, "usage: test INDEX STORE LISTED UNLISTED BROKEN PHOTO PIXELS WIDTH HEIGHT\n");
        return 2;
    }
    file listed = read_file(argv[3]), unlisted = read_file(argv[4]), broken = read_file(argv[5]);
    file photo = read_file(argv[6]), pixels = read_file(argv[7]);
    names();
    last_error();
    hashes(listed, pixels, (uint32_t)atoi(argv[8]), (uint32_t)atoi(argv[9]));
    indexes(argv[1], argv[3], argv[5], listed, unlisted, broken);
    options(argv[1], listed, unlisted);
    screening(argv[1], photo);
    stores(argv[2], listed, unlisted, broken);
    free(listed.bytes);
    free(unlisted.bytes);
    free(broken.bytes);
    free(photo.bytes);
    free(pixels.bytes);
    printf("passed %d\n", passed);
    return 0;
}
