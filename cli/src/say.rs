//! What is said beside the data, on stderr: notes, and why a run stopped. A failure to say it is no failure.

use std::io::Write;

use anstream::AutoStream;
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
    if let Stop::Error { message, hint, .. } = stop {
        error(message, hint.as_deref());
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
