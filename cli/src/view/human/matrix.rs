//! What clients can hold, for people: a matrix of clients and groups of settings; one client setting by setting.

use std::io::{self, Write};

use waxseal::client::Client;

use super::Human;
use crate::view::markdown::{GROUPS, Holding, holdings};
use crate::view::style::{BOLD, FAINT, NEW, WARN};

/// The width where nothing says one.
const WIDTH: usize = 100;

impl Human {
    /// A client a line; where the terminal is too narrow, a group a line.
    pub(super) fn matrix(&mut self, clients: &[&Client]) -> io::Result<()> {
        let first = clients.iter().map(|client| client.title.chars().count()).max().unwrap_or(0);
        let columns: Vec<usize> = GROUPS.iter().map(|(head, _)| head.chars().count().max("13 of 19".len())).collect();
        let is_wide = first + columns.iter().map(|width| width + 2).sum::<usize>() <= self.width.unwrap_or(WIDTH);
        if is_wide {
            write!(self.out, "{BOLD}{:first$}{BOLD:#}", "")?;
            for ((head, _), width) in GROUPS.iter().zip(&columns) {
                write!(self.out, "  {BOLD}{head:width$}{BOLD:#}")?;
            }
            writeln!(self.out)?;
        }
        for client in clients {
            let held = holdings(client);
            write!(self.out, "{BOLD}{:first$}{BOLD:#}", client.title)?;
            for ((head, prefix), width) in GROUPS.iter().zip(&columns) {
                let cell = cell(&held, prefix);
                let style = match cell.as_str() {
                    "yes" => NEW,
                    "no" | "–" => FAINT,
                    _ => WARN,
                };
                if is_wide {
                    write!(self.out, "  {style}{cell:width$}{style:#}")?;
                } else {
                    write!(self.out, "\n  {head}: {style}{cell}{style:#}")?;
                }
            }
            writeln!(self.out)?;
        }
        writeln!(self.out, "\n{FAINT}which settings, and why not the rest: waxseal clients --client NAME, or --full{FAINT:#}")
    }

    /// One client, setting by setting, with reasons.
    pub(super) fn holdings(&mut self, client: &Client) -> io::Result<()> {
        writeln!(self.out, "{BOLD}{}{BOLD:#} ({}) · {}", client.title, client.name, client.versions)?;
        for line in holdings(client) {
            writeln!(self.out, "  {:38}{}", line.setting.name(), line.held)?;
            let Some(why) = &line.why else { continue };
            for part in wrapped(why, self.width.unwrap_or(WIDTH).saturating_sub(6).max(30)) {
                writeln!(self.out, "      {FAINT}{part}{FAINT:#}")?;
            }
        }
        writeln!(self.out, "  {FAINT}source: {}{FAINT:#}\n", client.source)
    }
}

/// How much of a group a client holds.
fn cell(held: &[Holding], prefix: &str) -> String {
    let group: Vec<&Holding> = held.iter().filter(|holding| holding.setting.name().starts_with(prefix)).collect();
    let count = group.iter().filter(|holding| !["no", "–"].contains(&holding.held.as_str())).count();
    match count {
        0 if group.iter().all(|holding| holding.held == "–") => "–".to_owned(),
        0 => "no".to_owned(),
        n if n == group.len() => "yes".to_owned(),
        n => format!("{n} of {}", group.len()),
    }
}

/// A text in lines of at most so many characters, broken at spaces; a longer word stays whole.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{cell, wrapped};
    use crate::view::markdown::holdings;

    #[test]
    fn a_cell_says_how_much_is_held() {
        let of = |name: &str, prefix: &str| cell(&holdings(waxseal::clients::named(name).unwrap()), prefix);
        assert_eq!(of("thunderbird", "incoming."), "yes");
        assert_eq!(of("msmtp", "incoming."), "–");
        assert_eq!(of("mpop", "retention."), "2 of 3");
        assert_eq!(of("mpop", "junk."), "no");
    }

    #[test]
    fn long_reasons_are_broken_at_spaces() {
        assert_eq!(wrapped("a bc def", 4), ["a bc", "def"]);
        assert_eq!(wrapped("abcdefgh i", 3), ["abcdefgh", "i"]);
    }
}
