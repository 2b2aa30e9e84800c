//! Workers from outside: that they say what decoding in this process says, and what becomes of files whose workers die.
//!
//! The tests start this program as their worker, so it has a `main` of its own; arguments choose tests by parts of their names.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stdout,
    reason = "tests may panic, and run where std is"
)]

#[cfg(target_os = "linux")]
mod deaths;
#[cfg(target_os = "linux")]
mod same;
#[cfg(target_os = "linux")]
mod support;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    if let Some(code) = decode_worker::run_if_asked() {
        return code;
    }
    let tests: [(&str, fn()); 13] = [
        ("calls_are_the_same_and_to_the_same_bit", same::calls_are_the_same_and_to_the_same_bit),
        ("malformed_files_end_the_same", same::malformed_files_end_the_same),
        ("a_client_that_breaks_gets_no_more", same::a_client_that_breaks_gets_no_more),
        ("a_kill_in_mid_file_is_its_outcome_alone", deaths::a_kill_in_mid_file_is_its_outcome_alone),
        ("a_worker_that_hangs_is_killed_in_time", deaths::a_worker_that_hangs_is_killed_in_time),
        ("a_bomb_is_stopped_by_the_limit_of_memory", deaths::a_bomb_is_stopped_by_the_limit_of_memory),
        ("the_sandbox_forbids_all_but_decoding", deaths::the_sandbox_forbids_all_but_decoding),
        ("every_end_is_told", deaths::every_end_is_told),
        ("what_is_no_worker_is_an_error_at_the_start", deaths::what_is_no_worker_is_an_error_at_the_start),
        ("nonsense_is_a_dead_worker", deaths::nonsense_is_a_dead_worker),
        ("a_worker_that_died_idle_costs_no_file", deaths::a_worker_that_died_idle_costs_no_file),
        ("a_client_that_panics_leaves_the_pool_whole", deaths::a_client_that_panics_leaves_the_pool_whole),
        ("a_thousand_files_with_random_kills_lose_nothing", deaths::a_thousand_files_with_random_kills_lose_nothing),
    ];
    let wanted: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let mut failed = 0;
    for (name, test) in tests {
        if wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str())) {
            let ended = std::panic::catch_unwind(test);
            println!("test {name} ... {}", if ended.is_ok() { "ok" } else { "FAILED" });
            failed += u8::from(ended.is_err());
        }
    }
    support::assert_no_process_is_left();
    std::process::ExitCode::from(u8::from(failed > 0))
}

#[cfg(not(target_os = "linux"))]
fn main() {}
