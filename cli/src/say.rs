//! What is said beside the data, on stderr: notes, and why a run stopped. A failure to say it is no failure.

use std::io::Write;
use std::path::Path;

use anstream::AutoStream;
use waxseal::policy::Fault;
use waxseal::problem::Problem;

use crate::exit::Stop;
use crate::view::style::{BAD, FAINT, clean};

fn line(text: &str) {
    let _ = writeln!(AutoStream::auto(std::io::stderr()), "{text}");
}

/// Says something that is worth knowing.
pub(crate) fn note(text: &str) {
    line(&clean(text));
}

/// Says a problem and its hint.
pub(crate) fn problem(problem: &Problem) {
    error(&problem.to_string(), problem.hint.as_deref());
}

/// Says why a run stopped.
pub(crate) fn stop(stop: &Stop) {
    match stop {
        Stop::Error { message, hint, .. } => error(message, hint.as_deref()),
        Stop::Policy { path, faults } => faults.iter().for_each(|fault| wrong(path.as_deref(), fault)),
        Stop::Closed => {}
    }
}

/// Says what is wrong with a policy: the line that it stands in, and a mark below the words that are meant.
fn wrong(path: Option<&Path>, fault: &Fault) {
    let file = path.map(|path| path.display().to_string());
    let Some(place) = &fault.place else { return error(&fault.message, fault.hint.as_deref()) };
    error(&fault.message, None);
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    // A tab stays a tab above the mark, so that the mark stands below its word.
    let lead = |c: char| if c == '\t' { '\t' } else { ' ' };
    let before: String = place.text.chars().take(place.column - 1).map(lead).collect();
    let text: String = place.text.chars().map(|c| if c == '\t' { c.to_string() } else { clean(&c.to_string()) }).collect();
    let at = format!("{}:{}:{}", file.unwrap_or_default(), place.line, place.column);
    line(&format!("{margin}{FAINT}-->{FAINT:#} {}", clean(&at)));
    line(&format!("{margin} {FAINT}|{FAINT:#}"));
    line(&format!("{FAINT}{number} |{FAINT:#} {text}"));
    line(&format!("{margin} {FAINT}|{FAINT:#} {before}{BAD}{}{BAD:#}", "^".repeat(place.width)));
    if let Some(hint) = &fault.hint {
        line(&format!("{margin} {FAINT}= hint:{FAINT:#} {}", clean(hint)));
    }
}

fn error(message: &str, hint: Option<&str>) {
    // A message may have several lines, as of a policy's parser.
    for (at, part) in message.lines().enumerate() {
        let lead = if at == 0 { format!("{BAD}error:{BAD:#} ") } else { String::new() };
        line(&format!("{lead}{}", clean(part)));
    }
    if let Some(hint) = hint {
        line(&format!("{FAINT}hint:{FAINT:#} {}", clean(hint)));
    }
}
