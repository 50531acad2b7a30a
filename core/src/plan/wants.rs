//! From rules to wants: what a policy wants of one account, settled. Ports are chosen, and follow from protocol and
//! security where a rule names host or security and no port.

use std::collections::BTreeMap;

use super::{Want, Wants};
use crate::codec::Got;
use crate::lens::Scope;
use crate::model::{Model, model};
use crate::policy::{Policy, Subject, Wanted};
use crate::probe::{Prober, Target};
use crate::problem::{Code, Problem};
use crate::setting::{Setting, Side};
use crate::value::{Security, Value, submission_port};
use crate::workspace::Workspace;

/// What the policy wants of an account, on its effective values as read; and what it can't have, since a variable has no
/// value for this account.
pub(super) fn wants(workspace: &Workspace<'_>, scope: &Scope, policy: &Policy, prober: &dyn Prober) -> (Wants, Vec<Problem>) {
    let model = model(workspace, scope);
    let home = workspace.profile.home.path.to_string_lossy();
    let user = workspace.profile.home.user();
    let subject = Subject {
        emails: scope.emails.iter().map(String::as_str).collect(),
        incoming_host: text(&model, Setting::IncomingHost),
        outgoing_host: text(&model, Setting::OutgoingHost),
        protocol: scope.protocol.map(crate::value::Protocol::name),
        incoming_security: security(&model, Setting::IncomingSecurity),
        outgoing_security: security(&model, Setting::OutgoingSecurity),
        incoming_port: number(&model, Setting::IncomingPort),
        outgoing_port: number(&model, Setting::OutgoingPort),
        client: workspace.client.name,
        home: &home,
        user: &user,
        name: &scope.name,
        id: &scope.id,
    };
    let mut asked = policy.wants(&subject);
    asked.retain(|setting, _| has(scope, *setting));
    let lost = fill(&mut asked, &subject, policy);
    let mut wants = Wants::new();
    for (setting, (wanted, rule)) in &asked {
        if let Wanted::Is(value) = wanted {
            wants.insert(*setting, Want { value: value.clone(), rule: rule.clone(), named: true });
        }
    }
    for side in [Side::Incoming, Side::Outgoing] {
        port(side, scope, &model, &asked, &mut wants, prober);
    }
    (wants, lost)
}

fn security(model: &Model, setting: Setting) -> Option<Security> {
    match &model.get(&setting)?.got {
        Got::Is(Value::Security(security)) => Some(*security),
        _ => None,
    }
}

fn number(model: &Model, setting: Setting) -> Option<u16> {
    match &model.get(&setting)?.got {
        Got::Is(Value::Port(port)) => Some(*port),
        _ => None,
    }
}

type Asked = BTreeMap<Setting, (Wanted, String)>;

/// Fills variables in. What has no value is no guess: the setting is not asked for any more, nor is its server.
fn fill(asked: &mut Asked, subject: &Subject<'_>, policy: &Policy) -> Vec<Problem> {
    let mut lost = Vec::new();
    for (setting, (wanted, rule)) in asked.clone() {
        let Wanted::Filled(text) = wanted else { continue };
        match text.fill(setting, subject, policy.users.as_ref()) {
            Ok(value) => {
                asked.insert(setting, (Wanted::Is(value), rule));
            }
            Err(why) => {
                let hurt =
                    |known: &Setting| *known == setting || setting.side() != Side::Mailbox && known.side() == setting.side();
                asked.retain(|known, _| !hurt(known));
                let message = format!("{setting} can't be \"{text}\", as rule {rule} wants it: {why}; the server stays as it is");
                lost.push(Problem::new(Code::NoValue, message).account(subject.id).hint(match text.columns().next() {
                    Some(_) => "add the row to the users file, or leave the account out by the rule's match",
                    None => "leave the account out by the rule's match",
                }));
            }
        }
    }
    lost
}

/// Whether an account has a setting at all: one that the protocol doesn't have is passed over.
fn has(scope: &Scope, setting: Setting) -> bool {
    match setting.side() {
        Side::Outgoing => scope.sends,
        Side::Incoming | Side::Mailbox => scope.protocol.is_some_and(|protocol| setting.applies_to(protocol)),
    }
}

fn text(model: &Model, setting: Setting) -> Option<&str> {
    match &model.get(&setting)?.got {
        Got::Is(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn port(side: Side, scope: &Scope, model: &Model, asked: &Asked, wants: &mut Wants, prober: &dyn Prober) {
    let part = |name: &str| Setting::of(side, name);
    let (Some(host), Some(port), Some(security)) = (part("host"), part("port"), part("security")) else { return };
    let now = |setting: Setting| wants.get(&setting).map(|want| &want.value).or_else(|| model.get(&setting)?.got.value());
    let secured = match now(security) {
        Some(Value::Security(security)) => *security,
        _ => Security::Cleartext,
    };
    let protocol = if side == Side::Outgoing { "smtp" } else { scope.protocol.map_or("", crate::value::Protocol::name) };
    let chosen = match asked.get(&port) {
        Some((Wanted::Ports(ports), rule)) => {
            let name = match now(host) {
                Some(Value::Text(host)) => host.as_str(),
                _ => "",
            };
            let proven = |port: &&u16| prober.prove(&Target { protocol, host: name, port: **port, security: secured }).is_ok();
            ports.iter().find(proven).or(ports.first()).map(|port| (*port, rule.clone(), true))
        }
        Some(_) => None,
        None => asked.get(&security).or_else(|| asked.get(&host)).map(|(_, rule)| {
            let follows = match (side, scope.protocol) {
                (Side::Incoming, Some(protocol)) => protocol.port(secured),
                _ => submission_port(secured),
            };
            (follows, rule.clone(), false)
        }),
    };
    if let Some((number, rule, named)) = chosen {
        wants.insert(port, Want { value: Value::Port(number), rule, named });
    }
}
