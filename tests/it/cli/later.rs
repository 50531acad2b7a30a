//! What goes on later: waiting for clients, trying again what was refused, going on with an operation, and looking whether
//! what one set still stands.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use super::{demo, has, many, run, says, verbs};
use crate::need::{Need, trial};
use crate::world::{Run, World};

pub(super) fn trials() -> Vec<Trial> {
    let needs = &[Need::Unix, Need::Program("python3")];
    vec![
        trial("cli::wait-until-it-ends", needs, wait_until_it_ends),
        trial("cli::wait-in-vain", needs, wait_in_vain),
        trial("cli::retry-refused", needs, retry_refused),
        trial("cli::interrupted-and-in-use", needs, interrupted_and_in_use),
        trial("cli::resume", &[], resume),
        trial("cli::audit-operation", &[], audit_operation),
    ]
}

/// Somebody who holds a profile as its client does; gone when dropped.
struct Running(Child);

impl Running {
    fn start(profile: &Path, seconds: f64) -> Result<Running, Failed> {
        let lock = profile.join(".parentlock");
        let script = "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); \
                      open(sys.argv[1] + '.held', 'w'); time.sleep(float(sys.argv[2]))";
        let mut command = Command::new("python3");
        let child = command.args(["-c", script]).arg(&lock).arg(seconds.to_string()).stdin(Stdio::null()).spawn()?;
        let running = Running(child);
        let held = profile.join(".parentlock.held");
        let until = Instant::now() + Duration::from_secs(20);
        while !held.exists() {
            if Instant::now() > until {
                return Err("the lock is not held".into());
            }
            sleep(Duration::from_millis(10));
        }
        fs::remove_file(held)?;
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const SET: [&str; 3] = ["apply", "--set", "check.every_minutes=9"];

fn on_many(world: &World, words: &[&str]) -> Result<Run, Failed> {
    let (homes, state) = (world.folder().join("homes/*"), world.state.clone());
    world.waxseal(&[words, &["--homes", &homes.to_string_lossy(), "--os", "linux", "--state", &state.to_string_lossy()]].concat())
}

fn profile(world: &World, n: usize) -> std::path::PathBuf {
    world.folder().join(format!("homes/user{n}/.thunderbird/q3v7k1xd.default-release"))
}

fn wait_until_it_ends() -> Result<(), Failed> {
    let world = many::homes(3)?;
    let _running = Running::start(&profile(&world, 1), 3.0)?;
    let run = on_many(&world, &[&SET[..], &["--yes", "--wait", "40s"]].concat())?;
    run.exits(&[0])?;
    has(&run, &run.stderr, "waiting for 1 profile in use, at most ")?;
    has(&run, &run.stdout, "6 accounts in 3 homes: 6 changed (operation 1)\n")?;
    if run.stdout.contains("client-running") || run.stderr.contains("--retry-refused") {
        return Err(run.failed("in the end nothing was refused"));
    }
    let state = world.state.to_string_lossy().into_owned();
    let undo = world.waxseal(&["undo", "--yes", "--state", &state, "--json"])?;
    undo.exits(&[0])?;
    if undo.of_type("summary")?[0]["changed"] == 6 { Ok(()) } else { Err(undo.failed("expected one operation")) }
}

fn wait_in_vain() -> Result<(), Failed> {
    let world = many::homes(2)?;
    let _running = Running::start(&profile(&world, 1), 50.0)?;
    let run = on_many(&world, &[&SET[..], &["--yes", "--wait", "1s", "--json"]].concat())?;
    run.exits(&[3])?;
    let (problems, summary) = (run.of_type("problem")?, run.of_type("summary")?);
    if problems.len() != 1 || problems[0]["code"] != "client-running" {
        return Err(run.failed("expected the problem once"));
    }
    if summary[0]["changed"] != 2 || summary[0]["skipped"] != 2 || summary[0]["accounts"] != 4 {
        return Err(run.failed("expected two changed and two refused"));
    }
    on_many(&world, &[&SET[..], &["--wait", "soon"]].concat())?.exits(&[2])
}

fn retry_refused() -> Result<(), Failed> {
    let world = many::homes(3)?;
    let state = world.state.to_string_lossy().into_owned();
    let again = ["apply", "--retry-refused", "--yes", "--state", &state];
    let none = world.waxseal(&again)?;
    none.exits(&[0])?;
    says(&none, &none.stderr, "nothing to try again: the last apply refused nothing that was in use\n")?;
    let running = Running::start(&profile(&world, 1), 50.0)?;
    let first = on_many(&world, &[&SET[..], &["--yes"]].concat())?;
    first.exits(&[3])?;
    has(&first, &first.stderr, "to try again what was in use: waxseal apply --retry-refused")?;
    let still = world.waxseal(&again)?;
    still.exits(&[4])?;
    has(&still, &still.stdout, "2 accounts in 1 home: 2 refused\n")?;
    drop(running);
    let done = world.waxseal(&again)?;
    done.exits(&[0])?;
    has(&done, &done.stdout, "2 accounts in 1 home: 2 changed (operation 2)\n")?;
    says(&done, &world.waxseal(&again)?.stderr, &none.stderr)?;
    world.waxseal(&["apply", "--retry-refused", "--set", "check.every_minutes=1", "--yes"])?.exits(&[2])
}

/// Nothing new is begun on a profile that can't be recovered yet; what it waits for is said once.
fn interrupted_and_in_use() -> Result<(), Failed> {
    let world = many::homes(2)?;
    let state = world.state.to_string_lossy().into_owned();
    let first = world.folder().join("homes/user0").to_string_lossy().into_owned();
    world.waxseal(&[&SET[..], &["--yes", "--home", &first, "--os", "linux", "--state", &state]].concat())?.exits(&[0])?;
    verbs::interrupt(&world)?;
    let running = Running::start(&profile(&world, 0), 50.0)?;
    let again = ["apply", "--set", "check.every_minutes=7", "--yes", "--json", "--wait", "1s"];
    let run = on_many(&world, &again)?;
    run.exits(&[3])?;
    let problems = run.of_type("problem")?;
    let codes: Vec<&str> = problems.iter().filter_map(|problem| problem["code"].as_str()).collect();
    let summary = run.of_type("summary")?;
    if codes != ["client-running", "interrupted"] || summary[0]["changed"] != 2 || summary[0]["skipped"] != 2 {
        return Err(run.failed("expected one home changed, and the other neither recovered nor changed"));
    }
    let alone = world.waxseal(&["undo", "1", "--yes", "--state", &state])?;
    alone.exits(&[4])?;
    drop(running);
    let done = on_many(&world, &again)?;
    done.exits(&[0])?;
    has(&done, &done.stderr, "recovered: interrupted operation 1 on ")?;
    if done.of_type("summary")?[0]["changed"] == 2 { Ok(()) } else { Err(done.failed("expected the other home")) }
}

fn resume() -> Result<(), Failed> {
    let world = many::homes(3)?;
    // What a run that was cut has done: the first home.
    let state = world.state.to_string_lossy().into_owned();
    let first = world.folder().join("homes/user0").to_string_lossy().into_owned();
    world.waxseal(&[&SET[..], &["--yes", "--home", &first, "--os", "linux", "--state", &state]].concat())?.exits(&[0])?;
    let rest = on_many(&world, &[&SET[..], &["--yes", "--resume", "1"]].concat())?;
    rest.exits(&[0])?;
    has(&rest, &rest.stdout, "4 accounts in 3 homes: 4 changed (operation 1)\n")?;
    let log = world.waxseal(&["log", "--json", "--state", &state])?;
    let operations = log.of_type("operation")?;
    if operations.len() != 1 || operations[0]["done"] != 3 {
        return Err(log.failed("expected one operation with three profiles"));
    }
    let undo = world.waxseal(&["undo", "--yes", "--json", "--state", &state])?;
    undo.exits(&[0])?;
    if undo.of_type("summary")?[0]["changed"] != 6 {
        return Err(undo.failed("expected that all is taken back"));
    }
    let gone = on_many(&world, &[&SET[..], &["--yes", "--resume", "1"]].concat())?;
    gone.exits(&[2])?;
    has(&gone, &gone.stderr, "error: operation 1 was taken back\n")
}

fn audit_operation() -> Result<(), Failed> {
    let world = demo()?;
    run(&world, &["apply", "--set", "check.every_minutes=9", "--yes", "--assume-closed"])?.exits(&[0])?;
    let state = world.state.to_string_lossy().into_owned();
    let words = ["audit", "--operation", "1", "--state", &state];
    let stands = world.waxseal(&words)?;
    stands.exits(&[0])?;
    says(&stands, &stands.stdout, "2 accounts in 1 home: nothing found\n")?;
    let prefs = world.home.join(".thunderbird/q3v7k1xd.default-release/prefs.js");
    let text = fs::read_to_string(&prefs)?;
    fs::write(&prefs, text.replace("server3.check_time\", 9", "server3.check_time\", 2"))?;
    let changed = world.waxseal(&[&words[..], &["--json"]].concat())?;
    changed.exits(&[1])?;
    let findings = changed.of_type("finding")?;
    if findings.len() != 1 || findings[0]["actual"] != 2 || findings[0]["wanted"] != 9 {
        return Err(changed.failed("expected what was changed since"));
    }
    world.waxseal(&["audit", "--operation", "7", "--state", &state])?.exits(&[2])?;
    world.waxseal(&[&words[..], &["--home", "."]].concat())?.exits(&[2])
}
