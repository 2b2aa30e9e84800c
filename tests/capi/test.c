/*
 * The C interface, used as a program would and as a careless one would: `test INDEX STORE LISTED UNLISTED BROKEN PIXELS WIDTH HEIGHT`.
 *
 * LISTED is on the list "hotline" as entry "7"; PIXELS are the grey pixels of LISTED. Ends with 0 and "passed N", or says what failed.
 */
#include <lookalike.h>

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
    REFUSES(lookalike_index_open(NULL, 0, NULL));
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

static void matches(const lookalike_lookup *lookup, file listed, file unlisted, file broken) {
    lookalike_result *result = NULL;
    lookalike_result_info_t info;
    lookalike_match found;
    lookalike_hashes hashes;
    char words[400];
    size_t len = 0;

    IS(lookalike_check_file(lookup, listed.bytes, listed.len, NULL, &result), MATCH);
    IS(lookalike_result_info(result, &info), OK);
    CHECK(info.status == LOOKALIKE_STATUS_MATCH && info.matches >= 1 && info.quality >= 50 && info.frames_looked_at == 1);
    CHECK(info.hash_bytes == 32 && info.profile == 1);
    IS(lookalike_result_match(result, 0, &found), OK);
    CHECK(found.list.len == 7 && memcmp(found.list.bytes, "hotline", 7) == 0);
    CHECK(found.entry.len == 1 && found.entry.bytes[0] == '7' && found.distance == 0 && found.role == 0 && found.by == 0);
    REFUSES(lookalike_result_match(result, info.matches, &found));
    REFUSES(lookalike_result_match(result, SIZE_MAX, &found));
    REFUSES(lookalike_result_match(result, 0, NULL));
    REFUSES(lookalike_result_match(NULL, 0, &found));
    REFUSES(lookalike_result_held(result, 0, &found));
    REFUSES(lookalike_result_info(result, NULL));
    IS(lookalike_result_evidence(result, words, sizeof words, &len), OK);
    CHECK(len > 0 && strstr(words, "\"outcome\":\"match\"") != NULL);
    IS(lookalike_result_evidence(result, NULL, 0, &len), OK);
    IS(lookalike_result_detail(result, words, 1, NULL), OK);
    CHECK(words[0] == 0);
    lookalike_result_free(result);
    lookalike_result_free(NULL);

    IS(lookalike_check_file(lookup, listed.bytes, listed.len, NULL, NULL), MATCH);
    IS(lookalike_check_file(lookup, unlisted.bytes, unlisted.len, NULL, &result), NO_MATCH);
    IS(lookalike_result_info(result, &info), OK);
    CHECK(info.matches == 0 && info.held == 0);
    lookalike_result_free(result);
    IS(lookalike_check_file(lookup, broken.bytes, broken.len, NULL, &result), CORRUPT);
    CHECK(lookalike_last_error(words, sizeof words) > 0);
    IS(lookalike_result_detail(result, words, sizeof words, &len), OK);
    CHECK(len > 0 && strlen(words) == len);
    IS(lookalike_result_info(result, &info), OK);
    CHECK(info.quality == -1 && info.hash_bytes == 0);
    lookalike_result_free(result);
    IS(lookalike_check_file(lookup, (const uint8_t *)"no picture", 10, NULL, NULL), UNSUPPORTED);
    result = (lookalike_result *)&info; /* must not be left as it is */
    REFUSES(lookalike_check_file(NULL, listed.bytes, listed.len, NULL, &result));
    CHECK(result == NULL);
    REFUSES(lookalike_check_file(lookup, NULL, 4, NULL, &result));
    REFUSES(lookalike_check_file(NULL, NULL, 0, NULL, NULL));

    IS(lookalike_hash_file(listed.bytes, listed.len, 1, NULL, &hashes), OK);
    IS(lookalike_look_up(lookup, &hashes, &result), MATCH);
    IS(lookalike_result_match(result, 0, &found), OK);
    CHECK(found.distance == 0 && found.transform == 0);
    lookalike_result_free(result);
    hashes.quality = 10;
    IS(lookalike_look_up(lookup, &hashes, NULL), LOW_QUALITY);
    hashes.quality = 101;
    REFUSES(lookalike_look_up(lookup, &hashes, NULL));
    hashes.quality = 100;
    hashes.count = 9;
    REFUSES(lookalike_look_up(lookup, &hashes, NULL));
    hashes.count = 0;
    REFUSES(lookalike_look_up(lookup, &hashes, NULL));
    hashes.count = 1;
    hashes.hash_bytes = 8;
    REFUSES(lookalike_look_up(lookup, &hashes, NULL));
    hashes.hash_bytes = 32;
    hashes.profile = 2;
    IS(lookalike_look_up(lookup, &hashes, NULL), WRONG_PROFILE);
    hashes.profile = 999;
    REFUSES(lookalike_look_up(lookup, &hashes, NULL));
    REFUSES(lookalike_look_up(lookup, NULL, NULL));
    REFUSES(lookalike_look_up(NULL, &hashes, NULL));
    IS(lookalike_hash_file(unlisted.bytes, unlisted.len, 1, NULL, &hashes), OK);
    IS(lookalike_look_up(lookup, &hashes, NULL), NO_MATCH);
}

