use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::home::{Home, Os, StorePath};
use crate::system::{Disk, Guard, Held, Reader, Running, Sign, Writer};

const LOCK: &[Sign] = &[Sign::LockFile(".parentlock")];

fn home() -> (TempDir, Home, StorePath) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home { path: folder.path().to_owned(), os: Some(Os::Linux), live: true };
    let profile = StorePath::root(folder.path()).join("profile").unwrap();
    fs::create_dir(profile.full()).unwrap();
    (folder, home, profile)
}

/// A client: another process with a write lock of its own on the file.
fn client(lock: &Path) -> Child {
    let program = "import fcntl, sys\nf = open(sys.argv[1], 'w')\nfcntl.lockf(f, fcntl.LOCK_EX)\nprint('held', flush=True)\nsys.stdin.read()";
    let mut command = Command::new("python3");
    command.args(["-c", program]).arg(lock).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "held\n");
    child
}

fn end(mut child: Child) {
    drop(child.stdin.take());
    child.wait().unwrap();
}

fn refused(home: &Home, profile: &StorePath, signs: &[Sign], assume_closed: bool) -> Held {
    Disk::new().hold(home, profile, signs, assume_closed).map(drop).unwrap_err()
}

/// Holds what has just been let go. Another test that starts a program has this one's lock too, until it is that program.
fn held_again(home: &Home, profile: &StorePath, signs: &[Sign]) -> Box<dyn Guard> {
    let mut tries = 50;
    loop {
        match Disk::new().hold(home, profile, signs, false) {
            Err(Held::Waxseal(_)) if tries > 0 => {
                tries -= 1;
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            held => return held.unwrap(),
        }
    }
}

#[test]
fn a_client_that_holds_its_lock_runs_and_is_named() {
    let (_folder, home, profile) = home();
    let lock = profile.full().join(".parentlock");
    assert_eq!(Disk::new().running(&home, &profile, LOCK), Running::No);
    assert!(!lock.exists());
    let child = client(&lock);
    let comm = fs::read_to_string(format!("/proc/{}/comm", child.id())).unwrap();
    let who = format!("{}, process {}", comm.trim_end(), child.id());
    assert_eq!(Disk::new().running(&home, &profile, LOCK), Running::Yes(who.clone()));
    match refused(&home, &profile, LOCK, true) {
        Held::Client(running) => assert_eq!(running, Running::Yes(who)),
        held => panic!("{held:?}"),
    }
    end(child);
    assert_eq!(Disk::new().running(&home, &profile, LOCK), Running::No);
    Disk::new().hold(&home, &profile, LOCK, false).unwrap();
}

#[test]
fn while_it_is_held_no_client_gets_the_lock() {
    let (_folder, home, profile) = home();
    let lock = profile.full().join(".parentlock");
    let guard = Disk::new().hold(&home, &profile, LOCK, false).unwrap();
    // Another descriptor of this process that closes takes nothing away.
    drop(fs::File::open(&lock).unwrap());
    assert_eq!(Disk::new().running(&home, &profile, LOCK), Running::No);
    let attempt = || {
        let program = "import fcntl, sys\nf = open(sys.argv[1], 'w')\nfcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)";
        let run = Command::new("python3").args(["-c", program]).arg(&lock).stderr(Stdio::null()).status();
        run.unwrap().success()
    };
    assert!(!attempt());
    drop(guard);
    assert!(attempt());
    assert!(lock.exists());
}

#[test]
fn two_waxseals_never_hold_one_profile() {
    let (_folder, home, profile) = home();
    for signs in [LOCK, &[]] {
        let first = Disk::new();
        let guard = first.hold(&home, &profile, signs, false).unwrap();
        match refused(&home, &profile, signs, true) {
            Held::Waxseal(who) => assert!(who.ends_with(&format!("process {}", std::process::id())), "{who}"),
            held => panic!("{held:?}"),
        }
        drop(guard);
        drop(held_again(&home, &profile, signs));
    }
}

#[test]
fn one_waxseal_holds_two_profiles_of_one_folder() {
    let (_folder, home, profile) = home();
    let disk = Disk::new();
    let one = disk.hold(&home, &profile, &[], false).unwrap();
    let two = disk.hold(&home, &profile, &[], false).unwrap();
    drop(one);
    assert!(matches!(refused(&home, &profile, &[], false), Held::Waxseal(_)));
    drop(two);
    drop(held_again(&home, &profile, &[]));
}

#[test]
fn a_profile_that_is_a_file_is_held_by_its_folder() {
    let (folder, home, _) = home();
    fs::write(folder.path().join("rc"), "").unwrap();
    let profile = StorePath::root(folder.path()).join("rc").unwrap();
    let disk = Disk::new();
    let _guard = disk.hold(&home, &profile, &[], false).unwrap();
    assert!(matches!(refused(&home, &StorePath::root(folder.path()), &[], false), Held::Waxseal(_)));
}

#[test]
fn a_lock_is_made_for_the_owner_of_its_folder() {
    let (folder, home, profile) = home();
    if chown(profile.full(), Some(12345), Some(23456)).is_err() || chown(folder.path(), Some(12345), None).is_err() {
        return;
    }
    drop(Disk::new().hold(&home, &profile, LOCK, false).unwrap());
    let made = fs::metadata(profile.full().join(".parentlock")).unwrap();
    assert_eq!((made.uid(), made.gid(), made.mode() & 0o133), (12345, 23456, 0));
    // A planted link is no lock.
    fs::remove_file(profile.full().join(".parentlock")).unwrap();
    std::os::unix::fs::symlink("/nonexistent/made", profile.full().join(".parentlock")).unwrap();
    assert!(matches!(refused(&home, &profile, LOCK, true), Held::Io(_)));
    assert!(matches!(Disk::new().running(&home, &profile, LOCK), Running::Unknown(_)));
}

#[test]
fn the_lock_of_another_system_tells_nothing() {
    let (_folder, home, profile) = home();
    let home = Home { os: Some(Os::Windows), live: false, ..home };
    assert!(matches!(Disk::new().running(&home, &profile, LOCK), Running::Unknown(_)));
    assert!(matches!(refused(&home, &profile, LOCK, false), Held::Client(Running::Unknown(_))));
    Disk::new().hold(&home, &profile, LOCK, true).unwrap();
    assert!(!profile.full().join(".parentlock").exists());
    let home = Home { os: None, ..home };
    assert_eq!(Disk::new().running(&home, &profile, LOCK), Running::No);
}

#[test]
fn a_process_counts_when_it_is_the_owners() {
    let (folder, home, profile) = home();
    let program = folder.path().join("waxseal-long-client-name");
    fs::copy("/bin/sleep", &program).unwrap();
    let signs = &[Sign::Process(&["waxseal-long-client-name"])];
    let running = |home: &Home| Disk::new().running(home, &profile, signs);
    assert_eq!(running(&home), Running::No);
    let mut child = Command::new(&program).arg("60").spawn().unwrap();
    // The child is let go a moment before the system has given it its new name.
    let comm = format!("/proc/{}/comm", child.id());
    while fs::read_to_string(&comm).unwrap() != "waxseal-long-cl\n" {
        std::thread::yield_now();
    }
    let who = format!("waxseal-long-cl, process {}", child.id());
    assert_eq!(running(&home), Running::Yes(who));
    assert!(matches!(running(&Home { live: false, ..home.clone() }), Running::Unknown(_)));
    if chown(folder.path(), Some(12345), None).is_ok() {
        assert_eq!(running(&home), Running::No);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn socket(home: &Home, _: &StorePath, owner: u32) -> Option<PathBuf> {
    Some(home.path.join(format!("socket-{owner}")))
}

#[test]
fn a_socket_that_answers_is_a_client() {
    let (_folder, home, profile) = home();
    let signs = &[Sign::Socket(socket)];
    assert_eq!(Disk::new().running(&home, &profile, signs), Running::No);
    let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&home.path).unwrap());
    let listener = UnixListener::bind(home.path.join(format!("socket-{owner}"))).unwrap();
    assert!(matches!(Disk::new().running(&home, &profile, signs), Running::Yes(_)));
    assert!(matches!(refused(&home, &profile, signs, true), Held::Client(Running::Yes(_))));
    drop(listener);
    assert_eq!(Disk::new().running(&home, &profile, signs), Running::No);
}

#[test]
fn a_link_counts_while_its_process_runs() {
    let (_folder, home, profile) = home();
    let link = profile.full().join("lock");
    let running = |target: &str| {
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(target, &link).unwrap();
        Disk::new().running(&home, &profile, &[Sign::Link("lock")])
    };
    assert_eq!(Disk::new().running(&home, &profile, &[Sign::Link("lock")]), Running::No);
    assert!(matches!(running(&format!("127.0.0.1:{}", std::process::id())), Running::Yes(_)));
    assert!(matches!(running("192.0.2.1:4711"), Running::Unknown(_)));
    assert_eq!(running("127.0.0.1:999999999"), Running::No);
    assert_eq!(running("elsewhere"), Running::No);
    fs::remove_file(&link).unwrap();
    fs::write(&link, "127.0.0.1:1").unwrap();
    assert_eq!(Disk::new().running(&home, &profile, &[Sign::Link("lock")]), Running::No);
}

#[test]
fn one_yes_is_enough_and_a_free_lock_settles_it() {
    let (_folder, home, profile) = home();
    let home = Home { live: false, ..home };
    let both = &[Sign::Process(&["x"]), Sign::LockFile("lock")];
    assert_eq!(Disk::new().running(&home, &profile, both), Running::No);
    assert!(matches!(Disk::new().running(&home, &profile, &both[..1]), Running::Unknown(_)));
    let child = client(&profile.full().join("lock"));
    assert!(matches!(Disk::new().running(&home, &profile, both), Running::Yes(_)));
    end(child);
}
