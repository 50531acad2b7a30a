//! What a case says about itself: `case.toml` and `expect.toml`, both written by hand.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use libtest_mimic::Failed;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::readers::accounts_db::folded;
use crate::readers::{Found, read};
use crate::world::{Node, Tree};

/// `case.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// The value of `--os`.
    pub(crate) os: String,
    /// More flags of plan and apply.
    #[serde(default)]
    pub(crate) flags: Vec<String>,
    /// The exit code of apply.
    #[serde(default)]
    pub(crate) exit: i32,
    /// The codes of all problems, in any order, each once.
    #[serde(default)]
    pub(crate) problems: BTreeSet<String>,
    /// Folders of the home that hold nothing.
    #[serde(default)]
    pub(crate) folders: Vec<String>,
}

/// `expect.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    #[serde(default, rename = "file")]
    pub(crate) files: Vec<File>,
    #[serde(default, rename = "consequence")]
    pub(crate) consequences: Vec<Consequence>,
}

/// What one file of the changed home says. Keys that stand in neither list say what they said before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Its path in the home.
    pub(crate) path: String,
    /// Who reads it; not for one that stays the same.
    #[serde(default)]
    pub(crate) reader: String,
    /// Not a byte differs.
    #[serde(default)]
    pub(crate) same: bool,
    /// It wasn't there before.
    #[serde(default)]
    pub(crate) made: bool,
    /// It goes: what it held is in the store that it lay beside.
    #[serde(default)]
    pub(crate) gone: bool,
    /// Keys and their values.
    #[serde(default)]
    pub(crate) set: Found,
    /// Keys that aren't there.
    #[serde(default)]
    pub(crate) absent: BTreeSet<String>,
    /// New keys whose text can't be foreseen: a fresh id in braces.
    #[serde(default)]
    pub(crate) fresh: BTreeSet<String>,
    /// Keys that stay as they are, to say so aloud.
    #[serde(default)]
    pub(crate) kept: Found,
}

/// What the plan says about an account in plain words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consequence {
    pub(crate) account: String,
    /// The name of the profile's folder, where several have such an account.
    pub(crate) profile: Option<String>,
    pub(crate) password_asked_again: Option<String>,
    pub(crate) mail_fetched_again: Option<String>,
}

/// Reads one of the two files.
pub(crate) fn load<T: DeserializeOwned>(path: &Path) -> Result<T, Failed> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
}

impl Expect {
    /// Fails unless the changed home reads as expected, and nothing else changed.
    pub(crate) fn check(&self, before: &Tree, after: &Tree, changed: &[String]) -> Result<(), Failed> {
        let mut wrong: Vec<String> = Vec::new();
        for path in changed {
            if !self.files.iter().any(|file| file.path == *path && !file.same) {
                wrong.push(format!("{path}: changed, but expect.toml doesn't say so"));
            }
        }
        for file in &self.files {
            file.check(before, after, &mut wrong)?;
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
    }
}

impl File {
    fn check(&self, before: &Tree, after: &Tree, wrong: &mut Vec<String>) -> Result<(), Failed> {
        let path = &self.path;
        if self.gone {
            bytes(before, path)?;
            return if after.contains_key(path) { Err(format!("{path}: still there").into()) } else { Ok(()) };
        }
        let new = bytes(after, path)?;
        if self.same {
            let old = bytes(before, path)?;
            if !(self.set.is_empty() && self.absent.is_empty() && self.fresh.is_empty()) {
                return Err(format!("expect.toml: {path}: the same, yet with keys").into());
            }
            if old != new {
                wrong.push(format!("{path}: changed, expected the same bytes"));
            }
            return Ok(());
        }
        let (old, new) = (self.old(before)?, read(&self.reader, new)?);
        for (key, expected) in self.set.iter().chain(&self.kept) {
            if new.get(key) != Some(expected) {
                wrong.push(format!("{path}: {key}: found {:?}, expected {expected:?}", new.get(key)));
            }
        }
        for key in self.kept.keys().filter(|key| old.get(*key) != new.get(*key)) {
            wrong.push(format!("{path}: {key}: was {:?}, should be kept", old.get(key)));
        }
        for key in self.absent.iter().filter(|key| new.contains_key(*key)) {
            wrong.push(format!("{path}: {key}: found {:?}, expected none", new.get(key)));
        }
        for key in &self.fresh {
            let value = new.get(key).and_then(|value| value.as_str()).unwrap_or_default();
            if value.len() != BLANK.len() || !value.starts_with('{') || old.values().any(|old| old.as_str() == Some(value)) {
                wrong.push(format!("{path}: {key}: found {:?}, expected a fresh id", new.get(key)));
            }
        }
        let named = |key: &String| self.set.contains_key(key) || self.absent.contains(key) || self.fresh.contains(key);
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys.into_iter().filter(|key| old.get(*key) != new.get(*key) && !named(key)) {
            wrong.push(format!("{path}: {key}: was {:?}, is {:?}, unasked", old.get(key), new.get(key)));
        }
        Ok(())
    }

    /// The bytes of it before; none of one that was made.
    fn before<'a>(&self, tree: &'a Tree) -> Result<&'a [u8], Failed> {
        match self.made {
            true if tree.contains_key(&self.path) => Err(format!("expect.toml: {}: made, yet it was there", self.path).into()),
            true => Ok(b""),
            false => bytes(tree, &self.path),
        }
    }

    /// What the file said before, with what lay beside it.
    pub(crate) fn old(&self, before: &Tree) -> Result<Found, Failed> {
        let file = self.before(before)?;
        match before.get(&format!("{}-wal", self.path)).and_then(Node::bytes) {
            Some(log) => read(&self.reader, &folded(file, log)?),
            None => read(&self.reader, file),
        }
    }

    /// The file with its fresh ids blanked, so that two runs compare.
    pub(crate) fn blanked(&self, bytes: &[u8]) -> Result<Vec<u8>, Failed> {
        if self.fresh.is_empty() {
            return Ok(bytes.to_vec());
        }
        let mut text = String::from_utf8(bytes.to_vec())?;
        let found = read(&self.reader, bytes)?;
        for id in self.fresh.iter().filter_map(|key| found.get(key)).filter_map(|id| id.as_str()) {
            text = text.replace(id, BLANK);
        }
        Ok(text.into_bytes())
    }
}

impl Consequence {
    /// Whether a record of the plan says this.
    pub(crate) fn is_said_by(&self, record: &Value) -> bool {
        let profile = record["profile"].as_str().unwrap_or_default();
        let said = |key: &str, wanted: &Option<String>| wanted.as_ref().is_none_or(|wanted| record[key] == **wanted);
        record["account"] == *self.account
            && self.profile.as_ref().is_none_or(|wanted| profile.replace('\\', "/").rsplit('/').next() == Some(wanted))
            && said("password_asked_again", &self.password_asked_again)
            && said("mail_fetched_again", &self.mail_fetched_again)
    }
}

const BLANK: &str = "{00000000-0000-0000-0000-000000000000}";

/// The bytes of a file of a home.
pub(crate) fn bytes<'a>(tree: &'a Tree, path: &str) -> Result<&'a [u8], Failed> {
    tree.get(path).and_then(Node::bytes).ok_or_else(|| format!("{path}: no such file").into())
}
