//! `lookalike list convert`: any list to the documented JSONL.

use lookalike::lists::jsonl;

use crate::args::ListConvertArgs;
use crate::exit::{Exit, Failure};
use crate::lists;
use crate::output::Output;
use crate::summary::{counted, grouped};

pub(super) fn run(args: &ListConvertArgs) -> Result<Exit, Failure> {
    by_width!(args.profile, convert(args))
}

fn convert<const N: usize>(args: &ListConvertArgs) -> Result<Exit, Failure> {
    let specs = args.lists.iter().map(|argument| lists::parse(argument)).collect::<Result<Vec<_>, _>>()?;
    let mut out = Output::open(Some(&args.output))?;
    let name = out.name().to_owned();
    for spec in &specs {
        let mut written = Ok(());
        let read = lists::read::<N>(spec, args.profile, &mut |record| {
            written = jsonl::write(record, args.profile, &mut out);
            if written.is_ok() { Ok(()) } else { Err("cannot be written".to_owned()) }
        });
        if written.is_err() {
            return Output::ended(&name, written).map(|()| Exit::Clean);
        }
        let tally = read?;
        let summary = &tally.summary;
        let bad = grouped(tally.bad_count());
        eprintln!(
            "{}: {}, {}, {bad} quarantined, {} left out",
            tally.name,
            crate::summary::entries(summary.entries()),
            counted(summary.withdrawals(), "withdrawal"),
            grouped(summary.left_out()),
        );
    }
    Output::ended(&name, out.finish()).map(|()| Exit::Clean)
}
