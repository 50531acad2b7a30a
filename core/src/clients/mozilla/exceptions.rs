//! Exceptions for certificates that the user has accepted (`cert_override.txt`): each is for one host and port, so none goes
//! with a server that moves, and none is made (reference: mozilla, section 5.5). Read only, and only told.

use crate::effects::Effects;
use crate::setting::Setting;
use crate::value::Value;

/// What stays behind of a server that moves, a sentence for each side.
pub(super) fn left_behind(effects: &Effects<'_>) -> Vec<String> {
    let sides =
        [("incoming", Setting::IncomingHost, Setting::IncomingPort), ("outgoing", Setting::OutgoingHost, Setting::OutgoingPort)];
    if !sides.iter().any(|(_, host, port)| effects.changes(*host) || effects.changes(*port)) {
        return Vec::new();
    }
    let path = effects.workspace.profile.folder.join("cert_override.txt");
    let Some(bytes) = path.and_then(|path| effects.workspace.system.read(&path).ok().flatten()) else { return Vec::new() };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let told = |(side, host, port): &(&str, Setting, Setting)| {
        let old = place(effects.was(*host)?, effects.was(*port)?)?;
        let new = place(effects.becomes(*host)?, effects.becomes(*port)?)?;
        (old != new && excepted(&text, &old) && !excepted(&text, &new)).then(|| {
            format!("the {side} server's certificate was accepted by hand for {old}; that does not hold for {new}, where a certificate that is not trusted is asked about again")
        })
    };
    sides.iter().filter_map(told).collect()
}

fn place(host: &Value, port: &Value) -> Option<String> {
    match (host, port) {
        (Value::Text(host), Value::Port(port)) => Some(format!("{}:{port}", host.to_lowercase())),
        _ => None,
    }
}

/// Whether a line is for this place: `host:port`, in newer versions with another colon behind it.
fn excepted(text: &str, place: &str) -> bool {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split('\t').next()).any(|first| {
        let first = first.to_lowercase();
        first.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::excepted;

    #[test]
    fn an_exception_is_for_one_host_and_port() {
        let text =
            "# PSM Certificate Override Settings file\npop.old.example:995:\tOID\tAA\t\nIMAP.old.example:993\tOID\tAA\tU\tx\n";
        for (place, found) in [
            ("pop.old.example:995", true),
            ("imap.old.example:993", true),
            ("pop.old.example:99", false),
            ("old.example:995", false),
            ("# psm", false),
        ] {
            assert_eq!(excepted(text, place), found, "{place}");
        }
    }
}
