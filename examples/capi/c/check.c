/*
 * Checks picture files against an index: `check INDEX FILE...`.
 *
 * Exit code as of the command line: 0 everything was checked and nothing matched, 1 something matched, 2 could not run, 3 nothing matched but
 * something could not be checked.
 */
#include <lookalike.h>

#include <stdio.h>
#include <stdlib.h>

/* What the last call had to say. */
static void complain(const char *what) {
    char words[512];
    lookalike_last_error(words, sizeof words);
    fprintf(stderr, "check: %s: %s\n", what, words);
}

/* Reads a file, up to a limit that is larger than what the library takes. Null, with a message, where that fails. */
static uint8_t *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    size_t room = 0;
    *len = 0;
    if (file == NULL) {
        perror(path);
        return NULL;
    }
    for (;;) {
        if (*len == room) {
            size_t more = room == 0 ? 65536 : room * 2;
            uint8_t *grown = more > ((size_t)1 << 30) ? NULL : realloc(bytes, more);
            if (grown == NULL) {
                fprintf(stderr, "%s: too large\n", path);
                break;
            }
            bytes = grown;
            room = more;
        }
        size_t got = fread(bytes + *len, 1, room - *len, file);
        *len += got;
        if (got == 0) {
            if (ferror(file)) {
                perror(path);
                break;
            }
            fclose(file);
            return bytes;
        }
    }
    free(bytes);
    fclose(file);
    return NULL;
}

int main(int argc, char **argv) {
    lookalike_snapshot *index = NULL;
    lookalike_lookup *lookup = NULL;
    int matched = 0, unchecked = 0;

    if (argc < 3) {
        fprintf(stderr, "usage: check INDEX FILE...\n");
        return 2;
    }
    if (lookalike_abi_version() < LOOKALIKE_ABI_VERSION) {
        fprintf(stderr, "check: the library %s is older than this program\n", lookalike_version());
        return 2;
    }
    if (lookalike_index_open(argv[1], LOOKALIKE_OPEN_MODE_DEFAULT, &index) != LOOKALIKE_STATUS_OK) {
        complain(argv[1]);
        return 2;
    }
    if (lookalike_lookup_new(index, NULL, &lookup) != LOOKALIKE_STATUS_OK) {
        complain(argv[1]);
        lookalike_snapshot_free(index);
        return 2;
    }
    /* The lookup keeps what it needs. */
    lookalike_snapshot_free(index);

    for (int i = 2; i < argc; i++) {
        size_t len;
        uint8_t *bytes = read_file(argv[i], &len);
        if (bytes == NULL) {
            printf("%s: unreadable\n", argv[i]);
            unchecked = 1;
            continue;
        }
        lookalike_result *result = NULL;
        lookalike_status status = lookalike_check_file(lookup, bytes, len, NULL, &result);
        free(bytes);
        printf("%s: %s\n", argv[i], lookalike_status_name(status));
        if (!lookalike_status_was_checked(status)) {
            unchecked = 1;
            complain(argv[i]);
        }
        if (status == LOOKALIKE_STATUS_MATCH) {
            lookalike_result_info_t info;
            matched = 1;
            lookalike_result_info(result, &info);
            for (size_t number = 0; number < info.matches; number++) {
                lookalike_match found;
                if (lookalike_result_match(result, number, &found) == LOOKALIKE_STATUS_OK) {
                    printf("  %.*s %.*s, %u bits, %s\n", (int)found.list.len, found.list.bytes, (int)found.entry.len,
                           found.entry.bytes, found.distance, lookalike_transform_name(found.transform));
                }
            }
        }
        lookalike_result_free(result);
    }
    lookalike_lookup_free(lookup);
    return matched ? 1 : unchecked ? 3 : 0;
}
