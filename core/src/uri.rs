//! Folder URIs: `scheme://user@host/path`, taken apart by spans. Users are compared decoded, hosts without letter case;
//! what does not change keeps its spelling.

use std::borrow::Cow;

/// A URI's parts, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uri<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    host: &'a str,
    rest: &'a str,
}

impl<'a> Uri<'a> {
    /// Takes a text apart; `None` if it is no such URI.
    pub(crate) fn of(text: &'a str) -> Option<Uri<'a>> {
        let (scheme, after) = text.split_once(':')?;
        let after = after.strip_prefix("//")?;
        let plain = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        let (authority, rest) = (after.get(..end)?, after.get(end..)?);
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        plain.then_some(Uri { scheme, user, host, rest })
    }

    /// The same URI with the new server in the place of the old one; `None` if it is not on the old one.
    pub(crate) fn moved(self, from: &Uri<'_>, to: &Uri<'_>) -> Option<String> {
        if !self.scheme.eq_ignore_ascii_case(from.scheme) || !bare(self.host).eq_ignore_ascii_case(&bare(from.host)) {
            return None;
        }
        let user = self.user.map(decode);
        if user != from.user.map(decode) {
            return None;
        }
        let user = match (self.user, to.user) {
            (Some(mine), Some(theirs)) if user == Some(decode(theirs)) => Some(mine),
            (_, theirs) => theirs,
        };
        let at = user.map(|user| format!("{user}@")).unwrap_or_default();
        Some(format!("{}://{at}{}{}", self.scheme, to.host, self.rest))
    }
}

/// A host without escapes, and an IPv6 address without its brackets: it is written with and without them.
fn bare(host: &str) -> String {
    let host = decode(host);
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&host).to_owned()
}

/// Takes percent escapes back; one that is none stays as it is.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped =
            (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten().and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(plain) => {
                out.push(plain);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// Escapes everything but the letters, digits and marks that `encodeURIComponent` leaves.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Uri, decode, encode};

    fn moved(text: &str, from: &str, to: &str) -> Option<String> {
        Uri::of(text)?.moved(&Uri::of(from)?, &Uri::of(to)?)
    }

    #[test]
    fn only_the_server_changes_and_spelling_stays() {
        let (from, to) = ("imap://bob%40a.com@old.example", "imap://bob%40a.com@new.example");
        assert_eq!(moved("imap://bob%40A.com@old.example/Sent", from, to), None);
        assert_eq!(moved("imap://bob@a.com@OLD.example/S%20x", from, to).as_deref(), Some("imap://bob@a.com@new.example/S%20x"));
        assert_eq!(moved("imap://bob%40a.com@old.example", from, to).as_deref(), Some(to));
        assert_eq!(moved("mailbox://bob%40a.com@old.example/x", from, to), None);
        assert_eq!(moved("imap://bob%40a.com@old.example.org/x", from, to), None);
        for host in ["[::1]", "::1", "%3A%3A1", "%5B%3A%3A1%5D"] {
            let text = format!("imap://a@{host}/Sent");
            assert_eq!(
                moved(&text, "imap://a@[::1]", "imap://a@new.example").as_deref(),
                Some("imap://a@new.example/Sent"),
                "{host}"
            );
        }
        assert_eq!(
            moved("imap://a@old.example/x", "imap://a@old.example", "imap://b%2Fc@new").as_deref(),
            Some("imap://b%2Fc@new/x")
        );
    }

    #[test]
    fn escapes_go_both_ways() {
        assert_eq!(encode("a@b c/ü!"), "a%40b%20c%2F%C3%BC!");
        assert_eq!(decode(&encode("a@b c/ü!")), "a@b c/ü!");
        assert_eq!(decode("100%"), "100%");
    }
}
