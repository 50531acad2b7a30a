//! Variables in a policy's text values: `{email}`, `{csv.COLUMN}` and the like, filled in account by account. What can't
//! be filled in is said, never guessed.

use super::fault::{Fault, unknown};
use super::users::Users;
use super::{Subject, Wanted};
use crate::setting::{Kind, Setting};
use crate::value::Value;

/// The variables that every account may have; `{csv.COLUMN}` beside them.
pub const VARIABLES: &[(&str, &str)] = &[
    ("email", "the address of the account's default identity"),
    ("local", "its part before the @"),
    ("domain", "its part after the @"),
    ("user", "the name of the home's folder"),
];

/// A text with variables in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Plain(String),
    Email,
    Local,
    Domain,
    User,
    Column(String),
}

/// Reads a wanted text; `None` if it has no variable. Only hosts and names may have one.
pub(super) fn read(kind: Kind, text: &str) -> Option<Result<Wanted, Fault>> {
    let textual = matches!(kind, Kind::Host | Kind::Text);
    (textual && text.contains(['{', '}'])).then(|| parse(text).map(Wanted::Filled))
}

fn parse(text: &str) -> Result<Text, Fault> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('{') {
        let open = || Fault::new(format!("a brace is open in \"{text}\"")).hint("a variable is written {email}");
        let (name, after) = after.split_once('}').ok_or_else(open)?;
        if plain.contains('}') || name.contains('{') {
            return Err(open());
        }
        if !plain.is_empty() {
            parts.push(Part::Plain(plain.to_owned()));
        }
        parts.push(match name {
            "email" => Part::Email,
            "local" => Part::Local,
            "domain" => Part::Domain,
            "user" => Part::User,
            _ => match name.strip_prefix("csv.").filter(|column| !column.is_empty()) {
                Some(column) => Part::Column(column.to_owned()),
                None => {
                    let known = VARIABLES.iter().map(|(name, _)| *name).chain(["csv.COLUMN"]);
                    return Err(unknown("there is no variable", name, known));
                }
            },
        });
        rest = after;
    }
    if rest.contains('}') {
        return Err(Fault::new(format!("a brace is open in \"{text}\"")).hint("a variable is written {email}"));
    }
    if !rest.is_empty() {
        parts.push(Part::Plain(rest.to_owned()));
    }
    Ok(Text { parts })
}

impl Text {
    /// The columns of the users' file that it needs.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Column(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The value for one account.
    ///
    /// # Errors
    /// Says which variable has no value, and why; or that what came out is no value of the setting.
    pub fn fill(&self, setting: Setting, subject: &Subject<'_>, users: Option<&Users>) -> Result<Value, String> {
        let address = || subject.emails.first().copied().ok_or("the account has no address");
        let split = || address()?.rsplit_once('@').ok_or("the account's address has no @");
        let mut filled = String::new();
        for part in &self.parts {
            let value = match part {
                Part::Plain(text) => Ok(text.as_str()),
                Part::Email => address().map_err(str::to_owned),
                Part::Local => split().map(|(local, _)| local).map_err(str::to_owned),
                Part::Domain => split().map(|(_, domain)| domain).map_err(str::to_owned),
                Part::User => Ok(subject.user),
                Part::Column(name) => match users {
                    Some(users) => users.value(name, subject),
                    None => Err("no users file is given".to_owned()),
                },
            };
            let value = value.map_err(|why| format!("{part} has no value: {why}"))?;
            if value.trim().is_empty() {
                return Err(format!("{part} is empty for this account"));
            }
            filled += value;
        }
        Value::parse(setting.kind(), &filled)
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Part::Plain(text) => f.write_str(text),
            Part::Email => f.write_str("{email}"),
            Part::Local => f.write_str("{local}"),
            Part::Domain => f.write_str("{domain}"),
            Part::User => f.write_str("{user}"),
            Part::Column(name) => write!(f, "{{csv.{name}}}"),
        }
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.parts.iter().try_for_each(|part| part.fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::policy::{Subject, Users};
    use crate::setting::Setting;
    use crate::value::Value;

    fn fill(text: &str, emails: &[&str]) -> Result<String, String> {
        let subject = Subject { emails: emails.to_vec(), user: "joe", ..Subject::default() };
        let users = Users::parse("user,login\njoe,j.doe\n").unwrap();
        parse(text).unwrap().fill(Setting::IncomingUsername, &subject, Some(&users)).map(|value| value.to_string())
    }

    #[test]
    fn variables_are_filled_in() {
        let joe = &["Joe@a.example"];
        assert_eq!(fill("{local}+{domain}", joe), Ok("Joe+a.example".to_owned()));
        assert_eq!(fill("x-{user}-{email}", joe), Ok("x-joe-Joe@a.example".to_owned()));
        assert_eq!(fill("{csv.login}", joe), Ok("j.doe".to_owned()));
    }

    #[test]
    fn what_has_no_value_is_said() {
        assert_eq!(fill("{email}", &[]), Err("{email} has no value: the account has no address".to_owned()));
        assert_eq!(fill("{domain}", &["root"]), Err("{domain} has no value: the account's address has no @".to_owned()));
        assert_eq!(fill("{domain}", &["root@"]), Err("{domain} is empty for this account".to_owned()));
        let host = parse("{local}").unwrap();
        let subject = Subject { emails: vec!["a b@c"], ..Subject::default() };
        assert!(host.fill(Setting::IncomingHost, &subject, None).unwrap_err().starts_with("expected a host name"));
        let subject = Subject { emails: vec!["mail@c"], ..Subject::default() };
        assert_eq!(host.fill(Setting::IncomingHost, &subject, None), Ok(Value::Text("mail".to_owned())));
    }

    #[test]
    fn a_variable_that_is_none_is_a_fault() {
        assert_eq!(parse("{emial}").unwrap_err().hint.as_deref(), Some("did you mean email?"));
        for open in ["{email", "email}", "{{email}}", "}{email}"] {
            assert!(parse(open).is_err(), "{open}");
        }
    }
}
