//! How the accounts of the database hang together: an account names its outgoing server's by identifier, and a provider's
//! account is the parent of those that it sets up (reference: apple, section 2.1).

use crate::document::{Key, Raw};
use crate::formats::{accounts_db, keyed_archive};
use crate::lens::{Places, Scope, StoreId};
use crate::problem::{Code, Problem};
use crate::setting::Side;
use crate::value::Protocol;
use crate::workspace::Workspace;

/// Lists the mail accounts of a database.
pub(in crate::clients::apple_mail) fn accounts(workspace: &mut Workspace<'_>, store: StoreId) -> Vec<Scope> {
    let database = Database { workspace, store };
    let ids = database.ids();
    let mut scopes: Vec<Scope> = ids.iter().filter_map(|id| database.incoming(id, &ids)).collect();
    let lonely: Vec<&String> = ids
        .iter()
        .filter(|id| database.kind(id).as_deref() == Some(SMTP) && scopes.iter().all(|scope| scope.outgoing.as_ref() != Some(id)))
        .collect();
    scopes.extend(lonely.into_iter().map(|id| database.outgoing(id)));
    let exchange = ids.iter().filter(|id| database.kind(id).as_deref() == Some(EXCHANGE)).map(|id| database.unsupported(id));
    let lost = scopes.iter().filter(|scope| scope.protocol.is_some()).filter_map(|scope| database.lost(scope, &ids));
    let problems: Vec<Problem> = exchange.chain(lost).collect();
    workspace.problems.extend(problems);
    scopes
}

/// What accounts of providers are called in sentences.
const PROVIDERS: &[(&str, &str)] = &[
    ("com.apple.account.AppleAccount", "its iCloud account"),
    ("com.apple.account.Google", "its Google account"),
    ("com.apple.account.Yahoo", "its Yahoo account"),
    ("com.apple.account.aol", "its AOL account"),
    (EXCHANGE, "its Exchange account"),
];
const SMTP: &str = "com.apple.account.SMTP";
const EXCHANGE: &str = "com.apple.account.Exchange";

struct Database<'a, 'w> {
    workspace: &'a Workspace<'w>,
    store: StoreId,
}

impl Database<'_, '_> {
    fn ids(&self) -> Vec<String> {
        let keys = self.workspace.keys(self.store, "ZACCOUNT");
        let mut ids: Vec<String> = keys.iter().filter_map(|key| key.segments().nth(1)).collect();
        ids.dedup();
        ids
    }

    fn raw(&self, segments: [&str; 3]) -> Option<Raw> {
        self.workspace.raw(&(self.store, Key::of(segments)))
    }

