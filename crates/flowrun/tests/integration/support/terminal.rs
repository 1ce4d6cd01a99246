//! The program on a terminal: standard output and standard error are pseudo-terminals of their own.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Output, Stdio};
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tempfile::TempDir;

use super::{Session, program};

/// Runs the program to its end on a terminal. Its escapes are shown as `␛`.
pub fn on_terminal(environment: &[(&str, &str)], arguments: &[&str]) -> Session {
    let home = TempDir::new().unwrap();
    let (stdout, stderr) = (Terminal::open(), Terminal::open());
    let mut command = program(home.path());
    command.envs([("TERM", "xterm")]).envs(environment.iter().copied()).args(arguments);
    command.stdout(stdout.program).stderr(stderr.program);
    let mut child = command.spawn().unwrap();
    // The command holds the program's ends, and while it does the screens have no end.
    drop(command);
    let errors = thread::spawn(move || read(stderr.screen));
    let output = read(stdout.screen);
    let output = Output { status: child.wait().unwrap(), stdout: output, stderr: errors.join().unwrap() };
    Session::new(arguments, output).without("\r\n", "\n").without("\u{1b}", "␛")
}

struct Terminal {
    screen: File,
    program: Stdio,
}

impl Terminal {
    fn open() -> Self {
        let screen: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let name = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
        let program = File::options().read(true).write(true).open(name).unwrap();
        Self { screen: screen.into(), program: program.into() }
    }
}

/// All that is written on a screen. Its end is an error on Linux.
fn read(mut screen: File) -> Vec<u8> {
    let mut text = Vec::new();
    let _ = screen.read_to_end(&mut text);
    text
}
