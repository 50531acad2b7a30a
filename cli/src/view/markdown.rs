//! What clients can hold, from their tables: lines for `waxseal clients`, the README's table, and a page of docs for each.

use std::collections::{BTreeMap, BTreeSet};

use waxseal::client::{Client, Side};
use waxseal::clients::CLIENTS;
use waxseal::lens::Held;
use waxseal::setting::{SETTINGS, Setting};
use waxseal::value::Protocol;

/// Whether and where a client holds a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holding {
    /// The setting.
    pub(crate) setting: Setting,
    /// `yes`, `no`, `POP3 only` …, `–` where the client has no such server.
    pub(crate) held: String,
    /// Why not, where it doesn't.
    pub(crate) why: Option<String>,
}

/// What a client holds, setting by setting.
pub(crate) fn holdings(client: &Client) -> Vec<Holding> {
    SETTINGS.iter().filter(|info| !info.setting.is_read_only()).map(|info| holding(client, info.setting)).collect()
}

fn holding(client: &Client, setting: Setting) -> Holding {
    let mut held = BTreeSet::new();
    let mut whys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut sides = BTreeSet::new();
    for (side, rows) in client.tables {
        let applies = match side {
            Side::Incoming(protocol) => setting.side() != waxseal::setting::Side::Outgoing && setting.applies_to(*protocol),
            Side::Outgoing => setting.side() == waxseal::setting::Side::Outgoing,
        };
        if applies {
            sides.insert(word(*side));
        }
        for row in rows.iter().filter(|row| row.setting == setting) {
            match row.held {
                Held::Keys { .. } => {
                    held.insert(word(*side));
                }
                Held::Absent(why) => {
                    whys.entry(why).or_default().insert(word(*side));
                }
            }
        }
    }
    let joined = |words: &BTreeSet<&str>| words.iter().copied().collect::<Vec<_>>().join(" and ");
    let words = match () {
        () if sides.is_empty() => "–".to_owned(),
        () if held.is_empty() => "no".to_owned(),
        () if held == sides => "yes".to_owned(),
        () => format!("{} only", joined(&held)),
    };
    let whys: Vec<String> =
        whys.iter().map(|(why, at)| if *at == sides { (*why).to_owned() } else { format!("{}: {why}", joined(at)) }).collect();
    Holding { setting, held: words, why: (!whys.is_empty()).then(|| whys.join("; ")) }
}

fn word(side: Side) -> &'static str {
    match side {
        Side::Incoming(Protocol::Pop3) => "POP3",
        Side::Incoming(Protocol::Imap) => "IMAP",
        Side::Outgoing => "SMTP",
    }
}

/// Groups of settings: what people call them, and how their names begin.
pub(crate) const GROUPS: [(&str, &str); 5] = [
    ("Incoming server", "incoming."),
    ("Outgoing server", "outgoing."),
    ("Retention", "retention."),
    ("Checking", "check."),
    ("Junk", "junk."),
];

/// The README's table: a client a line, settings by group, and why what is missing is missing.
pub(crate) fn table() -> String {
    let heads: Vec<&str> = GROUPS.iter().map(|(head, _)| *head).collect();
    let mut text = format!("| Client | Versions | {} |\n|---|---|{}\n", heads.join(" | "), "---|".repeat(GROUPS.len()));
    let mut notes = String::new();
    for client in CLIENTS {
        let holdings = holdings(client);
        let cells: Vec<String> = GROUPS.iter().map(|(_, prefix)| cell(&holdings, prefix)).collect();
        text += &format!("| {} | {} | {} |\n", client.title, client.versions, cells.join(" | "));
        for holding in holdings {
            if let Some(why) = holding.why {
                notes += &format!("- {}, `{}`: {why}.\n", client.title, holding.setting);
            }
        }
    }
    if notes.is_empty() { text } else { format!("{text}\n{notes}") }
}

