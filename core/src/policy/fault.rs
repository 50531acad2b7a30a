//! What is wrong with a policy: each fault with its message, hint and place in the text, so that whoever shows it can
//! point at it. Prints nothing.

use std::fmt;
use std::ops::Range;

/// A policy that can't be: everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PolicyError {
    /// The faults, in the order of the text; at least one.
    pub faults: Vec<Fault>,
}

impl PolicyError {
    /// These faults, in the order of the text; nothing is wrong if there are none.
    pub(super) fn of(faults: impl IntoIterator<Item = Fault>) -> Option<PolicyError> {
        let mut faults: Vec<Fault> = faults.into_iter().collect();
        faults.sort_by_key(|fault| fault.place.as_ref().map(|place| (place.line, place.column)));
        (!faults.is_empty()).then_some(PolicyError { faults })
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, and both values.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// Where it stands, if it stands in a text.
    pub place: Option<Place>,
}

/// A place in a policy's text: part of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The first character in it, from 1.
    pub column: usize,
    /// How many characters; at least 1.
    pub width: usize,
    /// The line itself.
    pub text: String,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Fault {
        Fault { message: message.into(), hint: None, place: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Fault {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn at(mut self, place: Option<Place>) -> Fault {
        self.place = self.place.or(place);
        self
    }
}

impl From<Fault> for PolicyError {
    fn from(fault: Fault) -> PolicyError {
        PolicyError { faults: vec![fault] }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "line {}: {}", place.line, self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.faults.iter().map(Fault::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl Place {
    /// The place of a span of bytes; what reaches into further lines ends with its first.
    pub(super) fn of(text: &str, span: Range<usize>) -> Option<Place> {
        let before = text.get(..span.start)?;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = text.get(start..)?.lines().next().unwrap_or_default();
        let column = before.get(start..)?.chars().count() + 1;
        let spanned = text.get(span)?.lines().next().unwrap_or_default().chars().count();
        Some(Place { line: before.matches('\n').count() + 1, column, width: spanned.max(1), text: line.to_owned() })
    }
}

/// A name that is not known, and the nearest one that is.
pub(super) fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Fault {
    let known: Vec<&str> = known.into_iter().collect();
    let fault = Fault::new(format!("{what} \"{name}\""));
    match nearest(name, &known) {
        Some(near) => fault.hint(format!("did you mean {near}?")),
        None => fault.hint(format!("known: {}", known.join(", "))),
    }
}

/// The known name that is meant, most likely.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().min_by_key(|candidate| distance(name, candidate))?;
    (distance(name, near) <= 1 + name.len() / 3).then_some(near)
}

/// How many letters differ (Levenshtein), letter case aside.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.to_lowercase().chars().enumerate() {
        let mut last = i + 1;
        let mut next = vec![last];
        for (y, pair) in b.iter().zip(row.windows(2)) {
            let &[diagonal, above] = pair else { continue };
            last = (diagonal + usize::from(x != *y)).min(above + 1).min(last + 1);
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Place, nearest};

    #[test]
    fn a_span_is_a_place_in_one_line() {
        let text = "a = 1\r\nü = \"x\"\nlast";
        let place = |span| Place::of(text, span).map(|place| (place.line, place.column, place.width, place.text));
        assert_eq!(place(0..1), Some((1, 1, 1, "a = 1".to_owned())));
        assert_eq!(place(12..15), Some((2, 5, 3, "ü = \"x\"".to_owned())));
        assert_eq!(place(12..20), Some((2, 5, 3, "ü = \"x\"".to_owned())));
        assert_eq!(place(20..20), Some((3, 5, 1, "last".to_owned())));
        assert_eq!(place(8..9), None);
    }

    #[test]
    fn the_nearest_name_is_near() {
        assert_eq!(nearest("implicit_tls", &["starttls", "implicit-tls"]), Some("implicit-tls"));
        assert_eq!(nearest("IMPLICIT-TLS", &["starttls", "implicit-tls"]), Some("implicit-tls"));
        assert_eq!(nearest("xyz", &["starttls", "implicit-tls"]), None);
    }
}
