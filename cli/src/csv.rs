//! Tables for spreadsheets: CSV as RFC 4180 has it.

use std::io::{self, Write};

/// Writes one line. What a spreadsheet would take for a formula is marked as text.
pub(crate) fn line(out: &mut impl Write, fields: &[&str]) -> io::Result<()> {
    let quoted = |field: &&str| {
        let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let field = if formula { format!("'{field}") } else { (*field).to_owned() };
        if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
    };
    let fields: Vec<String> = fields.iter().map(quoted).collect();
    write!(out, "{}\r\n", fields.join(","))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn fields_are_quoted_and_no_formula() {
        let mut out = Vec::new();
        line(&mut out, &["a,b", "say \"x\"", "=1+1", "plain"]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\"a,b\",\"say \"\"x\"\"\",'=1+1,plain\r\n");
    }
}
