//! Names for runs that were not given one: `adjective-animal`.

const ADJECTIVES: [&str; 24] = [
    "amber", "bold", "brisk", "calm", "clever", "cosmic", "crimson", "eager", "gentle", "golden", "humble",
    "jolly", "keen", "lively", "mellow", "nimble", "proud", "quiet", "rapid", "sturdy", "sunny", "tidy",
    "vivid", "wise",
];

const ANIMALS: [&str; 24] = [
    "badger", "beaver", "bison", "crane", "dolphin", "falcon", "ferret", "gecko", "hare", "heron", "ibex",
    "jackal", "koala", "lemur", "lynx", "marmot", "newt", "otter", "panda", "raven", "seal", "tapir",
    "walrus", "wombat",
];

pub(crate) fn random() -> String {
    let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
    format!("{}-{}", pick(&ADJECTIVES, high), pick(&ANIMALS, low))
}

fn pick(words: &[&'static str; 24], number: u64) -> &'static str {
    let index = usize::try_from(number % 24).unwrap_or_default();
    words.get(index).copied().unwrap_or("run")
}
