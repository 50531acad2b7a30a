//! Many homes: what is alike is shown once, in a plan, in what was done, and among problems.

use std::fs;

use libtest_mimic::{Failed, Trial};

use super::{demo, has, says};
use crate::need::{Need, trial};
use crate::world::{Run, World};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("cli::alike", &[], alike),
        trial("cli::alike-problems", &[Need::Unix], alike_problems),
        trial("cli::alike-but-for-logins", &[], alike_but_for_logins),
        trial("cli::homes-by-pattern", &[], by_pattern),
    ]
}

const SET: [&str; 6] = ["--set", "incoming.host=tls.example.org", "--set", "incoming.security=implicit-tls", "--probe", "off"];

/// The sample home, as several people have it.
pub(super) fn homes(count: usize) -> Result<World, Failed> {
    let world = demo()?;
    for n in 0..count {
        let home = world.folder().join(format!("homes/user{n}"));
        super::copy(&world.home, &home)?;
        let profile = home.join(".thunderbird/q3v7k1xd.default-release");
        for path in ["prefs.js", "logins.json", "virtualFolders.dat", "msgFilterRules.dat"] {
            let text = fs::read_to_string(profile.join(path))?;
            fs::write(profile.join(path), text.replace("rosa", &format!("user{n}")))?;
        }
    }
    Ok(world)
}

fn run(world: &World, verb: &str, more: &[&str]) -> Result<Run, Failed> {
    let (pattern, state) = (world.folder().join("homes/*"), world.state.clone());
    let (pattern, state) = (pattern.to_string_lossy(), state.to_string_lossy());
    let mut run = world.waxseal(&[&[verb], more, &["--homes", &pattern, "--os", "linux", "--state", &state]].concat())?;
    run.stdout = run.stdout.replace(&*world.folder().to_string_lossy(), "WORLD");
    Ok(run)
}

fn alike() -> Result<(), Failed> {
    let world = homes(5)?;
    let plan = run(&world, "plan", &SET)?;
    plan.exits(&[0])?;
    let times = |run: &Run, text: &str| run.stdout.matches(text).count();
    let place = |n: usize| format!("WORLD/homes/user{n}/.thunderbird/q3v7k1xd.default-release");
    // Logins differ, and nothing else does.
    if times(&plan, "incoming.host ") != 2 {
        return Err(plan.failed("expected one home's two accounts"));
    }
    let line = format!("\nand 4 more alike: {}, {}, {}, …  (--full shows each)\n", place(1), place(2), place(3));
    has(&plan, &plan.stdout, &line)?;
    has(&plan, &plan.stdout, "\n10 accounts in 5 homes: 10 to change\n")?;
    let full = run(&world, "plan", &[&SET[..], &["--full"]].concat())?;
    if times(&full, "incoming.host ") != 10 || full.stdout.contains("alike") {
        return Err(full.failed("expected every home"));
    }
    let audit = run(&world, "audit", &[])?;
    audit.exits(&[1])?;
    if times(&audit, "incoming.security is cleartext") != 2 {
        return Err(audit.failed("expected one home's two accounts"));
    }
    has(&audit, &audit.stdout, "\nand 4 more alike: ")?;
    has(&audit, &audit.stdout, "\n10 accounts in 5 homes: 10 with findings\n")?;
    // One home differs in a setting: it stands for itself.
    let prefs = world.folder().join("homes/user3/.thunderbird/q3v7k1xd.default-release/prefs.js");
    let text = fs::read_to_string(&prefs)?;
    fs::write(&prefs, text.replace("server1.port\", 110", "server1.port\", 1110"))?;
    let other = run(&world, "plan", &SET)?;
    has(&other, &other.stdout, "  incoming.port      1110 → 995")?;
    has(&other, &other.stdout, &format!("\nand 3 more alike: {}, {}, {}  (", place(1), place(2), place(4)))?;
    let apply = run(&world, "apply", &[&SET[..], &["--yes", "--assume-closed"]].concat())?;
    apply.exits(&[0])?;
    has(&apply, &apply.stdout, "\nand 3 more alike: ")?;
    has(&apply, &apply.stdout, "10 accounts in 5 homes: 10 changed (operation 1)\n")
}

/// A store with a second name is refused; the same in every home.
fn alike_problems() -> Result<(), Failed> {
    let world = homes(4)?;
    for n in 0..4 {
        let prefs = world.folder().join(format!("homes/user{n}/.thunderbird/q3v7k1xd.default-release/prefs.js"));
        fs::hard_link(&prefs, prefs.with_extension("second"))?;
    }
    let refused = run(&world, "apply", &[&SET[..], &["--yes", "--assume-closed"]].concat())?;
    refused.exits(&[3])?;
    let times = refused.stdout.matches("hard-link:").count();
    if times != 1 {
        return Err(refused.failed(&format!("expected the problem once, found it {times} times")));
    }
    has(&refused, &refused.stdout, "and 3 more alike: ")?;
    has(&refused, &refused.stdout, "\n8 accounts in 4 homes: 8 ")
}

/// A table gives each a login of his own: that is no difference.
fn alike_but_for_logins() -> Result<(), Failed> {
    let world = homes(4)?;
    let policy = "[[rule]]\nname = \"logins\"\nprobe = \"off\"\nset.incoming.host = \"tls.example.org\"\n\
                  set.incoming.security = \"implicit-tls\"\nset.incoming.username = \"{csv.login}\"\n";
    fs::write(world.folder().join("p.toml"), policy)?;
    fs::write(world.folder().join("users.csv"), "user,login\nuser0,aa\nuser1,bbb\nuser2,cccc\nuser3,d\n")?;
    let plan = run(&world, "plan", &["--policy", "p.toml", "--users", "users.csv"])?;
    plan.exits(&[0])?;
    has(&plan, &plan.stdout, "\nand 3 more alike: ")?;
    has(&plan, &plan.stdout, "\n8 accounts in 4 homes: 8 to change\n")
}

fn by_pattern() -> Result<(), Failed> {
    let world = homes(3)?;
    let list = run(&world, "list", &[])?;
    list.exits(&[0])?;
    let order: Vec<&str> = list.stdout.lines().filter_map(|line| line.split_once("/homes/")?.1.split('/').next()).collect();
    says(&list, &order.join(" "), "user0 user0 user1 user1 user2 user2")?;
    has(&list, &list.stdout, "6 accounts in 3 homes\n")?;
    let nobody = world.waxseal(&["list", "--homes", &world.folder().join("no*").to_string_lossy()])?;
    nobody.exits(&[2])?;
    has(&nobody, &nobody.stderr, "error: no folder fits ")
}