static void indexes(const char *path, file listed, file unlisted, file broken) {
    lookalike_snapshot *snapshot = NULL;
    lookalike_lookup *lookup = NULL;
    lookalike_lookup_options options;
    lookalike_snapshot_info_t info;
    file index = read_file(path);
    char name[16];
    size_t len = 0;
    uint64_t entries = 0;

    for (uint32_t mode = 0; mode < 4; mode++) {
        IS(lookalike_index_open(path, mode, &snapshot), OK);
        IS(lookalike_snapshot_info(snapshot, &info), OK);
        CHECK(info.generation == 0 && info.profile == 1 && info.lists == 1 && info.hashes > 0);
        IS(lookalike_snapshot_list(snapshot, 0, name, sizeof name, &len, &entries), OK);
        CHECK(strcmp(name, "hotline") == 0 && len == 7 && entries == info.hashes);
        IS(lookalike_snapshot_list(snapshot, 0, name, 4, NULL, NULL), OK);
        CHECK(strcmp(name, "hot") == 0);
        REFUSES(lookalike_snapshot_list(snapshot, 1, name, sizeof name, NULL, NULL));
        IS(lookalike_lookup_new(snapshot, NULL, &lookup), OK);
        lookalike_snapshot_free(snapshot);
        matches(lookup, listed, unlisted, broken);
        lookalike_lookup_free(lookup);
    }
    REFUSES(lookalike_index_open(path, 4, &snapshot));
    CHECK(snapshot == NULL);
    IS(lookalike_index_open("/nowhere/at/all", 1, &snapshot), IO);
    CHECK(snapshot == NULL);
    REFUSES(lookalike_index_open(path, 1, NULL));

    for (int copy = 0; copy < 2; copy++) {
        IS(lookalike_index_from_memory(index.bytes, index.len, copy, &snapshot), OK);
        IS(lookalike_lookup_new(snapshot, NULL, &lookup), OK);
        lookalike_snapshot_free(snapshot);
        if (copy) {
            memset(index.bytes, 0xff, index.len);
        }
        matches(lookup, listed, unlisted, broken);
        lookalike_lookup_free(lookup);
    }
    IS(lookalike_index_from_memory(index.bytes, index.len, 0, &snapshot), REFUSED);
    free(index.bytes);
    index = read_file(path);
    IS(lookalike_index_from_memory(index.bytes, index.len - 1, 0, &snapshot), REFUSED);
    IS(lookalike_index_from_memory(NULL, 0, 1, &snapshot), REFUSED);
    REFUSES(lookalike_index_from_memory(NULL, 9, 1, &snapshot));
    REFUSES(lookalike_index_from_memory(index.bytes, index.len, 1, NULL));
    free(index.bytes);

    IS(lookalike_index_open(path, 0, &snapshot), OK);
    IS(lookalike_lookup_options_init(&options), OK);
    REFUSES(lookalike_lookup_options_init(NULL));
    options.radius = 257;
    REFUSES(lookalike_lookup_new(snapshot, &options, &lookup));
    CHECK(lookup == NULL);
    options.radius = 31;
    options.minimum_quality = 101;
    REFUSES(lookalike_lookup_new(snapshot, &options, &lookup));
    options.minimum_quality = 50;
    options.views = 9;
    REFUSES(lookalike_lookup_new(snapshot, &options, &lookup));
    options.views = 0;
    options.policy = "no = policy";
    IS(lookalike_lookup_new(snapshot, &options, &lookup), POLICY_REFUSED);
    options.policy = "version = 1\n[quorum]\nlists = 2\n";
    IS(lookalike_lookup_new(snapshot, &options, &lookup), POLICY_REFUSED);
    options.policy = "version = 1\n[[list]]\nname = \"hotline\"\naction = \"hide\"\nradius = 10\n";
    IS(lookalike_lookup_new(snapshot, &options, &lookup), OK);
    {
        lookalike_result *result = NULL;
        lookalike_match found;
        IS(lookalike_check_file(lookup, listed.bytes, listed.len, NULL, &result), MATCH);
        IS(lookalike_result_match(result, 0, &found), OK);
        CHECK(found.action.len == 4 && memcmp(found.action.bytes, "hide", 4) == 0);
        lookalike_result_free(result);
    }
    lookalike_lookup_free(lookup);
    options.struct_bytes = 1;
    REFUSES(lookalike_lookup_new(snapshot, &options, &lookup));
    REFUSES(lookalike_lookup_new(NULL, NULL, &lookup));
    REFUSES(lookalike_lookup_new(snapshot, NULL, NULL));
    lookalike_snapshot_free(snapshot);
    lookalike_snapshot_free(NULL);
    lookalike_lookup_free(NULL);
}

