//! A wish to stop (Ctrl-C): what is begun is ended, nothing else is begun, and it is said.

use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};

use super::kill_many::{settings_of, until_renamed};
use super::{Scene, group};
use crate::need::{Need, trial};

pub(super) fn trials() -> Vec<Trial> {
    vec![trial("fault::interrupted-by-the-user", &[Need::Unix, Need::Program("sh")], interrupted)]
}

/// More groups than are written at once and worked out beside, so that there is something to leave out.
const HOMES: usize = 640;

fn interrupted() -> Result<(), Failed> {
    let after = Scene::after()?;
    let scene = Scene::of(HOMES)?;
    // A machine that is busy elsewhere can come too late with the signal; not every time.
    for _ in 0..5 {
        scene.again()?;
        let old = settings_of(&scene.world.home);
        let mut command = Command::new(env!("CARGO_BIN_EXE_waxseal"));
        command.args(scene.arguments("apply", &["--yes", "--json"])).env("HOME", scene.world.folder());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let taken = std::thread::spawn({
            let mut stdout = child.stdout.take();
            move || {
                let mut text = String::new();
                stdout.as_mut().map(|pipe| std::io::Read::read_to_string(pipe, &mut text)).transpose().map(|_| text)
            }
        });
        until_renamed(&mut child, &scene.world.home, old)?;
        Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status()?;
        let code = child.wait()?.code();
        let said = taken.join().map_err(|_| "the output was lost")??;
        let new = scene.new_ones(&after)?;
        if code == Some(0) && new == HOMES {
            continue;
        }
        let problem = said.lines().any(|line| line.contains("\"code\":\"cancelled\""));
        if code != Some(3) || !problem || new == 0 || new % group() != 0 {
            return Err(format!("exit {code:?}, {new} homes done, told: {problem}\n{said}").into());
        }
        if !scene.waxseal("recover", &["--json"])?.stdout.is_empty() {
            return Err("there was something to recover".into());
        }
        return scene.survives(&after).map(drop);
    }
    Err("the signal came too late each time".into())
}