    fn column(&self, id: &str, name: &str) -> Option<String> {
        self.raw(["ZACCOUNT", id, name])?.as_text().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn property(&self, id: &str, name: &str) -> Option<String> {
        self.raw(["ZACCOUNTPROPERTY", id, name])?.as_text().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn kind(&self, id: &str) -> Option<String> {
        self.column(id, "ZACCOUNTTYPE")
    }

    fn incoming(&self, id: &str, ids: &[String]) -> Option<Scope> {
        let protocol = match self.kind(id)?.as_str() {
            "com.apple.account.POP" => Protocol::Pop3,
            "com.apple.account.IMAP" => Protocol::Imap,
            _ => return None,
        };
        let parent = self.parent(id);
        let link = self.property(id, "SendingAccountIdentifier");
        let smtp = link.filter(|link| ids.contains(link) && self.kind(link).as_deref() == Some(SMTP));
        let mut holes = vec![("account", id.to_owned())];
        holes.extend(parent.iter().map(|parent| ("parent", parent.clone())));
        let mut managed: Vec<(Side, String)> = self.owner(id).map(|owner| (Side::Incoming, owner)).into_iter().collect();
        if let Some(smtp) = &smtp {
            holes.push(("smtp", smtp.clone()));
            holes.extend(self.parent(smtp).map(|parent| ("smtp-parent", parent)));
            managed.extend(self.owner(smtp).map(|owner| (Side::Outgoing, owner)));
        }
        let emails = self.emails(id, parent.as_deref());
        let described = |id: &str| self.column(id, "ZACCOUNTDESCRIPTION");
        let name = described(id).or_else(|| parent.as_deref().and_then(described)).or_else(|| emails.first().cloned());
        Some(Scope {
            id: id.to_owned(),
            name: name.unwrap_or_else(|| id.to_owned()),
            emails,
            protocol: Some(protocol),
            sends: smtp.is_some(),
            layers: vec![holes],
            outgoing: smtp,
            managed,
            ..self.scope()
        })
    }

    fn outgoing(&self, id: &str) -> Scope {
        let mut holes = vec![("smtp", id.to_owned())];
        holes.extend(self.parent(id).map(|parent| ("smtp-parent", parent)));
        let name = self.column(id, "ZACCOUNTDESCRIPTION").or_else(|| self.property(id, "Hostname"));
        Scope {
            id: id.to_owned(),
            name: name.unwrap_or_else(|| id.to_owned()),
            sends: true,
            layers: vec![holes],
            outgoing: Some(id.to_owned()),
            managed: self.owner(id).map(|owner| (Side::Outgoing, owner)).into_iter().collect(),
            ..self.scope()
        }
    }

    fn scope(&self) -> Scope {
        Scope { listed_in: Some(self.store), system_store: self.workspace.profile.home.live, ..Scope::default() }
    }

    fn parent(&self, id: &str) -> Option<String> {
        self.column(id, "ZPARENTACCOUNT")
    }

    /// Who sets an account's server, where the user doesn't: a provider's account, a configuration profile.
    fn owner(&self, id: &str) -> Option<String> {
        if ["ManagedTag", "mcProfileUUID"].iter().any(|name| self.property(id, name).is_some()) {
            return Some("a configuration profile".to_owned());
        }
        self.raw(["ZACCOUNT", id, "ZPARENTACCOUNT"])?;
        let kind = self.parent(id).and_then(|parent| self.kind(&parent));
        let known = PROVIDERS.iter().find(|(known, _)| Some(*known) == kind.as_deref());
        Some(known.map_or("its provider's account", |(_, words)| words).to_owned())
    }

    fn emails(&self, id: &str, parent: Option<&str>) -> Vec<String> {
        let mut emails: Vec<String> = self.property(id, "IdentityEmailAddress").into_iter().collect();
        emails.extend(self.aliases(id));
        emails.extend(parent.and_then(|parent| self.property(parent, "EmailAddress")));
        let user = || self.column(id, "ZUSERNAME").or_else(|| self.column(parent?, "ZUSERNAME"));
        if emails.is_empty() {
            emails.extend(user().filter(|user| user.contains('@')));
        }
        let mut seen = std::collections::BTreeSet::new();
        emails.retain(|email| seen.insert(email.to_lowercase()));
        emails
    }

    /// The addresses of an account's aliases: a list of names, each with a list of addresses.
    fn aliases(&self, id: &str) -> Vec<String> {
        let Some(Raw::Other { tag: accounts_db::ARCHIVE, bytes }) = self.raw(["ZACCOUNTPROPERTY", id, "EmailAliases"]) else {
            return Vec::new();
        };
        let found = keyed_archive::read(&bytes).unwrap_or_default();
        let addresses = found.into_iter().filter(|(key, _)| key.segments().last().as_deref() == Some("EmailAddress"));
        addresses.filter_map(|(_, raw)| raw.as_text().map(str::to_owned)).collect()
    }

    /// That an account sends through one that is not there.
    fn lost(&self, scope: &Scope, ids: &[String]) -> Option<Problem> {
        let link = self.property(&scope.id, "SendingAccountIdentifier").filter(|link| !ids.contains(link))?;
        let what = format!("account {} sends through {link}, which is none of the accounts here", scope.name);
        Some(Problem::new(Code::BrokenAccount, what).account(scope.id.as_str()).at(self.path()))
    }

    fn path(&self) -> std::path::PathBuf {
        self.workspace.stores().get(self.store).map(|store| store.path.full()).unwrap_or_default()
    }

    fn unsupported(&self, id: &str) -> Problem {
        let name = self.column(id, "ZACCOUNTDESCRIPTION").unwrap_or_else(|| id.to_owned());
        let what = format!("account {name} speaks Exchange, which has no mail server of its own settings");
        Problem::new(Code::UnsupportedAccount, what).account(id).at(self.path())
    }
}
