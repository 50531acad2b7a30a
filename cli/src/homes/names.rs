//! The names in one folder, of which there can be very many: held in one piece, so that memory hardly grows with them.

use std::ffi::OsString;
use std::path::Path;

/// Names, sorted. Those that are no text come last.
#[derive(Default)]
pub(super) struct Names {
    text: String,
    spans: Vec<(u32, u32)>,
    odd: Vec<OsString>,
}

impl Names {
    /// The names in a folder that fit a pattern; none of one that can't be listed.
    pub(super) fn of(folder: &Path, pattern: &glob::Pattern) -> Names {
        let mut names = Names::default();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if pattern.matches(&name.to_string_lossy()) {
                names.add(name);
            }
        }
        names.text.shrink_to_fit();
        names.spans.shrink_to_fit();
        let text = &names.text;
        names.spans.sort_by_key(|span| slice(text, *span));
        names.odd.sort();
        names
    }

    fn add(&mut self, name: OsString) {
        let start = u32::try_from(self.text.len());
        match (name.to_str(), start, name.to_str().and_then(|text| u32::try_from(self.text.len() + text.len()).ok())) {
            (Some(text), Ok(start), Some(end)) => {
                self.text.push_str(text);
                self.spans.push((start, end));
            }
            _ => self.odd.push(name),
        }
    }
}

fn slice(text: &str, (start, end): (u32, u32)) -> &str {
    text.get(start as usize..end as usize).unwrap_or_default()
}

impl IntoIterator for Names {
    type Item = OsString;
    type IntoIter = Box<dyn Iterator<Item = OsString> + Send>;

    fn into_iter(self) -> Self::IntoIter {
        let Names { text, spans, odd } = self;
        Box::new(spans.into_iter().map(move |span| slice(&text, span).into()).chain(odd))
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_are_sorted_and_fit() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b2", "a", "b10", "\u{e4}"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            let names = Names::of(folder.path(), &glob::Pattern::new(pattern).unwrap());
            names.into_iter().map(|name| name.into_string().unwrap()).collect()
        };
        assert_eq!(names("*"), ["a", "b10", "b2", "\u{e4}"]);
        assert_eq!(names("b?"), ["b2"]);
        assert!(names("c*").is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_that_is_no_text_is_there_too() {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let odd = std::ffi::OsStr::from_bytes(b"joe\xff");
        std::fs::create_dir(folder.path().join(odd)).unwrap();
        let names: Vec<_> = Names::of(folder.path(), &glob::Pattern::new("j*").unwrap()).into_iter().collect();
        assert_eq!(names, [odd]);
    }
}
