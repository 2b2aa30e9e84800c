//! What a worker gives up before it sees the first file: everything but computing, and two pipes.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use landlock::{ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetStatus, Scope};
use lookalike::decode::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

/// What holds a worker, beside limits of its memory, time and files, which always do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sandbox {
    /// Whether the kernel ends a worker at any system call that decoding does not take.
    pub seccomp: bool,
    /// Whether the kernel refuses it the file system and the network.
    pub landlock: bool,
}

impl Sandbox {
    pub(crate) fn to_byte(self) -> u8 {
        u8::from(self.seccomp) | u8::from(self.landlock) << 1
    }

    pub(crate) fn of_byte(byte: u8) -> Option<Self> {
        (byte < 4).then_some(Self { seccomp: byte & 1 != 0, landlock: byte & 2 != 0 })
    }
}

impl fmt::Display for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.seccomp, self.landlock) {
            (true, true) => "seccomp, landlock and resource limits",
            (true, false) => "seccomp and resource limits, without landlock",
            (false, true) => "landlock and resource limits, without seccomp",
            (false, false) => "resource limits alone, without seccomp and landlock",
        })
    }
}

/// Memory of a worker beside what the limits count: the program itself, its stack, the rows of the longest sides, grids.
const BASE: u64 = 256 << 20;

/// How much address space a worker has for files inside these limits.
pub(crate) fn memory(limits: &Limits) -> u64 {
    // An oriented picture may be turned, as RGB; a pixel takes a byte at least.
    let turned = limits.max_pixels.min(limits.max_alloc_bytes).saturating_mul(3);
    BASE.saturating_add(limits.max_file_bytes).saturating_add(limits.max_alloc_bytes).saturating_add(turned)
}

/// Gives everything up for good. The caller has one thread.
///
/// # Errors
///
/// When a limit cannot be set: without those there is no worker. What the kernel lacks is told.
pub(crate) fn enter(memory: u64) -> io::Result<Sandbox> {
    rustix::thread::set_no_new_privs(true)?;
    limit(Resource::As, memory)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Nproc, 0)?;
    // Takes a file of its own, the last one.
    let landlock = landlock();
    limit(Resource::Nofile, 0)?;
    // The first look at a clock asks the kernel where it is, by a call that the filter forbids.
    let _ = clock_gettime(ClockId::ProcessCPUTime);
    let seccomp = seccomp_filter().is_some_and(|filter| seccompiler::apply_filter(&filter).is_ok());
    Ok(Sandbox { seccomp, landlock })
}

/// Sets a limit that cannot be raised again; a lower one stays.
fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let most = Some(getrlimit(resource).maximum.map_or(most, |maximum| maximum.min(most)));
    Ok(setrlimit(resource, Rlimit { current: most, maximum: most })?)
}

/// Lets this process compute for so many seconds from now; then the kernel ends it.
pub(crate) fn allow_seconds(seconds: u32) -> io::Result<()> {
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    let most = used.saturating_add(seconds.into()).saturating_add(1);
    let maximum = getrlimit(Resource::Cpu).maximum;
    let current = Some(maximum.map_or(most, |maximum| maximum.min(most)));
    Ok(setrlimit(Resource::Cpu, Rlimit { current, maximum })?)
}

/// No path, no port, no signal to others, as far as the kernel knows these.
fn landlock() -> bool {
    let restrict = || {
        let rules = Ruleset::default().handle_access(AccessFs::from_all(ABI::V6))?;
        let rules = rules.handle_access(AccessNet::from_all(ABI::V6))?.scope(Scope::from_all(ABI::V6))?;
        rules.create()?.restrict_self()
    };
    restrict().is_ok_and(|status: landlock::RestrictionStatus| status.ruleset != RulesetStatus::NotEnforced)
}

/// The system calls that decoding takes; every other one ends the process. None where no filter is made for the processor.
fn seccomp_filter() -> Option<BpfProgram> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    let own = u64::from(std::process::id());
    let no_code = || argument(2, SeccompCmpOp::MaskedEq(PROT_EXEC), 0);
    let is = |number, value| argument(number, SeccompCmpOp::Eq, value);
    let any = Vec::new;
    let calls = [
        // the two pipes, and what the standard library says before it aborts
        (libc::SYS_read, vec![SeccompRule::new(vec![is(0, 0)?]).ok()?]),
        (libc::SYS_write, vec![SeccompRule::new(vec![is(0, 1)?]).ok()?, SeccompRule::new(vec![is(0, 2)?]).ok()?]),
        // memory, none of which can be run
        (libc::SYS_mmap, vec![SeccompRule::new(vec![no_code()?]).ok()?]),
        (libc::SYS_mprotect, vec![SeccompRule::new(vec![no_code()?]).ok()?]),
        (libc::SYS_munmap, any()),
        (libc::SYS_mremap, any()),
        (libc::SYS_madvise, any()),
        (libc::SYS_brk, any()),
        // time, chance, locks
        (libc::SYS_clock_gettime, any()),
        (libc::SYS_getrandom, any()),
        (libc::SYS_futex, any()),
        (libc::SYS_sched_yield, any()),
        (libc::SYS_restart_syscall, any()),
        // its own limit of processor time (`allow_seconds`)
        (libc::SYS_prlimit64, vec![SeccompRule::new(vec![is(0, 0)?, is(1, libc::RLIMIT_CPU.into())?]).ok()?]),
        // its end, by itself or by a signal that it sends to itself
        (libc::SYS_exit, any()),
        (libc::SYS_exit_group, any()),
        (libc::SYS_rt_sigaction, any()),
        (libc::SYS_rt_sigprocmask, any()),
        (libc::SYS_rt_sigreturn, any()),
        (libc::SYS_sigaltstack, any()),
        (libc::SYS_getpid, any()),
        (libc::SYS_gettid, any()),
        (libc::SYS_tgkill, vec![SeccompRule::new(vec![is(0, own)?]).ok()?]),
    ];
    let calls: BTreeMap<_, _> = calls.into_iter().collect();
    let filter = SeccompFilter::new(calls, SeccompAction::KillProcess, SeccompAction::Allow, arch).ok()?;
    BpfProgram::try_from(filter).ok()
}

/// The bit of a page whose bytes can be run.
const PROT_EXEC: u64 = 4;

fn argument(number: u8, op: SeccompCmpOp, value: u64) -> Option<SeccompCondition> {
    SeccompCondition::new(number, SeccompCmpArgLen::Dword, op, value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_can_be_made_here_and_says_what_is_active() {
        assert_eq!(seccomp_filter().is_some(), ["x86_64", "aarch64", "riscv64"].contains(&std::env::consts::ARCH));
        for byte in 0..4 {
            assert_eq!(Sandbox::of_byte(byte).unwrap().to_byte(), byte);
        }
        assert_eq!(Sandbox::of_byte(4), None);
    }
}
