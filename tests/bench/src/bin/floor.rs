//! The least that a durable switch can do: `floor HOMES STATE`. Reads, writes a backup, writes a new file beside each store,
//! one sync, renames, one sync, for groups of 64 homes. No journal, no plan, no look at what it writes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use waxseal_bench::{NEW, OLD, PROFILE, STORES, homes, replaced};

fn main() -> std::io::Result<()> {
    let [below, state] = std::env::args().skip(1).collect::<Vec<_>>().try_into().expect("floor HOMES STATE");
    fs::create_dir_all(&state)?;
    let (homes, state) = (homes(Path::new(&below)), PathBuf::from(state));
    let mut backup = 0;
    for group in homes.chunks(64) {
        let mut renames = Vec::new();
        for store in group.iter().flat_map(|home| STORES.map(|store| home.join(PROFILE).join(store))) {
            let bytes = fs::read(&store)?;
            backup += 1;
            fs::write(state.join(backup.to_string()), &bytes)?;
            let temp = store.with_extension("tmp");
            fs::write(&temp, replaced(&bytes, OLD, NEW))?;
            fs::set_permissions(&temp, fs::metadata(&store)?.permissions())?;
            renames.push((temp, store));
        }
        sync(&state, Path::new(&below))?;
        renames.iter().try_for_each(|(temp, store)| fs::rename(temp, store))?;
        sync(&state, Path::new(&below))?;
    }
    Ok(())
}

/// One sync where state and homes share a file system, else two.
fn sync(state: &Path, homes: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    rustix::fs::syncfs(File::open(homes)?)?;
    if fs::metadata(state)?.dev() != fs::metadata(homes)?.dev() {
        rustix::fs::syncfs(File::open(state)?)?;
    }
    Ok(())
}
