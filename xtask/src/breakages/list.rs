//! The list of breakages, and what must be true of it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// Where the list is, below the workspace's root.
pub(super) const FILE: &str = "xtask/breakages.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    breakage: Vec<Breakage>,
}

/// A change for the worse, and the test that must notice it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Breakage {
    pub(super) name: String,
    /// What would be wrong.
    pub(super) why: String,
    /// The file to be changed, below the workspace's root.
    pub(super) file: String,
    /// The text in it that is replaced; it is there once.
    find: String,
    replace: String,
    pub(super) package: String,
    /// The package's test target; `lib` for the tests beside the code.
    pub(super) target: String,
    /// The test's whole name.
    pub(super) test: String,
}

/// Reads the list of the workspace at `root`.
pub(super) fn read(root: &Path) -> Result<Vec<Breakage>> {
    let text = std::fs::read_to_string(root.join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
    let list: List = toml::from_str(&text).with_context(|| format!("cannot read {FILE}"))?;
    Ok(list.breakage)
}

impl Breakage {
    /// The file's text, broken.
    pub(super) fn applied_to(&self, text: &str) -> Result<String> {
        let count = text.matches(&self.find).count();
        ensure!(count == 1, "{}: {:?} is {count} times in {}", self.name, self.find, self.file);
        Ok(text.replace(&self.find, &self.replace))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::PathBuf;

    use super::*;

    /// The files in which a test of a breakage's target may be.
    fn sources(root: &Path, breakage: &Breakage) -> Vec<PathBuf> {
        let package = root.join("crates").join(&breakage.package);
        let (mut folders, mut files) = match breakage.target.as_str() {
            "lib" => (vec![package.join("src")], vec![]),
            target => {
                let tests = package.join("tests");
                (vec![tests.join(target)], vec![tests.join(format!("{target}.rs"))])
            }
        };
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir().into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() { &mut folders } else { &mut files }.push(path);
            }
        }
        files
    }

    #[test]
    fn each_breakage_can_be_made_and_its_test_exists() {
        let root = crate::workspace::root().unwrap();
        for breakage in read(&root).unwrap() {
            let text = std::fs::read_to_string(root.join(&breakage.file)).unwrap();
            assert_ne!(breakage.applied_to(&text).unwrap(), text, "{}", breakage.name);
            let function = format!("fn {}(", breakage.test.rsplit("::").next().unwrap());
            let mut texts =
                sources(&root, &breakage).into_iter().filter_map(|file| std::fs::read_to_string(file).ok());
            assert!(texts.any(|text| text.contains(&function)), "{}: {}", breakage.name, breakage.test);
        }
    }

    #[test]
    fn there_are_many_and_each_has_a_name() {
        let list = read(&crate::workspace::root().unwrap()).unwrap();
        let names: HashSet<_> = list.iter().map(|breakage| &breakage.name).collect();
        assert_eq!(names.len(), list.len());
        assert!(names.len() >= 20, "{}", names.len());
    }
}
