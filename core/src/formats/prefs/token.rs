//! The tokens of a prefs file, as the client's own parser cuts them, down to where it goes on after a broken one.
//! Knows nothing of statements.

use memchr::memchr3;

/// A token; what a string says is left in the lexer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// One of `( ) + , - ;`.
    Mark(u8),
    /// The end of the file, or a NUL, which ends it too.
    End,
    /// `user_pref`.
    UserPref,
    /// `true` or `false`.
    Bool(bool),
    /// Any other word.
    Word,
    /// Digits, without a sign.
    Int(u32),
    /// A string.
    Text,
    /// A malformed token, and what is wrong with it.
    Broken(&'static str),
}

impl Token {
    /// The token in words, without any user's text.
    pub(super) fn found(self) -> String {
        match self {
            Token::Mark(mark) => format!("\"{}\"", char::from(mark)),
            Token::End => "the end of the file".into(),
            Token::UserPref => "\"user_pref\"".into(),
            Token::Bool(on) => format!("\"{on}\""),
            Token::Word => "another word".into(),
            Token::Int(_) => "a number".into(),
            Token::Text => "a string".into(),
            Token::Broken(what) => what.into(),
        }
    }
}

/// Cuts tokens off the bytes, one by one.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the last token started.
    pub(super) start: usize,
    /// What the last string says, unless it is plain.
    pub(super) text: Vec<u8>,
    /// Whether the last string says just what stands between its quotes.
    pub(super) plain: bool,
}

