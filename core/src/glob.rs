//! Globs: `*` stands for any text, dots included; the whole value has to fit; ASCII letter case does not matter.

/// Whether a text fits a glob.
pub(crate) fn fits(glob: &str, text: &str) -> bool {
    fits_bytes(glob.as_bytes(), text.as_bytes())
}

/// The same of bytes, whatever they are.
pub(crate) fn fits_bytes(glob: &[u8], text: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        if glob.get(at) == Some(&b'*') {
            star = Some((at, seen));
            at += 1;
        } else if glob.get(at).zip(text.get(seen)).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b)) {
            at += 1;
            seen += 1;
        } else if let Some((back, taken)) = star {
            at = back + 1;
            seen = taken + 1;
            star = Some((back, taken + 1));
        } else {
            return false;
        }
    }
    glob.iter().skip(at).all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_crosses_dots_and_the_whole_value_has_to_fit() {
        for (glob, text, fit) in [
            ("*@spectruminc.com", "Bob@SpectrumInc.com", true),
            ("*@spectruminc.com", "bob@spectruminc.com.evil", false),
            ("pop.*", "pop.a.b", true),
            ("*", "", true),
            ("a*b*c", "aXbYbZc", true),
            ("a", "ab", false),
            ("", "", true),
        ] {
            assert_eq!(fits(glob, text), fit, "{glob} {text}");
        }
    }
}