fn cell(holdings: &[Holding], prefix: &str) -> String {
    let group: Vec<(&str, &Holding)> =
        holdings.iter().filter_map(|holding| holding.setting.name().strip_prefix(prefix).map(|name| (name, holding))).collect();
    let missing: Vec<String> = group
        .iter()
        .filter(|(_, holding)| holding.held != "yes")
        .map(|(name, holding)| if holding.held == "no" { format!("`{name}`") } else { format!("`{name}` ({})", holding.held) })
        .collect();
    let all = |word: &str| group.iter().all(|(_, holding)| holding.held == word);
    match missing.len() {
        0 => "yes".to_owned(),
        _ if all("–") => "–".to_owned(),
        _ if all("no") => "no".to_owned(),
        _ => format!("all but {}", missing.join(", ")),
    }
}

/// A client's page in docs: what it holds, where, what follows, what is absent and why.
#[cfg(test)]
fn page(client: &Client) -> String {
    let Client { title, name, versions, source, .. } = client;
    let mut text =
        format!("# {title}\n\n`--client {name}` · versions: {versions}\n\n## Settings\n\n| Setting | Held | |\n|---|---|---|\n");
    for Holding { setting, held, why } in holdings(client) {
        let why = why.unwrap_or_default().replace('|', "\\|");
        text += &format!("| `{setting}` | {held} | {why} |\n");
    }
    text += "\n## Stores\n\n";
    for store in client.stores {
        let place = match store.file {
            "" => "where the profile says".to_owned(),
            file => format!("`{file}` in the profile's folder"),
        };
        text += &format!("- {}: {place}\n", store.role);
    }
    if !client.follows.is_empty() {
        text += "\n## What follows when a server's name or a user name changes\n\n";
        let mut places: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for follow in client.follows {
            places.entry(follow.name).or_default().extend(follow.at.iter().map(|(role, _)| *role));
        }
        for (name, roles) in places {
            text += &format!("- {name}: in {}\n", roles.into_iter().collect::<Vec<_>>().join(", "));
        }
    }
    if client.part.is_some() {
        text += "\n## An outgoing server that several accounts share\n\nWhere only some of them are to change, those get a copy of it, \
                 which the plan calls `outgoing-server`.\n";
    }
    text + &format!("\nSource: {source}\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use waxseal::clients::CLIENTS;

    use super::{holdings, page, table};

    const BEGIN: &str = "<!-- clients: begin -->\n";
    const END: &str = "<!-- clients: end -->";

    #[test]
    fn the_readme_shows_the_tables() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
        let text = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
        let (before, rest) = text.split_once(BEGIN).unwrap();
        let (shown, after) = rest.split_once(END).unwrap();
        if std::env::var("UPDATE").is_ok_and(|word| word == "1") {
            std::fs::write(path, format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
            return;
        }
        assert_eq!(shown, table(), "run with UPDATE=1, read the diff");
    }

    #[test]
    fn every_client_has_its_page_and_nobody_else() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/clients");
        let update = std::env::var("UPDATE").is_ok_and(|word| word == "1");
        for client in CLIENTS {
            let path = format!("{folder}/{}.md", client.name);
            if update {
                fs::create_dir_all(folder).unwrap();
                fs::write(&path, page(client)).unwrap();
            }
            let shown = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
            assert_eq!(shown, page(client), "run with UPDATE=1, read the diff");
        }
        let pages: BTreeSet<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(pages, CLIENTS.iter().map(|client| format!("{}.md", client.name)).collect());
    }

    #[test]
    fn every_setting_has_one_line() {
        let mpop = waxseal::clients::named("mpop").unwrap();
        let of = |name: &str| holdings(mpop).into_iter().find(|holding| holding.setting.name() == name).unwrap();
        assert_eq!(of("incoming.host").held, "yes");
        assert_eq!(of("retention.leave_on_server").held, "yes");
        assert_eq!(of("junk.safe_senders").held, "no");
        assert!(of("junk.safe_senders").why.is_some());
    }
}
