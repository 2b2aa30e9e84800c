// Checks picture files against an index by the C library: `check INDEX FILE...`.
//
// Build with CGO_CFLAGS and CGO_LDFLAGS as `pkg-config --cflags --libs lookalike` prints them. Exit code as of the command line: 0 everything was
// checked and nothing matched, 1 something matched, 2 could not run, 3 nothing matched but something could not be checked.
package main

/*
#include <lookalike.h>
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"
)

// Lists is an index, opened for looking up by any number of goroutines.
type Lists struct{ lookup *C.lookalike_lookup }

// Entry is a listed picture that looks like the one that was checked.
type Entry struct {
	List, ID, Transform string
	Distance            int
}

// Answer is what became of a picture. Only "no_match" may be taken for clean.
type Answer struct {
	Outcome string
	Checked bool
	Why     string
	Entries []Entry
}

// What a call of this thread had to say.
func lastError() string {
	var words [512]C.char
	C.lookalike_last_error(&words[0], C.size_t(len(words)))
	return C.GoString(&words[0])
}

// Open opens an index file.
func Open(path string) (*Lists, error) {
	// What the last call had to say is kept for each thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var snapshot *C.lookalike_snapshot
	if C.lookalike_index_open(name, C.LOOKALIKE_OPEN_MODE_DEFAULT, &snapshot) != C.LOOKALIKE_STATUS_OK {
		return nil, errors.New(path + ": " + lastError())
	}
	defer C.lookalike_snapshot_free(snapshot)
	var lookup *C.lookalike_lookup
	if C.lookalike_lookup_new(snapshot, nil, &lookup) != C.LOOKALIKE_STATUS_OK {
		return nil, errors.New(path + ": " + lastError())
	}
	return &Lists{lookup}, nil
}

// Close frees the index, when nobody uses it any more.
func (lists *Lists) Close() { C.lookalike_lookup_free(lists.lookup) }

// Check checks a picture file.
func (lists *Lists) Check(picture []byte) Answer {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var bytes *C.uint8_t
	if len(picture) > 0 {
		bytes = (*C.uint8_t)(unsafe.Pointer(&picture[0]))
	}
	var result *C.lookalike_result
	status := C.lookalike_check_file(lists.lookup, bytes, C.size_t(len(picture)), nil, &result)
	answer := Answer{
		Outcome: C.GoString(C.lookalike_status_name(C.int32_t(status))),
		Checked: C.lookalike_status_was_checked(C.int32_t(status)) != 0,
		Why:     lastError(),
	}
	if result == nil {
		return answer
	}
	defer C.lookalike_result_free(result)
	var info C.lookalike_result_info_t
	C.lookalike_result_info(result, &info)
	for number := C.size_t(0); number < info.matches; number++ {
		var found C.lookalike_match
		if C.lookalike_result_match(result, number, &found) == C.LOOKALIKE_STATUS_OK {
			answer.Entries = append(answer.Entries, Entry{
				List:      C.GoStringN(found.list.bytes, C.int(found.list.len)),
				ID:        C.GoStringN(found.entry.bytes, C.int(found.entry.len)),
				Transform: C.GoString(C.lookalike_transform_name(found.transform)),
				Distance:  int(found.distance),
			})
		}
	}
	return answer
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: check INDEX FILE...")
		os.Exit(2)
	}
	lists, err := Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(2)
	}
	defer lists.Close()
	matched, unchecked := false, false
	for _, path := range os.Args[2:] {
		picture, err := os.ReadFile(path)
		if err != nil {
			fmt.Printf("%s: unreadable\n", path)
			fmt.Fprintln(os.Stderr, "check:", err)
			unchecked = true
			continue
		}
		answer := lists.Check(picture)
		fmt.Printf("%s: %s\n", path, answer.Outcome)
		if !answer.Checked {
			fmt.Fprintf(os.Stderr, "check: %s: %s\n", path, answer.Why)
			unchecked = true
		}
		for _, entry := range answer.Entries {
			fmt.Printf("  %s %s, %d bits, %s\n", entry.List, entry.ID, entry.Distance, entry.Transform)
		}
		matched = matched || answer.Outcome == "match"
	}
	switch {
	case matched:
		os.Exit(1)
	case unchecked:
		os.Exit(3)
	}
}
