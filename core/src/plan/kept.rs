//! A plan as lines, to be kept and carried out later: JSON, the first `{"type":"plan","version":1,…}`, then one profile a line.
//! Knows no file; whoever keeps one sees to it that it is for its owner alone.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

use super::ProfilePlan;

/// The version that is written and read.
pub const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Head {
    r#type: String,
    version: u32,
    waxseal: String,
}

/// Writes the first line.
///
/// # Errors
/// Those of the writer.
pub fn begin(mut out: impl Write) -> io::Result<()> {
    let head = Head { r#type: "plan".to_owned(), version: VERSION, waxseal: env!("CARGO_PKG_VERSION").to_owned() };
    writeln!(out, "{}", serde_json::to_string(&head)?)
}

/// Writes a profile's line.
///
/// # Errors
/// Those of the writer.
pub fn add(mut out: impl Write, plan: &ProfilePlan) -> io::Result<()> {
    writeln!(out, "{}", serde_json::to_string(plan)?)
}

/// Reads a plan, profile by profile.
///
/// # Errors
/// The first line is none of a plan of this version; then each line that is none of a profile.
pub fn read<R: BufRead>(mut lines: R) -> Result<impl Iterator<Item = Result<ProfilePlan, NotAPlan>> + use<R>, NotAPlan> {
    let mut first = String::new();
    let head = lines.read_line(&mut first).ok().and_then(|_| serde_json::from_str(&first).ok());
    match head.filter(|head: &Head| head.r#type == "plan") {
        None => Err(NotAPlan { line: 1, why: Why::Other }),
        Some(head) if head.version != VERSION => Err(NotAPlan { line: 1, why: Why::Version(head.version) }),
        Some(_) => Ok(profiles(lines)),
    }
}

/// Reads the lines after the first, or some of them.
pub fn profiles<R: BufRead>(lines: R) -> impl Iterator<Item = Result<ProfilePlan, NotAPlan>> + use<R> {
    lines.lines().enumerate().map(|(at, line)| {
        let wrong = |why| NotAPlan { line: at + 2, why };
        let line = line.map_err(|error| wrong(Why::Unreadable(error)))?;
        serde_json::from_str(&line).map_err(|error| wrong(if error.is_eof() { Why::CutOff } else { Why::Strange(error) }))
    })
}

/// A line that is none of a plan.
#[derive(Debug)]
pub struct NotAPlan {
    /// Which, from 1.
    pub line: usize,
    /// Why.
    pub why: Why,
}

/// Why a line is none of a plan.
#[derive(Debug)]
pub enum Why {
    /// It is something else.
    Other,
    /// It is of another version.
    Version(u32),
    /// It ends before its end.
    CutOff,
    /// It is not what a profile's plan looks like.
    Strange(serde_json::Error),
    /// It can't be read.
    Unreadable(io::Error),
}

impl fmt::Display for NotAPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Other => f.write_str("this is no plan"),
            Why::Version(found) => write!(f, "the plan has version {found}, this waxseal knows version {VERSION}"),
            Why::CutOff => f.write_str("the plan is cut off"),
            Why::Strange(error) => write!(f, "not a profile's plan: {error}"),
            Why::Unreadable(error) => write!(f, "the plan can't be read: {error}"),
        }
    }
}

impl Error for NotAPlan {}
