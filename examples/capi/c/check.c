/*
 * Checks picture files against an index or a store: `check INDEX FILE...`.
 *
 * Exit code as of the command line: 0 everything was checked and nothing matched, 1 something matched, 2 could not run, 3 nothing matched but
 * something could not be checked.
 */
#include <lookalike.h>

#include <stdio.h>

/* Prints the message of the last call. */
static void complain(const char *what) {
    char words[512];
    lookalike_last_error(words, sizeof words);
    fprintf(stderr, "check: %s: %s\n", what, words);
}

int main(int argc, char **argv) {
    lookalike_checker *checker = NULL;
    int matched = 0, unchecked = 0;

    if (argc < 3) {
        fprintf(stderr, "usage: check INDEX FILE...\n");
        return 2;
    }
    if (lookalike_abi_version() < LOOKALIKE_ABI_VERSION) {
        fprintf(stderr, "check: the library %s is older than this program\n", lookalike_version());
        return 2;
    }
    /* An index file, or a store, which is followed. Null: the default options. */
    if (lookalike_checker_open(argv[1], NULL, &checker) != LOOKALIKE_STATUS_OK) {
        complain(argv[1]);
        return 2;
    }

    for (int i = 2; i < argc; i++) {
        lookalike_result *result = NULL;
        lookalike_status status = lookalike_checker_check_path(checker, argv[i], 1, &result);
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
    lookalike_checker_free(checker);
    return matched ? 1 : unchecked ? 3 : 0;
}