impl<'a> Lexer<'a> {
    /// A lexer that starts at this place.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Lexer<'a> {
        Lexer { bytes, at, start: at, text: Vec::new(), plain: true }
    }

    /// Goes on from this place.
    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Where the last token ended.
    pub(super) fn end(&self) -> usize {
        self.at.min(self.bytes.len())
    }

    /// The next byte. The end reads as one NUL, which can be consumed, then as NUL for ever.
    fn take(&mut self) -> u8 {
        let c = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += usize::from(self.at <= self.bytes.len());
        c
    }

    fn take_if(&mut self, wanted: u8) -> bool {
        let found = self.bytes.get(self.at) == Some(&wanted);
        self.at += usize::from(found);
        found
    }

    /// Consumes what comes before the first byte that stops.
    fn skip_until(&mut self, stops: impl Fn(u8) -> bool) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|c| stops(*c)).unwrap_or(rest.len());
    }

    /// Consumes what comes before the first of three bytes.
    fn skip_to(&mut self, stops: [u8; 3]) {
        let [one, two, three] = stops;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += memchr3(one, two, three, rest).unwrap_or(rest.len());
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Token {
        loop {
            self.start = self.at;
            match self.take() {
                b'\t' | b'\n' | 0x0b | 0x0c | b'\r' | b' ' => {}
                mark @ (b'(' | b')' | b'+' | b',' | b'-' | b';') => return Token::Mark(mark),
                0 => return Token::End,
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => return self.word(),
                quote @ (b'"' | b'\'') => return self.string(quote),
                digit @ b'0'..=b'9' => return self.int(digit),
                b'#' => self.line_comment(),
                b'/' => match self.take() {
                    b'/' => self.line_comment(),
                    b'*' if self.block_comment() => {}
                    b'*' => return Token::Broken("a comment without an end"),
                    b'\n' | b'\r' => {
                        self.at -= 1;
                        return Token::Broken("a lone slash");
                    }
                    _ => return Token::Broken("a lone slash"),
                },
                _ => return Token::Broken("a byte that starts nothing"),
            }
        }
    }

    /// A NUL ends a comment, but not the file.
    fn line_comment(&mut self) {
        self.skip_to([b'\n', b'\r', 0]);
        if self.take() == b'\r' {
            self.take_if(b'\n');
        }
    }

    fn block_comment(&mut self) -> bool {
        loop {
            self.skip_until(|c| matches!(c, b'*' | 0));
            if self.take() == 0 {
                return false;
            }
            if self.take_if(b'/') {
                return true;
            }
        }
    }

    fn word(&mut self) -> Token {
        self.skip_until(|c| !(c.is_ascii_alphabetic() || c == b'_'));
        match self.bytes.get(self.start..self.at) {
            Some(b"user_pref") => Token::UserPref,
            Some(b"true") => Token::Bool(true),
            Some(b"false") => Token::Bool(false),
            _ => Token::Word,
        }
    }

    fn int(&mut self, first: u8) -> Token {
        let mut value = Some(u32::from(first - b'0'));
        while let Some(digit @ b'0'..=b'9') = self.bytes.get(self.at) {
            value = value.and_then(|n| n.checked_mul(10)?.checked_add(u32::from(digit - b'0')));
            self.at += 1;
        }
        match (self.bytes.get(self.at), value) {
            (Some(b'a'..=b'z' | b'A'..=b'Z' | b'_'), _) => Token::Broken("a letter in a number"),
            (_, Some(n)) => Token::Int(n),
            (_, None) => Token::Broken("a number that is too large"),
        }
    }

    fn string(&mut self, quote: u8) -> Token {
        let start = self.at;
        self.skip_to([quote, b'\\', 0]);
        self.plain = self.take_if(quote);
        if self.plain {
            return Token::Text;
        }
        self.text.clear();
        self.text.extend_from_slice(self.bytes.get(start..self.at).unwrap_or_default());
        let mut fault = None;
        loop {
            match self.take() {
                c if c == quote => break,
                0 => {
                    fault.get_or_insert("a string without an end");
                    break;
                }
                b'\\' => {
                    if let Err(what) = self.escape() {
                        fault.get_or_insert(what);
                    }
                }
                c => self.text.push(c),
            }
        }
        fault.map_or(Token::Text, Token::Broken)
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<(), &'static str> {
        let c = match self.take() {
            c @ (b'"' | b'\'' | b'\\') => c,
            b'n' => b'\n',
            b'r' => b'\r',
            b'x' => match self.hex(2).ok_or("a string with a broken \\x escape")? {
                0 => return Err("a string with a NUL"),
                byte => byte.to_le_bytes()[0],
            },
            b'u' => return self.unicode(),
            c => {
                self.at -= usize::from(matches!(c, b'\n' | b'\r'));
                return Err("a string with an unknown escape");
            }
        };
        self.text.push(c);
        Ok(())
    }

    fn unicode(&mut self) -> Result<(), &'static str> {
        const LONE: &str = "a string with half a surrogate pair";
        let unit = self.hex(4).ok_or("a string with a broken \\u escape")?;
        let pair = match unit {
            0 => return Err("a string with a NUL"),
            0xd800..=0xdbff => {
                let low = if self.take_if(b'\\') && self.take_if(b'u') { self.hex(4) } else { None };
                [unit, low.ok_or(LONE)?]
            }
            _ => [unit, 0],
        };
        let units = if pair[1] == 0 { &pair[..1] } else { &pair[..] };
        let text = String::from_utf16(units).map_err(|_| LONE)?;
        self.text.extend_from_slice(text.as_bytes());
        Ok(())
    }

    /// As many hexadecimal digits; the byte that is none is not consumed.
    fn hex(&mut self, digits: usize) -> Option<u16> {
        let mut value = 0;
        for _ in 0..digits {
            let digit = char::from(self.bytes.get(self.at).copied()?).to_digit(16)?;
            self.at += 1;
            value = value << 4 | u16::try_from(digit).ok()?;
        }
        Some(value)
    }
}

/// Where the comment at this place ends; none where none starts, or it has no end.
pub(super) fn comment_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut lexer = Lexer::new(bytes, at);
    match (lexer.take(), bytes.get(at + 1)) {
        (b'#', _) => lexer.line_comment(),
        (b'/', Some(b'/')) => lexer.line_comment(),
        (b'/', Some(b'*')) => {
            lexer.take();
            lexer.block_comment().then_some(())?;
        }
        _ => return None,
    }
    Some(lexer.end())
}
