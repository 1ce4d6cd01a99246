//! The client without async has a method for each of the async one, by their source text.

use std::fs;
use std::path::Path;

const ASYNC: [&str; 4] =
    ["src", "../prefect-flow-run/src", "../prefect-flow-run/src/task", "../prefect-flow-run/src/watch"];
const BLOCKING: [&str; 1] = ["src/blocking"];

/// Types of which every method is wanted. Of the others, what they tell of themselves is the same.
const WHOLE: [&str; 9] = [
    "Api",
    "Client",
    "ClientBuilder",
    "FindFlow",
    "ListFlowRuns",
    "ScheduledFlowRun",
    "TaskRuns",
    "Wait",
    "Watch",
];
/// Types whose methods are the client's.
const OF_THE_CLIENT: [&str; 2] = ["Api", "FlowRunTask"];
/// What iterators are in place of, and what there is no second one of.
const LEFT_OUT: [&str; 4] = ["next", "into_stream", "stream", "with_tenant"];

struct Method {
    of: String,
    name: String,
    signature: String,
}

impl Method {
    fn waits(&self) -> bool {
        self.signature.starts_with("async") || self.signature.contains("impl Stream")
    }
}

/// The public methods in the files of some folders.
fn methods(folders: &[&str]) -> Vec<Method> {
    let mut all = Vec::new();
    for folder in folders {
        for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                read(&fs::read_to_string(path).unwrap(), &mut all);
            }
        }
    }
    all
}

fn read(text: &str, all: &mut Vec<Method>) {
    for block in text.split("\nimpl ").skip(1) {
        let (block, _) = block.split_once("\n}").unwrap_or((block, ""));
        let (of, _) = block.split_once(" {").unwrap();
        for method in block.split("\n    pub ").skip(1) {
            let (signature, _) = method.split_once(" {\n").unwrap();
            let (_, named) = signature.split_once("fn ").unwrap();
            let (name, _) = named.split_once(['(', '<']).unwrap();
            all.push(Method { of: of.to_owned(), name: name.to_owned(), signature: signature.to_owned() });
        }
    }
}

#[test]
fn what_is_awaited_has_a_method_that_blocks() {
    let blocking = methods(&BLOCKING);
    let wanted: Vec<_> = methods(&ASYNC)
        .into_iter()
        .filter(|method| method.waits() || WHOLE.contains(&method.of.as_str()))
        .filter(|method| !LEFT_OUT.contains(&method.name.as_str()))
        .collect();
    assert!(wanted.len() > 50, "only {} methods were read", wanted.len());
    for Method { of, name, .. } in wanted {
        let of = if OF_THE_CLIENT.contains(&of.as_str()) { "Client" } else { &of };
        assert!(
            blocking.iter().any(|method| method.of == of && method.name == name),
            "blocking::{of} has no {name}"
        );
    }
}
