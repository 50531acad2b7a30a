//! The names in one folder, of which there can be very many: held in one piece, so that memory hardly grows with them.

use std::ffi::OsString;
use std::fs::DirEntry;
use std::path::Path;

/// Names, sorted. Those that are no text come last.
#[derive(Default)]
pub(super) struct Names {
    /// Each with a NUL behind it.
    text: String,
    odd: Vec<OsString>,
}

impl Names {
    /// The names of the folders in a folder that fit a pattern; none of one that can't be listed.
    pub(super) fn of(folder: &Path, pattern: &glob::Pattern) -> Names {
        let mut names = Names::default();
        for name in fitting(folder, pattern) {
            match name.into_string() {
                Ok(name) => names.text.extend([name.as_str(), "\0"]),
                Err(name) => names.odd.push(name),
            }
        }
        let from = |start: &u32| names.text.get(*start as usize..).unwrap_or_default();
        let ends = names.text.bytes().zip(1..).filter(|(byte, _)| *byte == 0).map(|(_, end)| end);
        let mut starts: Vec<u32> = std::iter::once(0).chain(ends).collect();
        // No name is there twice, so that two differ before one of them ends.
        starts.sort_unstable_by(|one, other| from(one).cmp(from(other)));
        let mut sorted = String::with_capacity(names.text.len());
        sorted.extend(starts.iter().filter_map(|start| from(start).split_inclusive('\0').next()));
        names.text = sorted;
        names.odd.sort();
        names
    }
}

/// The names of the folders in a folder that fit a pattern, in no order.
pub(super) fn fitting<'p>(folder: &Path, pattern: &'p glob::Pattern) -> impl Iterator<Item = OsString> + use<'p> {
    let name = |entry: DirEntry| {
        let name = entry.file_name();
        (pattern.matches(&name.to_string_lossy()) && is_folder(&entry)).then_some(name)
    };
    std::fs::read_dir(folder).into_iter().flatten().flatten().filter_map(name)
}

/// Whether it is a folder, or a link to one: nearly always the listing says so.
fn is_folder(entry: &DirEntry) -> bool {
    match entry.file_type() {
        Ok(kind) if kind.is_dir() || kind.is_file() => kind.is_dir(),
        _ => entry.path().is_dir(),
    }
}

impl IntoIterator for Names {
    type Item = OsString;
    type IntoIter = Box<dyn Iterator<Item = OsString> + Send>;

    fn into_iter(self) -> Self::IntoIter {
        let Names { text, odd } = self;
        let mut at = 0;
        let next = move || {
            let (name, _) = text.get(at..)?.split_once('\0')?;
            at += name.len() + 1;
            Some(name.into())
        };
        Box::new(std::iter::from_fn(next).chain(odd))
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_are_sorted_and_fit() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b2", "b", "a", "b10", "\u{e4}"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            let names = Names::of(folder.path(), &glob::Pattern::new(pattern).unwrap());
            names.into_iter().map(|name| name.into_string().unwrap()).collect()
        };
        assert_eq!(names("*"), ["a", "b", "b10", "b2", "\u{e4}"]);
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
