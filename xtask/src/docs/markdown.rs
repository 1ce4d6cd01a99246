//! Links in Markdown files to other files, and to headings.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The links of `files`, which are below `root`, that lead nowhere, in words.
pub(super) fn broken_links(root: &Path, files: &[&str]) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for file in files {
        let text = read(&root.join(file))?;
        for link in Document::parse(&text).links {
            if let Some(why) = why_broken(&root.join(file), &text, &link)? {
                broken.push(format!("{file}: the link to {link} is broken: {why}"));
            }
        }
    }
    Ok(broken)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn why_broken(file: &Path, text: &str, link: &str) -> Result<Option<String>> {
    // On the web, or an item of Rust, which rustdoc looks for.
    if link.contains("://") || link.contains("::") {
        return Ok(None);
    }
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = file.parent().unwrap_or(file).join(path);
    if !path.is_empty() && !target.exists() {
        return Ok(Some("there is no such file".to_owned()));
    }
    let text = if path.is_empty() || heading.is_empty() { text.to_owned() } else { read(&target)? };
    let is_there = heading.is_empty() || Document::parse(&text).headings.iter().any(|slug| slug == heading);
    Ok((!is_there).then(|| "there is no such heading".to_owned()))
}

/// What is looked at of a file.
#[derive(Default)]
struct Document {
    links: Vec<String>,
    /// As they are written in links.
    headings: Vec<String>,
}

impl Document {
    fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    document.headings.extend(heading.take().map(|text| slug(&text)));
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        document
    }
}

/// `many-runs` of "Many runs".
fn slug(heading: &str) -> String {
    let letters = heading.chars().flat_map(char::to_lowercase);
    let letters = letters.filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    letters.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_nowhere_are_told() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("folder")).unwrap();
        let readme = "# A `b`, c!\n[1](#a-b-c) [2](#d) [3](folder/other.md) [4](folder/gone.md) [5][five]\n\
                      [6](folder/other.md#e) [7](folder/other.md#f) [8](https://example.org/x#y) [9](crate::x)\n\n\
                      [five]: gone.md\n";
        fs::write(root.path().join("README.md"), readme).unwrap();
        fs::write(root.path().join("folder/other.md"), "## E\n[up](../README.md#a-b-c) [no](README.md)\n")
            .unwrap();
        let broken = broken_links(root.path(), &["README.md", "folder/other.md"]).unwrap();
        insta::assert_snapshot!(broken.join("\n"), @r"
        README.md: the link to #d is broken: there is no such heading
        README.md: the link to folder/gone.md is broken: there is no such file
        README.md: the link to gone.md is broken: there is no such file
        README.md: the link to folder/other.md#f is broken: there is no such heading
        folder/other.md: the link to README.md is broken: there is no such file
        ");
    }
}
