//! The law that every format keeps, checked over many edits: what comes back is what was there plus the edits, taking it
//! back restores every byte, and no edit is no change. Knows no format.

use std::collections::BTreeMap;

use crate::document::{Edit, Edits, Key, Open, Raw, expected};

/// A small generator of numbers that look random and are the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Checks the law for these edits; the new bytes, unless they were refused.
pub(crate) fn check(open: Open, bytes: &[u8], edits: &Edits) -> Option<Vec<u8>> {
    let shown = || format!("{edits:?}\nover {:?}", String::from_utf8_lossy(bytes));
    let document = open(bytes).ok()?;
    let entries = document.entries();
    let spelled = |(key, edit): (&Key, &Edit)| {
        let edit = if let Edit::CopyOf(from) = edit { Edit::CopyOf(document.canonical(from)) } else { edit.clone() };
        (document.canonical(key), edit)
    };
    let edits = &edits.iter().map(spelled).collect::<Edits>();
    for (key, raw) in &entries {
        assert_eq!(document.get(key).as_ref(), Some(raw), "get of {key} in {}", shown());
    }
    assert_eq!(document.keys(""), entries.keys().cloned().collect::<Vec<_>>(), "keys of {}", shown());
    assert!(document.render(&Edits::new()).unwrap().is_empty(), "no edit changes nothing: {}", shown());
    let same: Edits = entries.iter().map(|(key, raw)| (key.clone(), Edit::Put(raw.clone()))).collect();
    assert!(document.render(&same).unwrap().is_empty(), "the same raws change nothing: {}", shown());
    let patch = document.render(edits).ok()?;
    let new = patch.apply(bytes);
    let text = String::from_utf8_lossy(&new);
    let reopened = open(&new).unwrap_or_else(|refusal| panic!("{refusal}: {text:?} from {}", shown()));
    assert_eq!(reopened.entries(), expected(entries, edits), "{text:?} from {}", shown());
    assert_eq!(patch.invert(bytes).apply(&new), bytes, "taken back: {}", shown());
    let again = reopened
        .render(&edits.iter().filter(|(_, edit)| matches!(edit, Edit::Put(_))).map(|(k, e)| (k.clone(), e.clone())).collect());
    assert!(again.unwrap().is_empty(), "a second time there is nothing to do: {text:?} from {}", shown());
    Some(new)
}

/// Checks the law over seeds, mutated and edited at random; how many edit sets were rendered.
pub(crate) fn check_many(open: Open, seeds: &[&[u8]], pieces: &[&[u8]], keys: &[&str], raws: &[Raw], rounds: u64) -> usize {
    let mut rendered = 0;
    for round in 0..rounds {
        let dice = &mut Dice::new(round + 1);
        let mut bytes = dice.pick(seeds).to_vec();
        for _ in 0..dice.below(5) {
            let at = dice.below(bytes.len() + 1);
            let end = (at + dice.below(4)).min(bytes.len());
            let piece = dice.pick(pieces).to_vec();
            bytes.splice(at..end, piece);
        }
        let known: Vec<Key> = open(&bytes).map(|document| document.keys("")).unwrap_or_default();
        let edits = edits(dice, &known, keys, raws);
        rendered += usize::from(check(open, &bytes, &edits).is_some());
    }
    rendered
}

fn edits(dice: &mut Dice, known: &[Key], keys: &[&str], raws: &[Raw]) -> Edits {
    let mut edits: Edits = BTreeMap::new();
    for _ in 0..dice.below(5) {
        let known_key = known.get(dice.below(known.len() * 2 + 1)).cloned();
        let key = known_key.clone().unwrap_or_else(|| Key::raw(*dice.pick(keys)));
        let edit = match dice.below(6) {
            0 | 1 => Edit::Remove,
            2 => Edit::CopyOf(known.get(dice.below(known.len())).cloned().unwrap_or_else(|| Key::raw(*dice.pick(keys)))),
            _ => Edit::Put(dice.pick(raws).clone()),
        };
        edits.insert(key, edit);
    }
    edits
}

/// The bytes after these edits, checked like the others; what a refusal says.
pub(crate) fn edited(open: Open, bytes: &[u8], edits: &[(&str, Edit)]) -> Result<Vec<u8>, String> {
    let edits: Edits = edits.iter().map(|(key, edit)| (Key::raw(*key), edit.clone())).collect();
    let document = open(bytes).unwrap();
    let patch = document.render(&edits).map_err(|refusal| refusal.message)?;
    let after = patch.apply(bytes);
    assert_eq!(open(&after).unwrap().entries(), expected(document.entries(), &edits));
    assert_eq!(patch.invert(bytes).apply(&after), bytes);
    Ok(after)
}
