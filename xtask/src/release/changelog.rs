//! Whether the changelog tells what is new.

use semver::Version;

const UNRELEASED: &str = "## Unreleased";

/// Why the changelog will not do, in words.
pub(super) fn problem(changelog: &str, version: &Version) -> Option<String> {
    let section = section(changelog, &heading(version)).or_else(|| section(changelog, UNRELEASED));
    let tells = section.is_some_and(|text| text.lines().any(|line| line.starts_with("- ")));
    let why =
        format!("CHANGELOG.md tells nothing below `{UNRELEASED}` or `{}`: say what is new", heading(version));
    (!tells).then_some(why)
}

/// Whether the version has a section of its own.
pub(super) fn has_section(changelog: &str, version: &Version) -> bool {
    section(changelog, &heading(version)).is_some()
}

fn heading(version: &Version) -> String {
    format!("## {version} - ")
}

/// What is below a heading that starts so, up to the next one.
fn section<'a>(changelog: &'a str, heading: &str) -> Option<&'a str> {
    let (_, after) = changelog.split_once(&format!("\n{heading}"))?;
    Some(after.split("\n## ").next().unwrap_or(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: Version = Version::new(0, 2, 0);

    #[test]
    fn something_new_must_be_told() {
        let good = [
            "# Changelog\n\n## Unreleased\n\n### Added\n\n- A.\n\n## 0.1.0 - 2026-01-01\n",
            "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-01-02\n\n- A.\n",
        ];
        for changelog in good {
            assert_eq!(problem(changelog, &VERSION), None, "{changelog}");
        }
        let bad = [
            "# Changelog\n",
            "# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2026-01-01\n\n- A.\n",
            "# Changelog\n\n## Unreleased\n\n- A.\n\n## 0.2.0 - 2026-01-02\n",
        ];
        for changelog in bad {
            let why = problem(changelog, &VERSION).unwrap();
            assert!(why.contains("say what is new"), "{changelog}: {why}");
        }
    }

    #[test]
    fn the_versions_own_section_is_found() {
        assert!(has_section("# Changelog\n\n## 0.2.0 - 2026-01-02\n", &VERSION));
        assert!(!has_section("# Changelog\n\n## 0.2.0-rc.1 - 2026-01-02\n", &VERSION));
    }
}
