//! Commands of Cargo and rustup, run in the workspace: announced, without input, and an error if they fail.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The variables that `cargo run` sets for the task itself. Build scripts of some dependencies
/// watch them, so that passing them on would build these crates again for nothing.
const OWN_VARIABLES: [&str; 4] = ["CARGO_BIN_", "CARGO_CRATE_", "CARGO_MANIFEST_", "CARGO_PKG_"];

/// Where else the target folder may be. The tasks look for what is built where it is without these.
const TARGET_FOLDER: [&str; 2] = ["CARGO_BUILD_TARGET_DIR", "CARGO_TARGET_DIR"];

/// A command of Cargo, or of rustup, that has not run yet.
pub(crate) struct Cargo(Command);

impl Cargo {
    /// `cargo` with these arguments, in the folder `root`.
    pub(crate) fn new<I, A>(root: &Path, arguments: I) -> Self
    where
        I: IntoIterator<Item = A>,
        A: AsRef<OsStr>,
    {
        Self::program(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")), root, arguments)
    }

    /// `rustup` with these arguments, in the folder `root`.
    pub(crate) fn rustup<I, A>(root: &Path, arguments: I) -> Self
    where
        I: IntoIterator<Item = A>,
        A: AsRef<OsStr>,
    {
        Self::program(OsString::from("rustup"), root, arguments)
    }

    fn program<I, A>(program: OsString, root: &Path, arguments: I) -> Self
    where
        I: IntoIterator<Item = A>,
        A: AsRef<OsStr>,
    {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(root).stdin(Stdio::null());
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| OWN_VARIABLES.iter().any(|own| name.starts_with(own))) {
                command.env_remove(name);
            }
        }
        for name in TARGET_FOLDER {
            command.env_remove(name);
        }
        Self(command)
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs the command with its output shown.
    pub(crate) fn run(mut self) -> Result<()> {
        let line = self.line();
        println!("$ {line}");
        let status = self.0.status().with_context(|| format!("cannot start `{line}`"))?;
        if !status.success() {
            bail!("`{line}` failed: {status}");
        }
        Ok(())
    }

    /// Runs the command and returns what it prints on standard output.
    pub(crate) fn output(mut self) -> Result<String> {
        let line = self.line();
        self.0.stderr(Stdio::inherit());
        let output = self.0.output().with_context(|| format!("cannot start `{line}`"))?;
        if !output.status.success() {
            bail!("`{line}` failed: {}", output.status);
        }
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{line}` printed something that is not UTF-8"))
    }

    /// Whether the command runs and succeeds; shows nothing.
    pub(crate) fn succeeds(mut self) -> bool {
        self.0.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// The command as one would type it.
    fn line(&self) -> String {
        let variables = self.0.get_envs().filter_map(|(name, value)| {
            value.map(|value| format!("{}={}", name.to_string_lossy(), quoted(value)))
        });
        let program =
            Path::new(self.0.get_program()).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let arguments = self.0.get_args().map(quoted);
        variables.chain([program]).chain(arguments).collect::<Vec<_>>().join(" ")
    }
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+{}".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into_owned() } else { format!("'{word}'") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Cargo;

    #[test]
    fn the_line_can_be_pasted_into_a_shell() {
        let cargo =
            Cargo::new(Path::new("."), ["run", "--", "start", "My Cloud Flow", "--param", "name=Ada"]);
        let line = cargo.env("RUSTDOCFLAGS", "-D warnings").line();
        assert_eq!(line, "RUSTDOCFLAGS='-D warnings' cargo run -- start 'My Cloud Flow' --param name=Ada");
    }

    #[test]
    fn the_target_folder_is_where_the_tasks_look_for_it() {
        let cargo = Cargo::new(Path::new("."), ["build"]);
        let removed =
            |wanted: &str| cargo.0.get_envs().any(|(name, value)| name == wanted && value.is_none());
        assert!(super::TARGET_FOLDER.into_iter().all(removed));
    }

    #[test]
    fn output_is_returned_and_failure_is_an_error() {
        let root = crate::workspace::root().unwrap();
        assert!(Cargo::new(&root, ["--version"]).output().unwrap().starts_with("cargo "));
        let error = Cargo::new(&root, ["no-such-command-of-cargo"]).output().unwrap_err().to_string();
        assert!(error.contains("`cargo no-such-command-of-cargo` failed"), "{error}");
        assert!(!Cargo::new(&root, ["no-such-command-of-cargo"]).succeeds());
    }
}
