//! Processes of Windows by the name of their program. Whose they are is not asked: another user's client can't run in this
//! home, but what can't be told apart is taken for it.

use winsafe::{HPROCESSLIST, co};

use crate::system::Running;

/// Whether a program of one of these names runs, letter case aside.
pub(super) fn named(names: &[&str]) -> Running {
    let unknown = |error: co::ERROR| Running::Unknown(format!("the processes of this system can't be listed: {error}"));
    let mut list = match HPROCESSLIST::CreateToolhelp32Snapshot(co::TH32CS::SNAPPROCESS, None) {
        Ok(list) => list,
        Err(error) => return unknown(error),
    };
    for entry in list.iter_processes() {
        match entry {
            Ok(entry) if names.iter().any(|name| entry.szExeFile().eq_ignore_ascii_case(name)) => {
                return Running::Yes(format!("{}, process {}", entry.szExeFile(), entry.th32ProcessID));
            }
            Ok(_) => {}
            Err(error) => return unknown(error),
        }
    }
    Running::No
}
