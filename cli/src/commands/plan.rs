//! `waxseal plan`: what would change. Writes nothing but the plan file that is asked for.

use std::cell::RefCell;
use std::collections::HashSet;
use std::thread;

use waxseal::problem::{Code, Problem};
use waxseal::report::{Counts, Outcome};
use waxseal::system::Disk;

use super::plans;
use crate::args::Plan;
use crate::exit::{DONE, PENDING, Stop, Tally};
use crate::plan_file::PlanFile;
use crate::view::{self, Sum, Summary};
use crate::{homes, policy, state};

/// Plans.
pub(crate) fn run(args: &Plan) -> Result<u8, Stop> {
    if let Some(pattern) = &args.why {
        return super::why::run(args, pattern);
    }
    let policy = policy::from(&args.rules, &args.accounts)?;
    let homes = homes::from(&args.homes)?;
    state::look(&args.state);
    let mut file = args.out.as_deref().map(PlanFile::create).transpose()?;
    let system = Disk::new();
    let mut view = view::on_stdout(&args.output);
    let mut counts = Counts::default();
    let mut tally = Tally::default();
    let hidden: RefCell<Vec<Problem>> = RefCell::default();
    let none = HashSet::new();
    thread::scope(|threads| -> Result<(), Stop> {
        for plan in plans(threads, &system, &homes, &policy, &none, |problem| hidden.borrow_mut().push(problem.clone())) {
            for problem in hidden.take() {
                tally.problem(&problem);
                view.problem(&problem)?;
            }
            counts.add(&plan, if plan.is_empty() { &Outcome::Unchanged } else { &Outcome::Changed });
            tally.plan(&plan);
            if args.rules.strict && plan.accounts.iter().any(|account| !account.unsupported.is_empty()) {
                tally.problem(&Problem::new(Code::Unsupported, ""));
            }
            view.plan(&plan)?;
            file.as_mut().map(|file| file.add(&plan)).transpose()?;
        }
        Ok(())
    })?;
    for problem in hidden.take() {
        tally.problem(&problem);
        view.problem(&problem)?;
    }
    file.map(PlanFile::finish).transpose()?;
    counts.homes = homes.seen();
    let changed = counts.changed;
    view.summary(&Summary { of: Sum::Plan, counts, operation: None })?;
    view.flush()?;
    Ok(match tally.code(changed, false) {
        DONE if args.check && changed > 0 => PENDING,
        code => code,
    })
}
