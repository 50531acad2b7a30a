//! What a store says: its file, and the files beside it that hold a part of it, as one. Reads only; knows no format.

use crate::client::StoreDef;
use crate::document::{Document, Refusal};
use crate::fingerprint::Fingerprint;
use crate::home::StorePath;
use crate::problem::{Code, Problem};
use crate::system::Reader;

/// Files beside a store that hold a part of what it says: a log that is not yet folded into it.
#[derive(Debug)]
pub struct Sides {
    /// What is added to the store's name, letter case aside: `.LOG1`, `-wal`.
    pub names: &'static [&'static str],
    /// The store with what they hold in it; they come in the order of `names`.
    pub fold: Fold,
    /// Whether they go when the store is written, as its client would take them for a part of the new one.
    pub go: bool,
}

/// Makes one image of a store and its sides, of which each may be missing; refuses what doesn't belong together.
pub type Fold = fn(&[u8], &[Option<&[u8]>]) -> Result<Vec<u8>, Refusal>;

/// A file's place, or where it would be, and its bytes.
pub type Side = (StorePath, Option<Vec<u8>>);

/// A store and its sides, as they were read.
#[derive(Debug, Default)]
pub struct Image {
    /// The store's own bytes; `None` if there is no such file.
    pub file: Option<Vec<u8>>,
    /// Its sides: where each is, or would be, and its bytes.
    pub sides: Vec<Side>,
    /// All of it, where the sides add something.
    folded: Option<Vec<u8>>,
}

impl Image {
    /// A file without sides.
    pub(crate) fn of(file: Option<Vec<u8>>) -> Image {
        Image { file, ..Image::default() }
    }

    /// Reads a store and its sides.
    ///
    /// # Errors
    /// What can't be read or doesn't belong together, as a problem of that file.
    pub fn read(system: &dyn Reader, path: &StorePath, def: &StoreDef) -> Result<Image, Problem> {
        let mut image = Image::of(read(system, path)?);
        let (Some(sides), Some(file)) = (def.sides, &image.file) else { return Ok(image) };
        image.sides = self::sides(system, path, def)?;
        if image.sides.iter().any(|(_, bytes)| bytes.is_some()) {
            let beside: Vec<Option<&[u8]>> = image.sides.iter().map(|(_, bytes)| bytes.as_deref()).collect();
            let folded = (sides.fold)(file, &beside);
            image.folded =
                Some(folded.map_err(|refusal| in_use(system, image.places(path)).unwrap_or_else(|| malformed(path, &refusal)))?);
        }
        Ok(image)
    }

    /// What the store says; `None` if there is none.
    pub fn content(&self) -> Option<&[u8]> {
        self.folded.as_deref().or(self.file.as_deref())
    }

    /// Opens it.
    ///
    /// # Errors
    /// That it is not in its format, as a problem of its file; of a database that somebody works in, that.
    pub fn open(&self, system: &dyn Reader, path: &StorePath, def: &StoreDef) -> Result<Option<Box<dyn Document>>, Problem> {
        let opened = self.content().map(def.open).transpose();
        opened.map_err(|refusal| in_use(system, self.places(path)).unwrap_or_else(|| malformed(path, &refusal)))
    }

    /// Where its files are.
    fn places<'a>(&'a self, path: &'a StorePath) -> impl Iterator<Item = &'a StorePath> {
        [path].into_iter().chain(self.sides.iter().map(|(path, _)| path))
    }

    /// Its files and their fingerprints: what a plan was made from.
    pub fn inputs<'a>(&'a self, path: &'a StorePath) -> impl Iterator<Item = (&'a StorePath, Option<Fingerprint>)> {
        let sides = self.sides.iter().map(|(path, bytes)| (path, bytes));
        [(path, &self.file)].into_iter().chain(sides).map(|(path, bytes)| (path, bytes.as_deref().map(Fingerprint::of)))
    }
}

/// A file's bytes, or the problem that it can't be read.
pub(crate) fn read(system: &dyn Reader, path: &StorePath) -> Result<Option<Vec<u8>>, Problem> {
    system.read(path).map_err(|error| Problem::new(Code::Unreadable, format!("can't be read: {error}")).at(path.full()))
}

