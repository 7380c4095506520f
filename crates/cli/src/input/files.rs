//! The files of the paths that a command is given: those named, and those in the folders named.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Input {
    /// Where it is, as it was named or found.
    pub(crate) path: PathBuf,
    /// Its path in the folder that was named, or its own name; unique.
    pub(crate) name: String,
    /// True if it was named itself: then a file that can't be used is an error.
    pub(crate) named: bool,
}

/// The files of some paths.
#[derive(Debug, Default)]
pub(crate) struct InputFiles {
    /// The files, folder by folder in the order named, sorted in each; each file once.
    pub(crate) inputs: Vec<Input>,
    /// What was passed over in the folders, and why: hidden files and folders, and what describes an invented day.
    pub(crate) passed_over: Vec<(PathBuf, &'static str)>,
    /// What in the folders can't be read, and why: links to nothing, pipes.
    pub(crate) unreadable: Vec<(PathBuf, String)>,
    seen: HashSet<PathBuf>,
    names: HashSet<String>,
}

impl InputFiles {
    /// Finds the files of these paths, but for those in the folder `except`.
    ///
    /// # Errors
    /// When one of the paths is not there, or a folder can't be listed.
    pub(crate) fn of(paths: &[PathBuf], except: Option<&Path>) -> anyhow::Result<Self> {
        let mut found = Self::default();
        // Not there yet: then nothing of it is found.
        let except = except.and_then(|path| path.canonicalize().ok());
        for path in paths {
            let metadata = fs::metadata(path).with_context(|| format!("{} can't be read", path.display()))?;
            if metadata.is_dir() {
                found.folder(path, path, except.as_deref())?;
            } else if !metadata.is_file() {
                // Each is read several times: for its format, and by each system.
                bail!("{} is no regular file; save what it brings to a file first", path.display());
            } else {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                found.file(path, name, true)?;
            }
        }
        Ok(found)
    }

    fn folder(&mut self, root: &Path, folder: &Path, except: Option<&Path>) -> anyhow::Result<()> {
        let unlisted = || format!("{} can't be listed", folder.display());
        let canonical = folder.canonicalize().with_context(unlisted)?;
        // A link may lead in a circle.
        if except == Some(canonical.as_path()) || !self.seen.insert(canonical) {
            return Ok(());
        }
        let entries: io::Result<Vec<_>> = fs::read_dir(folder).with_context(unlisted)?.collect();
        let mut entries = entries.with_context(unlisted)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                self.passed_over.push((path, "hidden"));
                continue;
            }
            if describes_an_invented_day(&path) {
                self.passed_over.push((path, "describes an invented day"));
                continue;
            }
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => self.folder(root, &path, except)?,
                Ok(metadata) if metadata.is_file() => {
                    let relative = path.strip_prefix(root).unwrap_or(&path);
                    self.file(&path, relative.to_string_lossy().into_owned(), false)?;
                }
                Ok(_) => self.unreadable.push((path, "no regular file".to_owned())),
                Err(error) => self.unreadable.push((path, format!("can't be read: {}", error.kind()))),
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: String, named: bool) -> anyhow::Result<()> {
        let canonical = path.canonicalize().with_context(|| format!("{} can't be read", path.display()))?;
        if !self.seen.insert(canonical) {
            return Ok(());
        }
        let name = self.unique(name);
        self.inputs.push(Input { path: path.to_owned(), name, named });
        Ok(())
    }

    /// The name, or with a number behind it if another file has it. Names that differ in case alone
    /// count as one: on some file systems they are one file.
    fn unique(&mut self, name: String) -> String {
        let candidates = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}~{number}")));
        let mut free = candidates.filter(|candidate| self.names.insert(candidate.to_lowercase()));
        free.next().unwrap_or(name)
    }
}

/// True for the truth and the README of a folder that `simulate centre` wrote.
fn describes_an_invented_day(path: &Path) -> bool {
    let holds = |name: &str| path.parent().is_some_and(|folder| folder.join(name).is_file());
    let is_named = |name: &str| path.file_name().is_some_and(|has| has == name);
    (is_named("truth") || is_named("README.md")) && holds("truth/intervals.ndjson") && holds("README.md")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        root
    }

    fn names(found: &InputFiles) -> Vec<&str> {
        found.inputs.iter().map(|input| input.name.as_str()).collect()
    }

    #[test]
    fn folders_are_read_in_order_without_what_is_hidden_or_excepted() {
        let root = tree(&["b/2", "b/1", "a", ".git/x", ".hidden", "out/old"]);
        let paths = [root.path().to_owned()];
        let found = InputFiles::of(&paths, Some(&root.path().join("out"))).unwrap();
        assert_eq!(names(&found), ["a", "b/1", "b/2"]);
        assert_eq!(found.passed_over, [".git", ".hidden"].map(|name| (root.path().join(name), "hidden")));
    }

    #[test]
    fn the_truth_of_an_invented_day_is_no_input() {
        let root = tree(&[
            "day/README.md",
            "day/truth/intervals.ndjson",
            "day/agent-events/1",
            "truth/a",
            "README.md",
        ]);
        let found = InputFiles::of(&[root.path().to_owned()], None).unwrap();
        let names: Vec<_> = found.inputs.iter().map(|input| input.name.as_str()).collect();
        assert_eq!(names, ["README.md", "day/agent-events/1", "truth/a"]);
        let passed_over: Vec<_> =
            found.passed_over.iter().map(|(path, _)| path.strip_prefix(root.path()).unwrap()).collect();
        assert_eq!(passed_over, ["day/README.md", "day/truth"].map(Path::new));
    }

    #[test]
    #[cfg(unix)]
    fn links_are_followed_once_and_what_leads_nowhere_is_listed() {
        use std::os::unix::{fs::symlink, net::UnixListener};
        let root = tree(&["day/a", "elsewhere/b"]);
        let day = root.path().join("day");
        symlink("../elsewhere", day.join("linked")).unwrap();
        symlink("..", root.path().join("elsewhere/circle")).unwrap();
        symlink("nowhere", day.join("broken")).unwrap();
        let _socket = UnixListener::bind(day.join("socket")).unwrap();
        let found = InputFiles::of(std::slice::from_ref(&day), None).unwrap();
        assert_eq!(names(&found), ["a", "linked/b"]);
        let unreadable = ["broken", "socket"].map(|name| day.join(name));
        assert!(found.unreadable.iter().map(|(path, _)| path).eq(&unreadable), "{:?}", found.unreadable);
        assert!(InputFiles::of(&[day.join("socket")], None).is_err());
    }

    #[test]
    fn each_file_comes_once_and_each_name_once() {
        let root = tree(&["a/x", "b/x", "b/X~2", "b/x~2"]);
        let paths = ["a", "b", "a/x"].map(|name| root.path().join(name));
        let found = InputFiles::of(&paths, None).unwrap();
        assert_eq!(found.inputs.len(), 4);
        let distinct: HashSet<_> = names(&found).into_iter().map(str::to_lowercase).collect();
        assert_eq!(distinct.len(), 4, "{:?}", names(&found));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = InputFiles::of(&["nowhere/at-all".into()], None).unwrap_err().to_string();
        assert!(error.contains("nowhere/at-all"), "{error}");
    }
}
