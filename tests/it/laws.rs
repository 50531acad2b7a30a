//! Laws over every client x protocol x row, on arbitrary raws: what is read is written back without a change, what is
//! written reads back, two writes equal the last. The tables are walked, so a new client is under the laws at once.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;

use libtest_mimic::{Failed, Trial};
use waxseal::client::{Client, Side};
use waxseal::clients::CLIENTS;
use waxseal::codec::Got;
use waxseal::document::{Edit, Raw};
use waxseal::lens::{self, Cell, Held, Holes, Place, Places, Row, Scope, StoreId};
use waxseal::setting::{Kind, SETTINGS, Setting, Side as Server};
use waxseal::value::{Auth, Level, Protocol, Security, Value};

/// One trial a row, and one a table.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for client in CLIENTS.iter().copied() {
        for (table, (side, rows)) in client.tables.iter().copied().enumerate() {
            // A side can have a table for each of a client's stores; together they are one.
            let first = client.tables.iter().position(|(known, _)| *known == side) == Some(table);
            let name = format!("{}::{}", client.name, side_name(side));
            if first {
                trials.push(Trial::test(format!("law::{name}::one-row-a-setting"), move || one_row(client, side)));
            }
            let table = if first { name } else { format!("{name}-{table}") };
            for (at, row) in rows.iter().enumerate().filter(|(_, row)| matches!(row.held, Held::Keys { .. })) {
                let name = format!("law::{table}::{}-{at}", row.setting);
                trials.push(Trial::test(name, move || row_law(client, side, row)));
            }
        }
    }
    trials
}

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Incoming(protocol) => protocol.name(),
        Side::Outgoing => "smtp",
    }
}

/// Versions on both sides of everything that a table knows of, and between.
fn versions(rows: &[Row]) -> BTreeSet<u32> {
    let mut versions = BTreeSet::from([0, 1, 2, 3, 4, 5, 16, 60, 101, 102, 115, 128, 129, 131, 132, 140, 153]);
    for row in rows {
        versions.extend([row.since, row.since.saturating_sub(1), row.until.min(1000), row.until.min(1000) + 1]);
    }
    versions
}

fn one_row(client: &Client, side: Side) -> Result<(), Failed> {
    let rows: Vec<Row> =
        client.tables.iter().filter(|(known, _)| *known == side).flat_map(|(_, rows)| rows.iter().copied()).collect();
    for info in SETTINGS.iter().filter(|info| belongs(side, info.setting)) {
        for version in versions(&rows) {
            let count =
                rows.iter().filter(|row| row.setting == info.setting && row.since <= version && version <= row.until).count();
            if count != 1 {
                return Err(format!("{}: {count} rows for {} in version {version}", client.name, info.name).into());
            }
        }
    }
    match rows.iter().find(|row| !belongs(side, row.setting)) {
        Some(row) => Err(format!("{}: {} is no setting of this table", client.name, row.setting).into()),
        None => Ok(()),
    }
}

fn belongs(side: Side, setting: Setting) -> bool {
    match side {
        Side::Outgoing => setting.side() == Server::Outgoing,
        Side::Incoming(protocol) => setting.side() != Server::Outgoing && !setting.is_read_only() && setting.applies_to(protocol),
    }
}

/// Keys without a format: what rows are tried on.
struct Shelf {
    raws: RefCell<BTreeMap<Place, Raw>>,
    version: u32,
}

fn store_id(role: &str) -> StoreId {
    role.bytes().fold(0, |sum, byte| sum * 31 + usize::from(byte))
}

impl Places for Shelf {
    fn store(&self, role: &'static str, _: &Holes) -> Option<StoreId> {
        Some(store_id(role))
    }

    fn raw(&self, place: &Place) -> Option<Raw> {
        self.raws.borrow().get(place).cloned()
    }

    fn version(&self) -> u32 {
        self.version
    }
}

impl Shelf {
    fn take(&self, edits: Vec<(Place, Edit)>) {
        for (place, edit) in edits {
            match edit {
                Edit::Put(raw) => self.raws.borrow_mut().insert(place, raw),
                _ => self.raws.borrow_mut().remove(&place),
            };
        }
    }
}

