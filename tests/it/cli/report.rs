//! `apply --report`: the three files hold what happened, and a real browser can use the page with ten thousand homes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::{has, many};
use crate::need::{Need, root, trial};
use crate::world::{Run, World};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("cli::report", &[Need::Unix], report),
        trial("judge::chromium::report", &[Need::Unix, Need::Judge("chromium")], in_browser),
    ]
}

/// What a name must not be able to do to a page.
const HOSTILE: &str = "</script><script>document.title = 'taken'</script><img src=x onerror=alert(1)>";

/// Five homes: one is refused, one has nothing to do, one has a hostile name in it.
fn reported() -> Result<(World, Run, PathBuf), Failed> {
    let world = many::homes(5)?;
    let prefs = |n: usize| world.folder().join(format!("homes/user{n}/.thunderbird/q3v7k1xd.default-release/prefs.js"));
    fs::hard_link(prefs(1), prefs(1).with_extension("second"))?;
    let text = fs::read_to_string(prefs(2))?.replace("Rosa at home", HOSTILE);
    fs::write(prefs(2), text)?;
    let profile = prefs(3);
    fs::write(&profile, "user_pref(\"mail.accountmanager.accounts\", \"\");\n")?;
    let folder = world.folder().join("report");
    let (homes, state) = (world.folder().join("homes/*"), world.state.clone());
    let run = world.waxseal(&[
        "apply",
        "--set",
        "incoming.host=tls.example.org",
        "--set",
        "incoming.security=implicit-tls",
        "--probe",
        "off",
        "--yes",
        "--assume-closed",
        "--homes",
        &homes.to_string_lossy(),
        "--os",
        "linux",
        "--state",
        &state.to_string_lossy(),
        "--report",
        &folder.to_string_lossy(),
    ])?;
    run.exits(&[3])?;
    Ok((world, run, folder))
}

fn report() -> Result<(), Failed> {
    let (world, run, folder) = reported()?;
    let object: Value = serde_json::from_str(&fs::read_to_string(folder.join("report.json"))?)?;
    let rows = object["profiles"].as_array().cloned().unwrap_or_default();
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    rows.iter().for_each(|row| *outcomes.entry(row["outcome"].as_str().unwrap_or_default()).or_default() += 1);
    if outcomes != BTreeMap::from([("changed", 3), ("failed", 1), ("unchanged", 1)]) {
        return Err(run.failed(&format!("{outcomes:?}")));
    }
    if object["operation"] != "1" || object["counts"]["changed"] != 6 || object["counts"]["homes"] != 5 {
        return Err(run.failed(&format!("{} {}", object["operation"], object["counts"])));
    }
    let of = |user: &str| rows.iter().find(|row| row["home"].as_str().is_some_and(|home| home.ends_with(user)));
    let host = of("user0").map(|row| row["accounts"][0]["changes"][0].clone()).unwrap_or_default();
    let code = of("user1").map(|row| row["code"].clone()).unwrap_or_default();
    if host["what"] != "incoming.host" || host["after"] != "tls.example.org" || code != "hard-link" {
        return Err(run.failed(&format!("{host}")));
    }
    let table = fs::read_to_string(folder.join("report.csv"))?;
    let lines: Vec<&str> = table.split_terminator("\r\n").collect();
    // The head, two accounts in four homes, and the home without accounts.
    let words = "changed,incoming.host: pop.example.org → tls.example.org; incoming.port: 110 → 995";
    if lines.len() != 10 || lines.iter().filter(|line| line.contains(words)).count() != 3 {
        return Err(run.failed(&table));
    }
    let page = fs::read_to_string(folder.join("report.html"))?;
    if page.contains("<img") || page.matches("</script>").count() != 3 || page.contains("http://") || page.contains("https://") {
        return Err(run.failed("the page holds markup of a store, or an address"));
    }
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(folder.join("report.html"))?) & 0o777;
    if mode != 0o600 {
        return Err(run.failed(&format!("mode {mode:o}")));
    }
    let again = world.waxseal(&[
        "apply",
        "--set",
        "check.every_minutes=9",
        "--yes",
        "--home",
        &world.home.to_string_lossy(),
        "--state",
        &world.state.to_string_lossy(),
        "--report",
        &folder.to_string_lossy(),
    ])?;
    again.exits(&[2])?;
    has(&again, &again.stderr, "the report can't be written: ")
}

