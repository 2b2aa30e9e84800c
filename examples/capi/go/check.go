// Checks picture files against an index or a store by the C library: `check INDEX FILE...`.
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

// Checker compares pictures with lists. It is shared by any number of goroutines.
type Checker struct{ checker *C.lookalike_checker }

// Entry is a listed picture that looks like the one that was checked.
type Entry struct {
	List, ID, Transform string
	Distance            int
}

// Answer is the outcome of a picture. Only "no_match" means clean.
type Answer struct {
	Outcome string
	Checked bool
	Why     string
	Entries []Entry
}

// The message of this thread's last call.
func lastError() string {
	var words [512]C.char
	C.lookalike_last_error(&words[0], C.size_t(len(words)))
	return C.GoString(&words[0])
}

// Open makes a checker of an index file, or of a store, which is followed.
func Open(path string) (*Checker, error) {
	// The message of the last call is kept for each thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var checker *C.lookalike_checker
	if C.lookalike_checker_open(name, nil, &checker) != C.LOOKALIKE_STATUS_OK {
		return nil, errors.New(path + ": " + lastError())
	}
	return &Checker{checker}, nil
}

// Close frees the checker, when nothing uses it any more.
func (checker *Checker) Close() { C.lookalike_checker_free(checker.checker) }

// Check checks a picture file.
func (checker *Checker) Check(picture []byte) Answer {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var bytes *C.uint8_t
	if len(picture) > 0 {
		bytes = (*C.uint8_t)(unsafe.Pointer(&picture[0]))
	}
	var result *C.lookalike_result
	status := C.lookalike_checker_check(checker.checker, bytes, C.size_t(len(picture)), &result)
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
	checker, err := Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(2)
	}
	defer checker.Close()
	matched, unchecked := false, false
	for _, path := range os.Args[2:] {
		picture, err := os.ReadFile(path)
		if err != nil {
			fmt.Printf("%s: unreadable\n", path)
			fmt.Fprintln(os.Stderr, "check:", err)
			unchecked = true
			continue
		}
		answer := checker.Check(picture)
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