/// Raws of every type, around every border that stores know.
fn raws() -> Vec<Option<Raw>> {
    let numbers = [
        -2_147_483_648,
        -1,
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        11,
        12,
        16,
        32,
        50,
        64,
        100,
        110,
        128,
        143,
        256,
        465,
        587,
        600,
        993,
        995,
        3600,
        30_000,
        30_001,
        65_535,
        65_536,
        2_147_483_647,
    ];
    let texts = [
        "",
        "0",
        "1",
        "2",
        "3",
        "4",
        "8",
        "16",
        "32",
        "64",
        "-1",
        "01",
        "110",
        "995",
        "65536",
        "600",
        "yes",
        "no",
        "true",
        "false",
        "on",
        "off",
        "YES",
        "NO",
        "True",
        "host.example",
        "host.example:110",
        "[::1]:143",
        "::1",
        "PLAIN",
        "plain",
        "none",
        "login",
        "cram-md5",
        "nonsense",
        "ssl-on-alternate-port",
        "starttls-on-standard-port",
        "tls",
        "u@h",
    ];
    let mut raws = vec![None, Some(Raw::Bool(true)), Some(Raw::Bool(false)), Some(Raw::Bytes(vec![0xf6]))];
    raws.extend(numbers.map(|n| Some(Raw::Int(n))));
    raws.extend([0x8000_0000, 0xFFFF_FFFF, 0x0002_0007, 0x000E_0003].map(|n| Some(Raw::Int(n))));
    raws.extend([[6, 0, 0, 0], [3, 0, 0, 0], [255; 4], [0, 0, 0, 128]].map(|bytes| Some(Raw::Bytes(bytes.to_vec()))));
    let wide = |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    raws.extend(["", "@a.example;b@c.example;", "no address;@a.example", "u"].map(|text| Some(Raw::Bytes(wide(text)))));
    raws.extend(texts.map(|text| Some(Raw::text(text))));
    raws
}

/// Values of every kind, around every border.
fn values(kind: Kind) -> Vec<Value> {
    let days = [None, Some(1), Some(7), Some(14), Some(365), Some(30_000), Some(100_000)];
    match kind {
        Kind::Protocol => vec![],
        Kind::Host => ["mail.example.com", "10.0.0.1", "::1"].map(|text| Value::Text(text.to_owned())).to_vec(),
        Kind::Text => ["u", "u@example.com", "a b\"c\\d"].map(|text| Value::Text(text.to_owned())).to_vec(),
        Kind::Port => [1, 25, 110, 143, 465, 587, 993, 995, 8025, 65_535].map(Value::Port).to_vec(),
        Kind::Security => [Security::Cleartext, Security::StartTlsIfOffered, Security::StartTls, Security::ImplicitTls]
            .map(Value::Security)
            .to_vec(),
        Kind::Auth => vec![
            Value::Auth(Auth::Password),
            Value::Auth(Auth::EncryptedPassword),
            Value::Auth(Auth::Ntlm),
            Value::Auth(Auth::Gssapi),
            Value::Auth(Auth::ClientCertificate),
            Value::Auth(Auth::OAuth2),
            Value::Auth(Auth::None),
            Value::Auth(Auth::Other("8".into())),
            Value::Auth(Auth::Other("nonsense".into())),
        ],
        Kind::Bool => vec![Value::Bool(true), Value::Bool(false)],
        Kind::Days => days.map(Value::Days).to_vec(),
        Kind::Minutes => days.map(Value::Minutes).to_vec(),
        Kind::Level => [Level::Off, Level::On, Level::Low, Level::High, Level::Exclusive].map(Value::Level).to_vec(),
        Kind::Senders => vec![
            Value::Senders(vec!["@example.com".to_owned()]),
            Value::Senders(vec!["a@b.example".to_owned(), "@c.example".to_owned()]),
        ],
    }
}

/// A scope whose holes are filled with anything.
fn scope(side: Side, cells: &[&Cell]) -> Scope {
    let mut holes: Holes = Vec::new();
    for cell in cells {
        for part in cell.at.split('{').skip(1) {
            if let Some((name, _)) = part.split_once('}')
                && !holes.iter().any(|(known, _)| *known == name)
            {
                holes.push((name, "x".to_owned()));
            }
        }
    }
    let protocol = match side {
        Side::Incoming(protocol) => Some(protocol),
        Side::Outgoing => Some(Protocol::Imap),
    };
    Scope { id: "x".to_owned(), protocol, sends: true, layers: vec![holes], ..Scope::default() }
}

