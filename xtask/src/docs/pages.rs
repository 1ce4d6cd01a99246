//! Links in the pages that rustdoc wrote, to other pages and to places in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use html5gum::{Token, Tokenizer};

/// What was found.
pub(super) struct Read {
    pub(super) pages: usize,
    /// The links that lead nowhere, in words.
    pub(super) broken: Vec<String>,
}

/// Where the documentation of other crates' traits begins, as each type has them: not ours to mend.
const NOT_OURS: &str = "blanket-implementations";

/// What is looked at of a page.
#[derive(Default)]
struct Page {
    links: BTreeSet<String>,
    ids: BTreeSet<String>,
    /// The page that this one leads on to, at the same place. Rustdoc writes such a page where a re-exported item is
    /// declared, and another crate's pages link to it there if they are written after it.
    leads_to: Option<String>,
}

/// Reads the pages of these crates, below the folder `docs`.
pub(super) fn broken_links(docs: &Path, crates: &[String]) -> Result<Read> {
    let mut pages = BTreeMap::new();
    for name in crates {
        add_pages(&docs.join(name), &mut pages)?;
    }
    let mut broken = Vec::new();
    for (path, page) in &pages {
        for link in &page.links {
            if let Some(why) = why_broken(path, link, &pages) {
                let path = path.strip_prefix(docs).unwrap_or(path).display();
                broken.push(format!("{path}: the link to {link} is broken: {why}"));
            }
        }
    }
    Ok(Read { pages: pages.len(), broken })
}

fn add_pages(folder: &Path, pages: &mut BTreeMap<PathBuf, Page>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            add_pages(&path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "html") {
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            pages.insert(path, Page::parse(&text));
        }
    }
    Ok(())
}

impl Page {
    fn parse(text: &str) -> Self {
        let mut page = Self::default();
        for Ok(token) in Tokenizer::new(text) {
            let Token::StartTag(tag) = token else { continue };
            for (name, value) in &tag.attributes {
                let value = String::from_utf8_lossy(value).into_owned();
                match (tag.name.as_slice(), name.as_slice()) {
                    (b"a", b"href") if !page.ids.contains(NOT_OURS) => page.links.extend([value]),
                    (_, b"id") => page.ids.extend([value]),
                    (b"meta", b"content") => {
                        page.leads_to =
                            page.leads_to.or_else(|| Some(value.split_once(";URL=")?.1.to_owned()));
                    }
                    _ => {}
                }
            }
        }
        page
    }
}

fn why_broken(from: &Path, link: &str, pages: &BTreeMap<PathBuf, Page>) -> Option<&'static str> {
    // On the web, done by a script, or written by rustdoc for each crate, also for one within another.
    if link.contains("://") || link.starts_with("javascript:") || link == "all.html" {
        return None;
    }
    let (path, place) = link.split_once('#').unwrap_or((link, ""));
    let path = path.split('?').next().unwrap_or(path);
    let target = if path.is_empty() { from.to_owned() } else { resolved(from, path) };
    match page_at(&target, pages) {
        Some(page) => (!place.is_empty() && !page.ids.contains(place)).then_some("there is no such place"),
        // The source, in which a script finds the lines, or another crate's page.
        None => (!target.exists()).then_some("there is no such page"),
    }
}

/// The page in that file, or the one that it leads to: rustdoc's lead no further than once.
fn page_at<'a>(path: &Path, pages: &'a BTreeMap<PathBuf, Page>) -> Option<&'a Page> {
    let page = pages.get(path)?;
    match &page.leads_to {
        Some(link) => pages.get(&resolved(path, link)),
        None => Some(page),
    }
}

/// The file that a relative link stands for.
fn resolved(from: &Path, link: &str) -> PathBuf {
    let mut resolved = from.parent().unwrap_or(from).to_owned();
    for component in Path::new(link).components() {
        match component {
            Component::ParentDir => {
                resolved.pop();
            }
            Component::Normal(name) => resolved.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_nowhere_are_told() {
        let docs = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = docs.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("src/x/lib.rs.html", "<span id=1>");
        write(
            "x/index.html",
            r##"<h1 id="top"><a href="#top">1</a> <a href="#gone">2</a> <a href="struct.X.html#method.y">3</a>
                <a href="struct.X.html#method.z">4</a> <a href="README.md">5</a> <a href="../src/x/lib.rs.html#1-2">6</a>
                <a href="https://example.org/gone">7</a> <link href="gone.css"> <a href="sub/../gone.html">8</a>
                <a href="y/struct.X.html#method.y">9</a> <a href="y/struct.X.html#method.z">10</a>"##,
        );
        write("x/y/struct.X.html", r#"<meta http-equiv="refresh" content="0;URL=../../x/struct.X.html">"#);
        write(
            "x/struct.X.html",
            r#"<a id='method.y' href="index.html"></a><h2 id="blanket-implementations"></h2><a href="theirs">"#,
        );
        let read = broken_links(docs.path(), &["x".to_owned()]).unwrap();
        assert_eq!(read.pages, 3);
        insta::assert_snapshot!(read.broken.join("\n"), @r"
        x/index.html: the link to #gone is broken: there is no such place
        x/index.html: the link to README.md is broken: there is no such page
        x/index.html: the link to struct.X.html#method.z is broken: there is no such place
        x/index.html: the link to sub/../gone.html is broken: there is no such page
        x/index.html: the link to y/struct.X.html#method.z is broken: there is no such place
        ");
    }
}