/// That somebody has one of these files locked: it can't be read whole now, nor may it be written.
pub(crate) fn in_use<'a>(system: &dyn Reader, files: impl IntoIterator<Item = &'a StorePath>) -> Option<Problem> {
    files.into_iter().find_map(|path| {
        let who = system.locked(path)?;
        let problem = Problem::new(Code::ClientRunning, format!("somebody works in this store ({who})"));
        Some(problem.at(path.full()).hint("close what has it open, and try again"))
    })
}

fn malformed(path: &StorePath, refusal: &Refusal) -> Problem {
    Problem::new(Code::Malformed, refusal.message.clone()).at(path.full()).line(refusal.line)
}

/// A store's sides: where each is, as its folder spells it, or where it would be, and its bytes.
pub(crate) fn sides(system: &dyn Reader, path: &StorePath, def: &StoreDef) -> Result<Vec<Side>, Problem> {
    let Some(sides) = def.sides else { return Ok(Vec::new()) };
    let folder = path.parent();
    let listed = system.list(&folder);
    let names = listed.map_err(|error| Problem::new(Code::Unreadable, format!("can't be listed: {error}")).at(folder.full()))?;
    let place = |added: &&str| {
        let name = format!("{}{added}", path.name());
        let known = names.iter().filter_map(|(known, _)| known.to_str());
        let found = known.filter(|known| known.eq_ignore_ascii_case(&name)).min_by_key(|known| *known != name);
        folder.join(found.unwrap_or(&name))
    };
    let read = |place: StorePath| read(system, &place).map(|bytes| (place, bytes));
    sides.names.iter().filter_map(place).map(read).collect()
}

/// Whether a name is another one with something added to it.
pub(crate) fn is_beside(name: &str, of: &str) -> bool {
    name.len() > of.len() && name.get(..of.len()).is_some_and(|start| start.eq_ignore_ascii_case(of))
}

#[cfg(test)]
mod tests {
    use super::{Image, Sides, is_beside};
    use crate::client::StoreDef;
    use crate::document::Refusal;
    use crate::formats::ini;
    use crate::home::StorePath;
    use crate::problem::Code;
    use crate::system::Memory;

    /// A log adds its text; one that begins with a question mark belongs to another store.
    fn fold(file: &[u8], sides: &[Option<&[u8]>]) -> Result<Vec<u8>, Refusal> {
        match sides.iter().copied().flatten().any(|side| side.starts_with(b"?")) {
            true => Err(Refusal::new("found the log of another store")),
            false => Ok([&[Some(file)], sides].concat().into_iter().flatten().collect::<Vec<_>>().concat()),
        }
    }

    static SIDES: Sides = Sides { names: &[".LOG1", ".LOG2"], fold, go: true };
    static DEF: StoreDef = StoreDef { role: "x", file: "x.ini", open: ini::open_claws, under: None, sides: Some(&SIDES) };

    fn path(name: &str) -> StorePath {
        StorePath::root("/h").join(name).unwrap()
    }

    #[test]
    fn a_store_says_what_its_sides_add() {
        let files = Memory::new().with("/h/x.ini", "a").with("/h/x.ini.log2", "c").with("/h/y.ini.log1", "no");
        let image = Image::read(&files, &path("x.ini"), &DEF).unwrap();
        assert_eq!((image.file.as_deref(), image.content()), (Some(&b"a"[..]), Some(&b"ac"[..])));
        assert_eq!(image.sides, [(path("x.ini.LOG1"), None), (path("x.ini.log2"), Some(b"c".to_vec()))]);
        assert_eq!(image.inputs(&path("x.ini")).filter(|(_, fingerprint)| fingerprint.is_some()).count(), 2);
    }

    #[test]
    fn sides_without_a_store_say_nothing_and_strange_ones_are_a_problem() {
        let files = Memory::new().with("/h/x.ini.LOG1", "b");
        assert_eq!(Image::read(&files, &path("x.ini"), &DEF).unwrap().content(), None);
        files.put("/h/x.ini", "a");
        files.put("/h/x.ini.LOG1", "?");
        assert_eq!(Image::read(&files, &path("x.ini"), &DEF).unwrap_err().code, Code::Malformed);
    }

    #[test]
    fn a_side_is_named_after_its_store() {
        assert!(is_beside("ntuser.dat.LOG1", "NTUSER.DAT"));
        assert!(!is_beside("NTUSER.DAT", "NTUSER.DAT"));
        assert!(!is_beside("NTUSER.MAN", "NTUSER.DAT"));
    }
}
