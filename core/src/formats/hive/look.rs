//! A look for one key, without finding all the others: whether a hive is worth opening. Knows no values.

use super::base;
use super::cells::{Bins, u32_at};
use super::names;
use super::records::{self, Kind, nk};

/// Whether there is a key at a path, in which `*` stands for every name. Where a hive is damaged there may be one.
pub(crate) fn may_have(bytes: &[u8], path: &str) -> bool {
    let Ok(base) = base::parse(bytes) else { return true };
    let bins = Bins::new(base::bins(bytes, &base));
    // A hive has no more keys than that: where more are looked at, it runs in circles.
    let mut look = Look { bins, left: bins.len() / 8, name: String::new() };
    look.is_below(base.root, &path.split('/').collect::<Vec<_>>()).unwrap_or(true)
}

struct Look<'a> {
    bins: Bins<'a>,
    left: usize,
    name: String,
}

impl Look<'_> {
    fn is_below(&mut self, key: u32, path: &[&str]) -> Option<bool> {
        let Some((part, rest)) = path.split_first() else { return Some(true) };
        let record = records::record(self.bins, key, b"nk")?;
        let mut subkeys = Vec::new();
        if u32_at(record, nk::SUBKEYS)? > 0 {
            self.list(u32_at(record, nk::SUBKEY_LIST)?, &mut subkeys, true)?;
        }
        for subkey in subkeys {
            self.left = self.left.checked_sub(1)?;
            self.name.clear();
            records::key_name(records::record(self.bins, subkey, b"nk")?, &mut self.name)?;
            if (*part == "*" || names::same(part, &self.name)) && self.is_below(subkey, rest)? {
                return Some(true);
            }
        }
        Some(false)
    }

    fn list(&mut self, at: u32, subkeys: &mut Vec<u32>, may_be_root: bool) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        let record = self.bins.cell(at)?;
        let kind = Kind::of(record)?;
        let (offsets, _) = records::list(record, kind);
        match kind {
            Kind::Root if may_be_root => offsets.into_iter().try_for_each(|at| self.list(at, subkeys, false)),
            Kind::Root => None,
            _ => {
                subkeys.extend(offsets);
                Some(())
            }
        }
    }
}
