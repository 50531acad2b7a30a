use std::ffi::CString;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

use tempfile::TempDir;

use super::Disk;
use super::open::{Base, by_component};
use crate::home::StorePath;
use crate::system::{Reader, Refusal, What, Writer, refusal};

/// A home of this process's user.
fn own() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A home of another user; only root can make one.
fn foreign() -> Option<TempDir> {
    let home = own();
    chown(home.path(), Some(12345), Some(12345)).ok().map(|()| home)
}

fn at(home: &TempDir, path: &str) -> StorePath {
    StorePath::root(home.path()).join(path).unwrap()
}

fn put(home: &TempDir, path: &str, bytes: &str) {
    let path = home.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn replace(target: &StorePath, bytes: &[u8]) -> std::io::Result<()> {
    let disk = Disk::new();
    let staged = disk.stage(target, ".new", bytes)?;
    disk.sync(std::slice::from_ref(&staged))?;
    disk.publish(&staged)?;
    disk.settle(&[staged.target.parent()])
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_is_absent_is_none_and_what_is_no_file_is_refused() {
    let home = own();
    put(&home, "a/file", "x");
    let disk = Disk::new();
    assert_eq!(disk.read(&at(&home, "a/file")).unwrap(), Some(b"x".to_vec()));
    assert_eq!(disk.read(&at(&home, "a/none")).unwrap(), None);
    assert_eq!(disk.read(&at(&home, "a/file/below")).unwrap(), None);
    assert_eq!(disk.list(&at(&home, "none")).unwrap(), []);
    assert_eq!(refusal(&disk.read(&at(&home, "a")).unwrap_err()), Some(Refusal::NotAFile));
    let pipe = CString::new(home.path().join("pipe").to_str().unwrap()).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, pipe.as_c_str(), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(home.path().join("socket")).unwrap();
    for name in ["pipe", "socket"] {
        assert_eq!(refusal(&disk.read(&at(&home, name)).unwrap_err()), Some(Refusal::NotAFile), "{name}");
    }
    assert!(disk.stage(&at(&home, "pipe"), ".new", b"y").is_err());
    fs::File::create(home.path().join("huge")).unwrap().set_len((256 << 20) + 1).unwrap();
    assert_eq!(refusal(&disk.read(&at(&home, "huge")).unwrap_err()), Some(Refusal::TooLarge((256 << 20) + 1)));
}

#[test]
fn a_folder_lists_its_names_in_order() {
    let home = own();
    put(&home, "b", "");
    put(&home, "a/x", "");
    symlink("b", home.path().join("c")).unwrap();
    symlink("a", home.path().join("d")).unwrap();
    let listed = |home| Disk::new().list(&StorePath::root(home)).unwrap();
    let pair = |name: &str, what| (name.into(), what);
    let own = [pair("a", What::Folder), pair("b", What::File), pair("c", What::File), pair("d", What::Other)];
    assert_eq!(listed(home.path()), own);
    if chown(home.path(), Some(12345), None).is_ok() {
        assert_eq!(listed(home.path())[2..], [pair("c", What::Other), pair("d", What::Other)]);
    }
}

#[test]
fn on_ones_own_home_a_link_stays_and_its_target_is_written() {
    let (home, elsewhere) = (own(), own());
    put(&home, "dotfiles/prefs.js", "old");
    put(&elsewhere, "rc", "old");
    put(&home, "mail/x", "");
    symlink("../dotfiles/prefs.js", home.path().join("mail/prefs.js")).unwrap();
    symlink(elsewhere.path().join("rc"), home.path().join("mail/rc")).unwrap();
    symlink("nowhere", home.path().join("mail/dangling")).unwrap();
    for (link, target) in [("mail/prefs.js", home.path().join("dotfiles/prefs.js")), ("mail/rc", elsewhere.path().join("rc"))] {
        assert_eq!(Disk::new().read(&at(&home, link)).unwrap(), Some(b"old".to_vec()));
        let staged = Disk::new().stage(&at(&home, link), ".beside", b"new").unwrap();
        assert_eq!(fs::read(target.with_file_name(".beside")).unwrap(), b"new");
        assert_eq!(fs::read(&target).unwrap(), b"old");
        Disk::new().publish(&staged).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert!(fs::symlink_metadata(home.path().join(link)).unwrap().is_symlink());
    }
    assert_eq!(Disk::new().place(&at(&home, "mail/prefs.js")).unwrap(), at(&home, "dotfiles/prefs.js"));
    assert_eq!(refusal(&Disk::new().stage(&at(&home, "mail/dangling"), ".t", b"").unwrap_err()), Some(Refusal::Link));
    assert_eq!(Disk::new().resolve(&at(&home, "mail/rc")), elsewhere.path().join("rc"));
}

#[test]
fn on_another_users_home_no_link_is_followed() {
    let Some(home) = foreign() else { return };
    let outside = own();
    put(&outside, "secret", "s");
    put(&home, "mail/prefs.js", "p");
    symlink(outside.path().join("secret"), home.path().join("mail/link")).unwrap();
    symlink(outside.path(), home.path().join("out")).unwrap();
    symlink("mail", home.path().join("inside")).unwrap();
    let disk = Disk::new();
    assert_eq!(disk.read(&at(&home, "mail/prefs.js")).unwrap(), Some(b"p".to_vec()));
    for path in ["mail/link", "out/secret", "inside/prefs.js"] {
        assert_eq!(refusal(&disk.read(&at(&home, path)).unwrap_err()), Some(Refusal::Link), "{path}");
        assert!(disk.stage(&at(&home, path), ".new", b"x").is_err(), "{path}");
        assert!(disk.remove(&at(&home, path.strip_prefix("mail/").map_or(path, |_| "out/secret"))).is_err(), "{path}");
    }
    assert!(disk.list(&at(&home, "out")).is_err());
    assert_eq!(names(outside.path()), ["secret"]);
    assert_eq!(names(&home.path().join("mail")), ["link", "prefs.js"]);
    fs::hard_link(outside.path().join("secret"), home.path().join("planted")).unwrap();
    assert_eq!(refusal(&disk.read(&at(&home, "planted")).unwrap_err()), Some(Refusal::NotOfThisHome));
}

#[test]
fn the_walk_of_old_kernels_follows_no_link_either() {
    use rustix::fs::{Mode, OFlags};
    let home = own();
    put(&home, "a/b/file", "x");
    symlink("a", home.path().join("link")).unwrap();
    symlink("file", home.path().join("a/b/link")).unwrap();
    let root = fs::File::open(home.path()).unwrap().into();
    let open = |path| by_component(&root, Path::new(path), OFlags::RDONLY, Mode::empty());
    assert!(open("a/b/file").is_ok());
    assert!(open(".").is_ok());
    for path in ["link/b/file", "a/b/link"] {
        assert_eq!(open(path).unwrap_err(), rustix::io::Errno::LOOP, "{path}");
    }
    assert_eq!(open("a/none/file").unwrap_err(), rustix::io::Errno::NOENT);
}

#[test]
fn a_second_name_is_refused_and_a_taken_temp_name_is_kept() {
    let home = own();
    put(&home, "a", "a");
    put(&home, ".new", "not ours");
    assert_eq!(replace(&at(&home, "a"), b"b").unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(home.path().join(".new")).unwrap(), b"not ours");
    fs::remove_file(home.path().join(".new")).unwrap();
    fs::hard_link(home.path().join("a"), home.path().join("b")).unwrap();
    assert_eq!(refusal(&replace(&at(&home, "a"), b"b").unwrap_err()), Some(Refusal::HardLink));
    assert_eq!(names(home.path()), ["a", "b"]);
}

#[test]
fn mode_owner_acl_and_attributes_are_kept() {
    let Some(home) = foreign() else { return };
    put(&home, "store", "old");
    let store = home.path().join("store");
    chown(&store, Some(12345), Some(23456)).unwrap();
    let acl = std::process::Command::new("setfacl").args(["-m", "u:999:r,g:998:rw"]).arg(&store).status();
    fs::set_permissions(&store, fs::Permissions::from_mode(0o4664)).unwrap();
    let set = |name, value| rustix::fs::setxattr(&store, name, value, rustix::fs::XattrFlags::empty());
    let attributes = set("user.note", b"kept").is_ok();
    let get = |name: &str| {
        let mut value = [0; 256];
        rustix::fs::getxattr(&store, name, &mut value).map(|length| value[..length].to_vec()).ok()
    };
    let before = get("system.posix_acl_access");
    assert_eq!(before.is_some(), acl.is_ok_and(|status| status.success()));
    replace(&at(&home, "store"), b"new").unwrap();
    let found = fs::metadata(&store).unwrap();
    assert_eq!((found.uid(), found.gid(), found.mode() & 0o7777), (12345, 23456, 0o4664));
    assert_eq!(get("system.posix_acl_access"), before);
    assert_eq!(get("user.note"), attributes.then(|| b"kept".to_vec()));
    assert_eq!(fs::read(&store).unwrap(), b"new");
}

#[test]
fn what_the_folder_would_add_by_itself_is_taken_off() {
    let home = own();
    put(&home, "store", "old");
    let status = std::process::Command::new("setfacl").args(["-d", "-m", "u:999:rw"]).arg(home.path()).status();
    if !status.is_ok_and(|status| status.success()) {
        return;
    }
    replace(&at(&home, "store"), b"new").unwrap();
    let acl = rustix::fs::getxattr(home.path().join("store"), "system.posix_acl_access", &mut [0; 256]);
    assert_eq!(acl, Err(rustix::io::Errno::NODATA));
}

#[test]
fn a_new_store_belongs_to_its_folders_owner_alone() {
    let Some(home) = foreign() else { return };
    replace(&at(&home, "store"), b"new").unwrap();
    let found = fs::metadata(home.path().join("store")).unwrap();
    assert_eq!((found.uid(), found.gid(), found.mode() & 0o7777), (12345, 12345, 0o600));
}

#[test]
fn a_root_is_listed_whole_by_each_who_asks() {
    let home = own();
    (0..300).for_each(|n| fs::write(home.path().join(format!("a-name-that-takes-some-room-{n}")), "").unwrap());
    let base = Base::open(home.path()).unwrap();
    let names = |base: &Base| base.list(Path::new("")).unwrap();
    let first = names(&base);
    assert_eq!(first.len(), 300);
    std::thread::scope(|threads| (0..8).for_each(|_| drop(threads.spawn(|| assert_eq!(names(&base), first)))));
}

#[test]
fn many_files_are_synced_together_and_removed_one_by_one() {
    let home = own();
    let disk = Disk::new();
    let stage = |n: usize| disk.stage(&at(&home, &format!("store{n}")), &format!(".t{n}"), b"x").unwrap();
    fs::create_dir(home.path().join("a")).unwrap();
    let staged: Vec<_> = (0..20).map(stage).collect();
    disk.sync(&staged).unwrap();
    staged.iter().for_each(|staged| disk.publish(staged).unwrap());
    disk.settle(&[at(&home, "a"), at(&home, "a"), at(&home, "gone")]).unwrap();
    assert_eq!(names(home.path()).len(), 21);
    disk.remove(&at(&home, "store3")).unwrap();
    disk.remove(&at(&home, "store3")).unwrap();
    disk.remove(&at(&home, "none/store")).unwrap();
    assert_eq!(names(home.path()).len(), 20);
    assert!(disk.sync(&staged[..1]).is_err());
    assert!(disk.publish(&staged[0]).is_err());
    assert!(disk.remove(&at(&home, "a")).is_err());
}