/// The same rows for ten thousand homes.
fn multiplied(page: &str) -> Result<String, Failed> {
    let (head, rest) = page.split_once("type=\"application/json\">[\n").ok_or("no rows")?;
    let (rows, tail) = rest.split_once("\n]</script>").ok_or("no end of rows")?;
    let rows: Vec<&str> = rows.trim_start().split(",\n").filter(|row| row.starts_with('{')).collect();
    let many: Vec<String> = (0..10_000)
        .map(|n| {
            let row = rows[n % rows.len()];
            let user = row.split("/homes/").nth(1).and_then(|rest| rest.split(['/', '"']).next()).unwrap_or_default();
            row.replace(user, &format!("user{n}"))
        })
        .collect();
    Ok(format!("{head}type=\"application/json\">[\n{}\n]</script>{tail}", many.join(",\n")))
}

fn in_browser() -> Result<(), Failed> {
    let (world, run, folder) = reported()?;
    let page = folder.join("many.html");
    fs::write(&page, multiplied(&fs::read_to_string(folder.join("report.html"))?)?)?;
    let pictures = std::env::var_os("WAXSEAL_PICTURES").map_or_else(|| folder.join("pictures"), PathBuf::from);
    let judge = root().join("tests/judges/browser/report.py");
    let seen = world.run(Command::new(judge).arg(&page).arg(&pictures))?;
    seen.exits(&[0])?;
    let saw: Value = serde_json::from_str(&seen.stdout)?;
    let mut wrong = Vec::new();
    let mut expect = |what: &str, right: bool| {
        if !right {
            wrong.push(what.to_owned());
        }
    };
    expect("the page's own title", saw["title"] == "waxseal report");
    expect("nothing from outside", saw["resources"] == 0 && saw["strangers"] == 0 && saw["scripts"] == 3);
    expect("all rows", saw["start"]["count"] == "10000 of 10000 profiles" && saw["start"]["shown"] == 200);
    // user77, user770 … user7799: 1 + 10 + 100, of which 22 have no account and so no address.
    expect("filtered", saw["filtered"]["count"] == "89 of 10000 profiles");
    expect("sorted by number", saw["ascending"]["first"].as_str().is_some_and(|home| home.ends_with("/user0")));
    expect("sorted backwards", saw["descending"]["first"].as_str().is_some_and(|home| home.ends_with("/user9999")));
    expect(
        "one outcome",
        saw["failed"]["count"] == "2000 of 10000 profiles" && saw["failed"]["outcomes"] == serde_json::json!(["failed"]),
    );
    expect("more rows", saw["more"] == 400);
    expect(
        "details",
        saw["details"].as_str().is_some_and(|text| text.contains("incoming.host: pop.example.org → tls.example.org")),
    );
    expect("dark", saw["dark"]["back"] != saw["start"]["back"]);
    let paper = saw["paper"].as_str().unwrap_or_default();
    // user7, user72 … user7997: of these every fifth failed.
    expect("every row on paper", paper.matches("hard-link:").count() == 223 && !paper.contains("more of"));
    expect("hints on paper", paper.contains("hint: "));
    expect("no tools on paper", !paper.contains("Search") && paper.contains("waxseal report"));
    expect("the screen as it was", saw["after_print"]["shown"] == 200);
    expect("a phone's width", saw["phone"]["wide"].as_u64().is_some_and(|wide| wide <= 390));
    for time in ["filter_ms", "unfilter_ms", "sort_ms", "sort_again_ms", "sort_reason_ms", "outcome_ms"] {
        expect(&format!("{time} under 200"), saw[time].as_f64().is_some_and(|ms| ms < 200.0));
    }
    for picture in ["light.png", "dark.png", "details.png", "phone.png"] {
        expect(picture, Path::new(&pictures).join(picture).is_file());
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let mut short = saw.clone();
    short["paper"] = paper.chars().take(4000).collect::<String>().into();
    Err(run.failed(&format!("{wrong:?}\n{short:#}")))
}
