//! The model of a profile: every setting of every account, read through the rows, before or after pending edits.

use std::collections::BTreeMap;

use crate::account::{Account, Reading};
use crate::codec::Got;
use crate::discover::Profile;
use crate::lens::{self, Held, Row, Scope, Seen};
use crate::problem::{Code, Problem};
use crate::setting::Setting;
use crate::system::Reader;
use crate::value::Value;
use crate::workspace::Workspace;

/// Reads the accounts of a profile, each value with whether it is stored or a default.
pub fn read(system: &dyn Reader, profile: &Profile) -> Reading {
    let Some((mut workspace, scopes)) = open(system, profile) else { return unknown_client(profile) };
    let mut reading = Reading::default();
    for scope in &scopes {
        reading.accounts.push(account(&workspace, scope, &model(&workspace, scope), &mut reading.problems));
    }
    let mine = reading.problems.into_iter().map(|problem| profile.blame(problem)).collect::<Vec<_>>();
    workspace.problems.extend(mine);
    reading.problems = workspace.take_problems();
    reading
}

/// A profile's workspace and its accounts' scopes; `None` if no table knows the client.
pub fn open<'a>(system: &'a dyn Reader, profile: &'a Profile) -> Option<(Workspace<'a>, Vec<Scope>)> {
    let client = profile.table()?;
    let mut workspace = Workspace::new(system, profile, client);
    let scopes = (client.accounts)(&mut workspace);
    Some((workspace, scopes))
}

/// The one problem of a profile whose client this build does not know.
pub fn unknown_client(profile: &Profile) -> Reading {
    let problem = Problem::new(Code::UnsupportedClient, format!("no client is named {}", profile.client));
    Reading { accounts: Vec::new(), problems: vec![profile.blame(problem)] }
}

/// Every setting that an account's rows hold.
pub type Model = BTreeMap<Setting, Seen>;

/// The rows that speak for an account, one a setting.
pub fn rows<'w>(workspace: &'w Workspace<'_>, scope: &Scope) -> impl Iterator<Item = &'static Row> + 'w {
    let version = scope.version.unwrap_or(workspace.version);
    let protocol = scope.protocol;
    let rows = workspace.client.rows(protocol, scope.sends);
    rows.filter(move |row| row.since <= version && version <= row.until)
        .filter(move |row| protocol.is_none_or(|protocol| row.setting.applies_to(protocol)))
}

/// The row of one setting.
pub fn row_of(workspace: &Workspace<'_>, scope: &Scope, setting: Setting) -> Option<&'static Row> {
    rows(workspace, scope).find(|row| row.setting == setting)
}

/// Reads every setting of an account.
pub fn model(workspace: &Workspace<'_>, scope: &Scope) -> Model {
    rows(workspace, scope).map(|row| (row.setting, lens::get(row, scope, workspace))).collect()
}

fn account(workspace: &Workspace<'_>, scope: &Scope, model: &Model, problems: &mut Vec<Problem>) -> Account {
    let listed_in = scope.listed_in.or_else(|| workspace.first(""));
    let store = listed_in.and_then(|id| workspace.stores().get(id)).map(|store| store.path.full()).unwrap_or_default();
    let mut account = Account {
        id: scope.id.clone(),
        name: scope.name.clone(),
        emails: scope.emails.clone(),
        store,
        settings: BTreeMap::new(),
        defaults: Default::default(),
        unsupported: BTreeMap::new(),
        ceilings: rows(workspace, scope).filter_map(|row| Some((row.setting, row.ceiling?))).collect(),
    };
    if let Some(protocol) = scope.protocol {
        account.settings.insert(Setting::IncomingProtocol, Value::Protocol(protocol));
    }
    for (setting, seen) in model {
        match &seen.got {
            Got::Is(value) => {
                account.settings.insert(*setting, value.clone());
                if !seen.stored {
                    account.defaults.insert(*setting);
                }
            }
            Got::Unset => {}
            Got::Unknown(what) => problems.push(unknown_value(workspace, scope, *setting, seen, what)),
        }
    }
    problems.extend(missing_hosts(workspace, scope, model));
    for row in rows(workspace, scope) {
        if let Held::Absent(why) = row.held {
            account.unsupported.insert(row.setting, why);
        }
    }
    account
}

fn unknown_value(workspace: &Workspace<'_>, scope: &Scope, setting: Setting, seen: &Seen, what: &str) -> Problem {
    let key = seen.places.iter().flatten().next().map(|(_, key)| format!(" ({key})")).unwrap_or_default();
    let problem = Problem::new(Code::UnknownValue, format!("{setting}{key}: {what}")).account(&scope.id);
    workspace.at(&seen.places, problem)
}

/// What keeps an account from being one: a server without a host.
pub fn missing_hosts(workspace: &Workspace<'_>, scope: &Scope, model: &Model) -> Vec<Problem> {
    let missing = |host: &Setting| model.get(host).filter(|seen| seen.got == Got::Unset);
    let hosts = [Setting::IncomingHost, Setting::OutgoingHost];
    let told = |(host, seen): (Setting, &Seen)| {
        let problem = Problem::new(Code::BrokenAccount, format!("account {} has no {host}", scope.id)).account(&scope.id);
        workspace.at(&seen.places, problem)
    };
    hosts.into_iter().filter_map(|host| Some((host, missing(&host)?))).map(told).collect()
}
