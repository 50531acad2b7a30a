//! Colours, and text made safe to show: what stores hold must not steer a terminal.

use anstyle::{AnsiColor, Style};

/// What stands out: names.
pub(crate) const BOLD: Style = Style::new().bold();
/// What is there for the record.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// What is new.
pub(crate) const NEW: Style = AnsiColor::Green.on_default();
/// What is wrong, or can't be taken back.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What wants attention.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();

/// Text with every character spelled out that would move, colour or reorder what a terminal shows.
pub(crate) fn clean(text: &str) -> String {
    let steers =
        |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().flat_map(|c| if steers(c) { c.escape_default().collect::<Vec<char>>() } else { vec![c] }).collect()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn nothing_that_a_store_holds_steers_a_terminal() {
        assert_eq!(clean("Jürgen\u{1b}[31m\r\n\u{202e}x"), "Jürgen\\u{1b}[31m\\r\\n\\u{202e}x");
    }
}
