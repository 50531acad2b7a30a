//! Whether a store says what it said plus the edits, and nothing else. Nearly all of a store is neither changed nor to be
//! changed: that is compared as it stands, so that only the rest is worked out.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, Edit, Edits, Key, Raw, above, expected};

/// A key that differs between what a store says now and what it said plus the edits.
pub(super) fn differ(before: &dyn Document, after: Option<&dyn Document>, edits: &Edits) -> Option<String> {
    let (was, is) = (listed(before), after.map(listed).unwrap_or_default());
    let about = about(&was, &is, edits);
    let (wanted, found) = (expected(of(&was, &about), edits), of(&is, &about));
    let missing = wanted.iter().find(|(key, raw)| found.get(*key) != Some(raw));
    let key = missing.or_else(|| found.iter().find(|(key, _)| !wanted.contains_key(*key)));
    key.map(|(key, _)| format!("{key} differs"))
}

/// Keys and raws in the order of the keys.
type Listed<'a> = [(Cow<'a, str>, Raw)];

fn listed(document: &dyn Document) -> Vec<(Cow<'_, str>, Raw)> {
    let mut listed = Vec::new();
    document.visit(&mut |key, raw| listed.push((key, raw)));
    // Nearly all are in order, which a stable sort makes use of.
    listed.sort_by(|(one, _), (other, _)| one.cmp(other));
    listed
}

/// The keys that are not the same in both, and those that an edit is about.
fn about<'k>(was: &'k Listed<'_>, is: &'k Listed<'_>, edits: &'k Edits) -> BTreeSet<&'k str> {
    let mut about = BTreeSet::new();
    let (mut left, mut right) = (was, is);
    while let ([one, ones @ ..], [other, others @ ..]) = (left, right) {
        let order = one.0.cmp(&other.0);
        (left, right) = match order {
            Ordering::Less => (ones, right),
            Ordering::Equal => (ones, others),
            Ordering::Greater => (left, others),
        };
        if order.is_ne() || one.1 != other.1 {
            about.insert(if order.is_gt() { &*other.0 } else { &*one.0 });
        }
    }
    about.extend(left.iter().chain(right).map(|(key, _)| &**key));
    for (key, edit) in edits {
        let source = if let Edit::CopyOf(source) = edit { Some(source) } else { None };
        for key in [Some(key), source].into_iter().flatten() {
            about.extend(below(was, key).chain(below(is, key)));
        }
        about.extend(above(key));
    }
    about
}

/// The keys that begin as this one: itself, and all below it.
fn below<'k>(listed: &'k Listed<'_>, key: &Key) -> impl Iterator<Item = &'k str> {
    let from = listed.partition_point(|(known, _)| **known < *key.as_str());
    let after = listed.get(from..).unwrap_or_default().iter().map(|(known, _)| &**known);
    after.take_while(|known| known.starts_with(key.as_str()))
}

/// What is held of some keys.
fn of(listed: &Listed<'_>, keys: &BTreeSet<&str>) -> BTreeMap<Key, Raw> {
    let held = |key: &&str| {
        let at = listed.binary_search_by(|(known, _)| (**known).cmp(*key)).ok()?;
        listed.get(at).map(|(key, raw)| (Key::raw(&**key), raw.clone()))
    };
    keys.iter().filter_map(held).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::differ;
    use crate::document::{Document, Edit, Edits, Key, Raw, Refusal, expected};
    use crate::patch::Patch;

    struct Map(BTreeMap<Key, Raw>);

    impl Document for Map {
        crate::formats::looked_up!(0);

        fn render(&self, _: &Edits) -> Result<Patch, Refusal> {
            Ok(Patch::default())
        }
    }

    /// Some of all that may stand under a few keys, one of which is below another.
    fn some(choice: usize) -> BTreeMap<Key, Raw> {
        let raws = [None, Some(Raw::text("a")), Some(Raw::text("b")), Some(Raw::Other { tag: 1, bytes: Vec::new() })];
        let of = |(at, key): (usize, &str)| Some((Key::raw(key), raws.get(choice >> (2 * at) & 3)?.clone()?));
        ["a", "a/b", "a-", "c", "c/b"].into_iter().enumerate().filter_map(of).collect()
    }

    #[test]
    fn it_is_what_comparing_the_whole_maps_finds() {
        let edits = [
            vec![],
            vec![("a", Edit::Put(Raw::text("b")))],
            vec![("a/b", Edit::Put(Raw::text("a")))],
            vec![("a", Edit::Remove)],
            vec![("c", Edit::CopyOf(Key::raw("a")))],
            vec![("c", Edit::CopyOf(Key::raw("a"))), ("c/b", Edit::Put(Raw::text("b")))],
            vec![("a/b", Edit::Remove), ("a-", Edit::Put(Raw::text("a")))],
        ];
        let edits = edits.map(|edits| edits.into_iter().map(|(key, edit)| (Key::raw(key), edit)).collect::<Edits>());
        let (mut same, mut other) = (0, 0);
        for (edits, before) in edits.iter().flat_map(|edits| (0..1024).map(move |before| (edits, some(before)))) {
            let wanted = expected(before.clone(), edits);
            let before = Map(before);
            // What is right, and what is near it.
            let near = (0..1024).step_by(37).map(some).chain([wanted.clone(), before.0.clone()]);
            for after in near {
                let differs = differ(&before, Some(&Map(after.clone())), edits);
                assert_eq!(differs.is_some(), after != wanted, "{edits:?}: {:?} to {after:?}", before.0);
                if differs.is_none() { same += 1 } else { other += 1 }
            }
        }
        assert!(same > 7000 && other > 7000, "{same} {other}");
    }

    #[test]
    fn a_store_that_is_gone_says_nothing() {
        assert_eq!(differ(&Map(some(1)), None, &Edits::new()), Some("a differs".to_owned()));
        assert_eq!(differ(&Map(some(1)), None, &Edits::from([(Key::raw("a"), Edit::Remove)])), None);
    }
}
