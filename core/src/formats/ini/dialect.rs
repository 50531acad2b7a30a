//! What INI files differ in, as data: one constant a dialect. Knows no client, no section and no key by name.

/// How a kind of INI file is read by the programs that own it.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// Signs that make a line a comment.
    pub comments: &'static [u8],
    /// Whether a CR alone ends a line.
    pub lone_cr: bool,
    /// Which blanks are nothing.
    pub blanks: Blanks,
    /// How a section line is read.
    pub header: Header,
    /// Whether the letter case of sections matters.
    pub section_case: Case,
    /// Whether the letter case of keys matters.
    pub key_case: Case,
    /// What counts of sections that come twice.
    pub sections: Sections,
    /// Which of several lines with one key counts.
    pub keys: Winner,
    /// What a line without `=` is.
    pub bare: Bare,
    /// Whether lines before the first section are keys; they have one segment.
    pub headless: bool,
    /// How a value is spelled.
    pub spelling: Spelling,
}

/// Which blanks are nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blanks {
    /// None: a key and a value are what stands there.
    Count,
    /// Those around a key and before a value; those behind a value belong to it.
    BeforeValue,
    /// All around keys and values.
    AroundValue,
}

/// How a section line is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// Up to the first `]`; whatever follows is passed over.
    FirstBracket,
    /// Up to the last `]`; whatever follows is passed over.
    LastBracket,
    /// `[name]` and nothing else but blanks.
    Whole,
    /// `[group][group]`, each a segment, with `[$i]` as a mark.
    Nested,
}

/// Whether letter case matters (ASCII letters only).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// It does.
    Matters,
    /// It doesn't.
    Folded,
}

/// What counts of sections that come twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sections {
    /// The first; the others are dead.
    First,
    /// All of them, as one.
    Merged,
}

/// Which of several lines with one key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Winner {
    /// The first.
    First,
    /// The last.
    Last,
}

/// What a line without `=` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bare {
    /// Passed over.
    Nothing,
    /// A key without value, which hides later lines of that key.
    Hides,
    /// A fault: the program rejects the whole file.
    Breaks,
}

/// How a value is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As it is.
    Plain,
    /// As it is, without one pair of matching quotes around it.
    Quoted,
    /// With `\s \n \t \r \\`.
    GKeyFile,
    /// With `\s \t \n \r \\ \xHH`; keys have options such as `[$e]`.
    KConfig,
}

/// Claws Mail (reference: linux, section 3.1).
pub const CLAWS: Dialect = Dialect {
    comments: b"#",
    lone_cr: false,
    blanks: Blanks::Count,
    header: Header::FirstBracket,
    section_case: Case::Matters,
    key_case: Case::Folded,
    sections: Sections::First,
    keys: Winner::Last,
    bare: Bare::Nothing,
    headless: false,
    spelling: Spelling::Plain,
};

/// Sylpheed: as Claws Mail, but the letter case of keys matters.
pub const SYLPHEED: Dialect = Dialect { key_case: Case::Matters, ..CLAWS };

/// GLib's key files (reference: linux, section 1.2).
pub const GKEYFILE: Dialect = Dialect {
    comments: b"#",
    lone_cr: false,
    blanks: Blanks::BeforeValue,
    header: Header::Whole,
    section_case: Case::Matters,
    key_case: Case::Matters,
    sections: Sections::Merged,
    keys: Winner::Last,
    bare: Bare::Breaks,
    headless: false,
    spelling: Spelling::GKeyFile,
};

/// Windows private profiles (reference: eudora-and-others, section 1.2).
pub const WINDOWS: Dialect = Dialect {
    comments: b";",
    lone_cr: true,
    blanks: Blanks::AroundValue,
    header: Header::LastBracket,
    section_case: Case::Folded,
    key_case: Case::Folded,
    sections: Sections::First,
    keys: Winner::First,
    bare: Bare::Hides,
    headless: false,
    spelling: Spelling::Quoted,
};

/// KDE's configuration files (reference: linux, section 2.3).
pub const KCONFIG: Dialect = Dialect {
    comments: b"#",
    lone_cr: false,
    blanks: Blanks::AroundValue,
    header: Header::Nested,
    section_case: Case::Matters,
    key_case: Case::Matters,
    sections: Sections::Merged,
    keys: Winner::Last,
    bare: Bare::Nothing,
    headless: true,
    spelling: Spelling::KConfig,
};
