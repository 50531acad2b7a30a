//! A client's lock as a symbolic link to `ADDRESS:PROCESS`, which stays behind where the client is killed.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;

use rustix::fs::readlinkat;

use super::file::named;
use crate::home::StorePath;
use crate::system::Running;
use crate::system::disk::Base;

/// Looks at a link, whose target is nowhere.
pub(super) fn probe(profile: &StorePath, name: &str) -> Running {
    match target(profile, name) {
        Ok(Some(target)) => match parsed(&target) {
            Some((address, process)) if is_ours(address) => match Path::new("/proc").join(process.to_string()).exists() {
                true => Running::Yes(named(process)),
                false => Running::No,
            },
            Some((address, process)) => {
                Running::Unknown(format!("{profile}: the link {name} says that process {process} of {address} has it open"))
            }
            None => Running::No,
        },
        Ok(None) => Running::No,
        Err(error) => Running::Unknown(format!("{profile}: the link {name} can't be looked at: {error}")),
    }
}

fn target(profile: &StorePath, name: &str) -> io::Result<Option<String>> {
    let folder = Base::open(profile.base())?.folder(profile.below())?;
    match readlinkat(&folder, name, Vec::new()) {
        Ok(target) => Ok(target.into_string().ok()),
        // None, or no link.
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::INVAL) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The address and the process of a link. A plus says that another lock counts: such a link is none.
fn parsed(target: &str) -> Option<(Ipv4Addr, i32)> {
    let (address, process) = target.rsplit_once(':')?;
    Some((address.parse().ok()?, process.parse().ok().filter(|_| !process.starts_with('+'))?))
}

/// Whether an address is one of this machine's.
fn is_ours(address: Ipv4Addr) -> bool {
    let routes = std::fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
    address.is_loopback() || is_local(&routes, address)
}

/// Whether the kernel's routes, each an address and below it what it is, have this one as the machine's own.
fn is_local(routes: &str, address: Ipv4Addr) -> bool {
    let mut lines = routes.lines().map(str::trim).skip_while(|line| line.strip_prefix("|-- ") != Some(&address.to_string()));
    lines.nth(1).is_some_and(|kind| kind.ends_with("host LOCAL"))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{is_local, parsed};

    #[test]
    fn a_link_names_an_address_and_a_process() {
        assert_eq!(parsed("10.0.0.7:4711"), Some((Ipv4Addr::new(10, 0, 0, 7), 4711)));
        for other in ["10.0.0.7:+4711", "10.0.0.7", "host:1", "10.0.0.7:x", ""] {
            assert_eq!(parsed(other), None, "{other}");
        }
    }

    #[test]
    fn the_machines_own_addresses_are_local_routes() {
        let routes = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.0.0.0\n        /24 link UNICAST\n     |-- 10.0.0.7\n        /32 host LOCAL\n     |-- 10.0.0.255\n        /32 link BROADCAST\n";
        let local = |last: u8| is_local(routes, Ipv4Addr::new(10, 0, 0, last));
        assert!(local(7));
        assert!(!local(0) && !local(255) && !local(8));
    }
}
