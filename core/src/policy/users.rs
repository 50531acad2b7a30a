//! The users' file: a CSV (RFC 4180) whose rows are joined to accounts by home, user or address, for `{csv.COLUMN}`.

use std::collections::BTreeSet;

use super::fault::{Fault, Place, PolicyError};
use super::{Subject, fault};

/// The columns that join a row to an account, strongest first.
const JOINS: &[(&str, Join)] =
    &[("home", Join::Home), ("user", Join::User), ("address", Join::Address), ("email", Join::Address)];

#[derive(Debug, Clone, Copy)]
enum Join {
    Home,
    User,
    Address,
}

/// A table of users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Users {
    /// Reads a CSV file's text: the first line names the columns; commas, or else semicolons or tabs, stand in between.
    ///
    /// # Errors
    /// A row with too few or too many fields, an open quote, two columns of one name, none that joins.
    pub fn parse(text: &str) -> Result<Users, PolicyError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let first = text.lines().next().unwrap_or_default();
        let between = [',', ';', '\t'].into_iter().find(|c| first.contains(*c)).unwrap_or(',');
        let mut records = records(text, between)?.into_iter();
        let (_, heads) = records.next().ok_or_else(|| Fault::new("the users file is empty").hint(WANTED))?;
        let columns: Vec<String> = heads.iter().map(|name| name.trim().to_lowercase()).collect();
        let mut faults = Vec::new();
        let mut seen = BTreeSet::new();
        if let Some(twice) = columns.iter().find(|name| !seen.insert(name.as_str())) {
            faults.push(Fault::new(format!("two columns are called \"{twice}\"")).at(whole_line(text, 1)));
        }
        if !JOINS.iter().any(|(name, _)| columns.iter().any(|column| column == name)) {
            let fault = Fault::new(format!("no column says whose a row is; the columns are {}", columns.join(", ")));
            faults.push(fault.hint(WANTED).at(whole_line(text, 1)));
        }
        let mut rows = Vec::new();
        for (line, row) in records {
            if row.len() != columns.len() {
                let what = format!("expected {} fields, as in the first line, found {}", columns.len(), row.len());
                faults.push(Fault::new(what).at(whole_line(text, line)));
            }
            rows.push(row);
        }
        if faults.is_empty() { Ok(Users { columns, rows }) } else { Err(PolicyError { faults }) }
    }

    /// The columns' names, in lower case.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether it has a column; if not, the fault.
    pub(super) fn has(&self, name: &str) -> Result<(), Fault> {
        match self.column(name) {
            Some(_) => Ok(()),
            None => Err(fault::unknown("the users file has no column", name, self.columns.iter().map(String::as_str))),
        }
    }

    /// An account's field of a column.
    ///
    /// # Errors
    /// No row is the account's, or several are.
    pub(super) fn value(&self, name: &str, subject: &Subject<'_>) -> Result<&str, String> {
        let at = self.column(name).ok_or_else(|| format!("the users file has no column \"{name}\""))?;
        let mut rows: Vec<&Vec<String>> = self.rows.iter().collect();
        let mut joined = false;
        for (column, join) in JOINS.iter().filter_map(|(name, join)| Some((self.column(name)?, *join))) {
            let fitting: Vec<&Vec<String>> =
                rows.iter().copied().filter(|row| row.get(column).is_some_and(|field| fits(join, field, subject))).collect();
            if !fitting.is_empty() {
                rows = fitting;
                joined = true;
            }
        }
        let whose = || format!("home {}, user {}, address {}", subject.home, subject.user, subject.emails.join(" or "));
        let mut fields = rows.iter().filter_map(|row| row.get(at));
        match fields.next() {
            Some(field) if joined && fields.all(|other| other == field) => Ok(field.trim()),
            Some(_) if joined => Err(format!("the users file has several rows for {}", whose())),
            _ => Err(format!("the users file has no row for {}", whose())),
        }
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.eq_ignore_ascii_case(name))
    }
}

