//! What is refused on a disk although the system would allow it. Travels inside an `io::Error`.

use std::fmt;
use std::io;

/// Why a file is neither read nor written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It has a second name (a hard link), which would keep the old content.
    HardLink,
    /// A link on another user's home, or one that leads nowhere.
    Link,
    /// A folder, a pipe, a device or a socket.
    NotAFile,
    /// More bytes than any store has.
    TooLarge(u64),
    /// It belongs to another user than its home and has a second name: it may lie outside the home.
    NotOfThisHome,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::HardLink => f.write_str("the file has a second name (a hard link), which would keep the old content"),
            Refusal::Link => f.write_str("a link on another user's home, or one that leads nowhere, is not followed"),
            Refusal::NotAFile => f.write_str("expected a regular file, found a folder, pipe, device or socket"),
            Refusal::TooLarge(size) => write!(f, "expected at most {} bytes, found {size}", super::LARGEST),
            Refusal::NotOfThisHome => f.write_str("the file belongs to another user than the home and has a second name"),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> io::Error {
        io::Error::other(refusal)
    }
}

/// The refusal inside an error, if it is one.
pub fn refusal(error: &io::Error) -> Option<Refusal> {
    error.get_ref()?.downcast_ref::<Refusal>().copied()
}