typedef struct {
    const lookalike_lookup *lookup;
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
        if (lookalike_look_up(own->lookup, &listed, NULL) != LOOKALIKE_STATUS_MATCH ||
            lookalike_look_up(own->lookup, &unlisted, NULL) != LOOKALIKE_STATUS_NO_MATCH) {
            own->failed = 1;
        }
    }
    return NULL;
}

static void stores(const char *path, const char *index, file listed, file unlisted, file broken) {
    lookalike_store *store = NULL;
    lookalike_snapshot *snapshot = NULL;
    lookalike_lookup *lookup = NULL;
    lookalike_store_info_t info;
    lookalike_snapshot_info_t held;
    pthread_t threads[8];
    worker workers[8];
    int is_new = 7;
    char words[64];

    IS(lookalike_store_open(path, 0, &store), OK);
    IS(lookalike_store_info(store, &info), OK);
    CHECK(info.generation >= 2 && info.has_failed == 0);
    IS(lookalike_store_reload(store, &is_new), OK);
    CHECK(is_new == 0);
    IS(lookalike_store_reload(store, NULL), OK);
    IS(lookalike_store_failure(store, words, sizeof words, NULL), OK);
    CHECK(words[0] == 0);
    IS(lookalike_store_snapshot(store, &snapshot), OK);
    IS(lookalike_snapshot_info(snapshot, &held), OK);
    CHECK(held.generation == info.generation);
    lookalike_snapshot_free(snapshot);
    IS(lookalike_lookup_of_store(store, NULL, &lookup), OK);
    IS(lookalike_store_watch(store, 1), OK);
    matches(lookup, listed, unlisted, broken);
    for (int i = 0; i < 8; i++) {
        workers[i].lookup = lookup;
        workers[i].listed = listed;
        workers[i].unlisted = unlisted;
        workers[i].failed = 0;
        CHECK(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < 8; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(!workers[i].failed);
    }
    IS(lookalike_store_watch(store, 0), OK);
    IS(lookalike_store_watch(store, 5), OK);
    lookalike_store_free(store);
    IS(lookalike_check_file(lookup, listed.bytes, listed.len, NULL, NULL), MATCH);
    lookalike_lookup_free(lookup);
    lookalike_store_free(NULL);

    IS(lookalike_store_open(index, 0, &store), REFUSED);
    IS(lookalike_store_open("/", 0, &store), REFUSED);
    CHECK(store == NULL);
    REFUSES(lookalike_store_open(NULL, 0, &store));
    REFUSES(lookalike_store_open(path, 0, NULL));
    REFUSES(lookalike_store_open(path, 77, &store));
    REFUSES(lookalike_store_reload(NULL, NULL));
    REFUSES(lookalike_store_watch(NULL, 5));
    REFUSES(lookalike_store_snapshot(NULL, &snapshot));
    REFUSES(lookalike_store_info(NULL, &info));
    REFUSES(lookalike_store_failure(NULL, words, sizeof words, NULL));
    REFUSES(lookalike_lookup_of_store(NULL, NULL, &lookup));
}

int main(int argc, char **argv) {
    if (argc != 9) {
        fprintf(stderr, "usage: test INDEX STORE LISTED UNLISTED BROKEN PIXELS WIDTH HEIGHT\n");
        return 2;
    }
    file listed = read_file(argv[3]), unlisted = read_file(argv[4]), broken = read_file(argv[5]), pixels = read_file(argv[6]);
    names();
    last_error();
    hashes(listed, pixels, (uint32_t)atoi(argv[7]), (uint32_t)atoi(argv[8]));
    indexes(argv[1], listed, unlisted, broken);
    stores(argv[2], argv[1], listed, unlisted, broken);
    free(listed.bytes);
    free(unlisted.bytes);
    free(broken.bytes);
    free(pixels.bytes);
    printf("passed %d\n", passed);
    return 0;
}