fn place(cell: &Cell, scope: &Scope) -> Option<Place> {
    Some((store_id(cell.store), lens::fill(cell.at, scope.layers.first()?)?))
}

/// A small generator: the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below.max(1) as u64).unwrap_or(0)
    }
}

fn row_law(client: &'static Client, side: Side, row: &'static Row) -> Result<(), Failed> {
    let Held::Keys { own, with, .. } = &row.held else { return Ok(()) };
    let cells: Vec<&Cell> = own.iter().chain(*with).collect();
    let scope = scope(side, &cells);
    let (raws, mut dice) = (raws(), Dice(0x9e37_79b9_7f4a_7c15));
    let (mut tried, mut unknown, mut held) = (0, 0, 0);
    for version in
        versions(std::slice::from_ref(row)).into_iter().filter(|version| row.since <= *version && *version <= row.until)
    {
        // Every raw in the first cell, by itself and in company of the dice's choice; then the dice alone.
        for turn in 0..raws.len() * 4 {
            let shelf = Shelf { raws: RefCell::default(), version };
            for (at, cell) in cells.iter().enumerate() {
                let chosen = match (at, turn / raws.len()) {
                    (0, 0..=2) => turn % raws.len(),
                    (_, 0) => 0,
                    _ => dice.roll(raws.len()),
                };
                if let (Some(place), Some(Some(raw))) = (place(cell, &scope), raws.get(chosen)) {
                    shelf.raws.borrow_mut().insert(place, raw.clone());
                }
            }
            tried += 1;
            let stood = shelf.raws.borrow().clone();
            let told = |what: &str| Failed::from(format!("{} {} version {version}: {what}: {stood:?}", client.name, row.setting));
            match lens::get(row, &scope, &shelf).got {
                Got::Is(value) => {
                    held += 1;
                    let edits = lens::put(row, &scope, &shelf, &value, false)
                        .map_err(|why| told(&format!("can't write {value} that it read: {why}")))?;
                    if !edits.is_empty() {
                        return Err(told(&format!("writing {value} that was read changes {edits:?}")));
                    }
                }
                Got::Unknown(_) => unknown += 1,
                Got::Unset => {}
            }
            let mut last = None;
            for value in values(row.setting.kind()) {
                let Ok(edits) = lens::put(row, &scope, &shelf, &value, false) else { continue };
                shelf.take(edits);
                let got = lens::get(row, &scope, &shelf).got;
                let kept = match (&got, &value) {
                    (Got::Is(Value::Senders(now)), Value::Senders(added)) => added.iter().all(|sender| now.contains(sender)),
                    (got, value) => got.value() == Some(value),
                };
                if !kept {
                    return Err(told(&format!("{value} was written and reads as {got:?}")));
                }
                if !lens::put(row, &scope, &shelf, &value, false).unwrap_or_default().is_empty() {
                    return Err(told(&format!("{value} is written twice")));
                }
                last = Some(value);
            }
            // A key that only the client makes holds nothing where it is not there.
            let stands = |cell: &Cell| place(cell, &scope).is_some_and(|place| stood.contains_key(&place));
            let can_be = own.iter().all(|cell| !cell.never_made || cell.aside || stands(cell));
            if last.is_none() && can_be {
                return Err(told("no value can be written at all"));
            }
        }
    }
    if held == 0 {
        return Err(format!("{} {}: no raw has a meaning", client.name, row.setting).into());
    }
    figures(&format!("{}\t{}\t{}\t{tried}\t{unknown}", client.name, side_name(side), row.setting));
    Ok(())
}

/// Writes down how many raws were tried on each row, and how many of them had no meaning.
fn figures(line: &str) {
    static LINES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let Ok(mut lines) = LINES.lock() else { return };
    lines.insert(line.to_owned());
    let mut text = String::from("client\ttable\tsetting\traws tried\tunknown\n");
    for line in lines.iter() {
        let _ = writeln!(text, "{line}");
    }
    let _ = std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("laws.tsv"), text);
}