const WANTED: &str = "the first line names the columns; one of them has to be home, user or address";

fn fits(join: Join, field: &str, subject: &Subject<'_>) -> bool {
    let field = field.trim();
    match join {
        _ if field.is_empty() => false,
        Join::Home => field.trim_end_matches(['/', '\\']) == subject.home.trim_end_matches(['/', '\\']),
        Join::User => field.eq_ignore_ascii_case(subject.user),
        Join::Address => subject.emails.iter().any(|email| field.eq_ignore_ascii_case(email)),
    }
}

fn whole_line(text: &str, line: usize) -> Option<Place> {
    let found = text.lines().nth(line.checked_sub(1)?)?;
    Some(Place { line, column: 1, width: found.chars().count().max(1), text: found.to_owned() })
}

/// The records, each with its first line; empty lines are none.
fn records(text: &str, between: char) -> Result<Vec<(usize, Vec<String>)>, Fault> {
    let mut found = Vec::new();
    let (mut row, mut field) = (Vec::new(), String::new());
    let (mut line, mut first, mut quoted) = (1, 1, None);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match (c, quoted) {
            ('"', Some(_)) if chars.peek() == Some(&'"') => field.extend(chars.next()),
            ('"', Some(_)) => quoted = None,
            (c, Some(_)) => field.push(c),
            ('"', None) if field.is_empty() => quoted = Some(line),
            ('\r', None) if chars.peek() == Some(&'\n') => {}
            ('\n', None) => {
                row.push(std::mem::take(&mut field));
                found.push((first, std::mem::take(&mut row)));
                first = line;
            }
            (c, None) if c == between => row.push(std::mem::take(&mut field)),
            (c, None) => field.push(c),
        }
    }
    if let Some(line) = quoted {
        return Err(Fault::new("a quote is opened here and never closed").at(whole_line(text, line)));
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        found.push((first, row));
    }
    found.retain(|(_, row)| !matches!(row.as_slice(), [only] if only.trim().is_empty()));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::Users;
    use crate::policy::Subject;

    fn whose<'a>(home: &'a str, user: &'a str, email: &'a str) -> Subject<'a> {
        Subject { home, user, emails: vec![email], ..Subject::default() }
    }

    #[test]
    fn rows_are_joined_by_home_user_or_address() {
        let text = "\u{feff}home;User;address;login\r\n/srv/a/;;;one\r\n;joe;j@x.example;two\r\n;joe;k@x.example;three\r\n\r\n;;\"z@x.example\";\"fo;u\"\"r\"\r\n";
        let users = Users::parse(text).unwrap();
        let login = |home, user, email| users.value("Login", &whose(home, user, email)).map(str::to_owned);
        assert_eq!(login("/srv/a", "a", "q@x.example").as_deref(), Ok("one"));
        assert_eq!(login("/srv/joe", "Joe", "K@x.example").as_deref(), Ok("three"));
        assert_eq!(login("/srv/z", "z", "z@x.example").as_deref(), Ok("fo;u\"r"));
        assert!(login("/srv/joe", "joe", "other@x.example").unwrap_err().starts_with("the users file has several rows"));
        assert_eq!(
            login("/srv/q", "q", "q@x.example").unwrap_err(),
            "the users file has no row for home /srv/q, user q, address q@x.example"
        );
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_line() {
        let faults = |text: &str| Users::parse(text).unwrap_err().to_string();
        assert_eq!(faults(""), "the users file is empty");
        assert_eq!(faults("name,login\n"), "line 1: no column says whose a row is; the columns are name, login");
        assert_eq!(faults("user,user\n"), "line 1: two columns are called \"user\"");
        assert_eq!(
            faults("user,login\na\nb,c\nd,e,f\n"),
            "line 2: expected 2 fields, as in the first line, found 1\nline 4: expected 2 fields, as in the first line, found 3"
        );
        assert_eq!(faults("user,login\na,\"b\nc,d\n"), "line 2: a quote is opened here and never closed");
    }
}
