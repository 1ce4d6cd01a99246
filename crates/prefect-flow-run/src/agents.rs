//! Agents, and which of them would execute a run.

use std::collections::BTreeSet;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use prefect_schema::AgentId;

/// How long after its last query an agent counts as healthy.
const HEALTHY_FOR: SignedDuration = SignedDuration::from_secs(60);

/// An agent that has registered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Agent {
    /// The agent's id.
    pub id: AgentId,
    /// The agent's name.
    pub name: Option<String>,
    /// The agent's labels.
    pub labels: BTreeSet<String>,
    /// When it last asked for runs; `None` when it never did.
    pub last_queried: Option<Timestamp>,
}

impl Agent {
    /// Whether it asked for runs in the minute before `now`, which is what Prefect 1.4.1 calls healthy.
    pub fn is_healthy(&self, now: Timestamp) -> bool {
        self.last_queried.is_some_and(|time| now.duration_since(time) <= HEALTHY_FOR)
    }

    /// Whether it takes runs of these labels: all of them are its own, and if there are none, it has
    /// none either.
    pub fn accepts(&self, labels: &[String]) -> bool {
        labels.is_empty() == self.labels.is_empty() && labels.iter().all(|label| self.labels.contains(label))
    }
}

/// Which agents would execute a run of some labels. `Display` tells the user, as a whole sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentMatch {
    /// The run's labels.
    pub labels: Vec<String>,
    /// Healthy agents that accept them.
    pub healthy: Vec<Agent>,
    /// Agents that accept them and have not asked for runs for more than a minute.
    pub unhealthy: Vec<Agent>,
    /// How many agents are healthy and do not accept them.
    pub others: usize,
    now: Timestamp,
}

impl AgentMatch {
    /// Sorts `agents` by what they would do with a run of `labels` at the time `now`. An agent that
    /// has never asked for runs does not count.
    pub fn new(labels: &[String], agents: impl IntoIterator<Item = Agent>, now: Timestamp) -> Self {
        let (mut healthy, mut unhealthy, mut others) = (Vec::new(), Vec::new(), 0);
        for agent in agents.into_iter().filter(|agent| agent.last_queried.is_some()) {
            match (agent.accepts(labels), agent.is_healthy(now)) {
                (true, true) => healthy.push(agent),
                (true, false) => unhealthy.push(agent),
                (false, is_healthy) => others += usize::from(is_healthy),
            }
        }
        Self { labels: labels.to_vec(), healthy, unhealthy, others, now }
    }

    /// Whether a healthy agent would execute the run.
    pub fn has_healthy(&self) -> bool {
        !self.healthy.is_empty()
    }

    fn fmt_agent(&self, agent: &Agent, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the agent {}", agent.id)?;
        if let Some(name) = &agent.name {
            write!(f, " ({name})")?;
        }
        f.write_str(" has the run's labels")?;
        let Some(time) = agent.last_queried else { return Ok(()) };
        let ago = SignedDuration::from_secs(self.now.duration_since(time).as_secs().max(0));
        write!(f, " and last asked for runs {ago:#} ago")
    }

    fn fmt_wanted(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.labels.as_slice() {
            [] => f.write_str("start one without labels"),
            labels => write!(f, "start one with the labels {}", labels.join(", ")),
        }
    }
}

impl fmt::Display for AgentMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.healthy.as_slice(), self.unhealthy.as_slice()) {
            ([agent], _) => return self.fmt_agent(agent, f),
            ([_, ..], _) => return write!(f, "{} healthy agents have the run's labels", self.healthy.len()),
            ([], [agent]) => {
                self.fmt_agent(agent, f)?;
                f.write_str(", so it seems to be down; restart it, or ")
            }
            ([], [_, ..]) => write!(
                f,
                "{} agents have the run's labels, and none of them has asked for runs in the last minute; \
                 restart one, or ",
                self.unhealthy.len()
            ),
            ([], []) if self.others == 0 => f.write_str("there is no healthy agent; "),
            ([], []) => {
                write!(f, "of the healthy agents, {} in all, none has the run's labels; ", self.others)
            }
        }?;
        self.fmt_wanted(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T20:00:00Z".parse().unwrap()
    }

    fn labels(labels: &[&str]) -> Vec<String> {
        labels.iter().map(ToString::to_string).collect()
    }

    /// An agent that last asked for runs so many seconds ago.
    fn agent(name: &str, of: &[&str], seconds_ago: impl Into<Option<i64>>) -> Agent {
        Agent {
            id: AgentId(uuid::Uuid::nil()),
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
            labels: labels(of).into_iter().collect(),
            last_queried: seconds_ago.into().map(|ago| now() - SignedDuration::from_secs(ago)),
        }
    }

    #[test]
    fn labels_are_accepted_as_by_prefect() {
        let accepts = |of: &[&str], given: &[&str]| agent("", of, 0).accepts(&labels(given));
        assert!(accepts(&[], &[]));
        assert!(accepts(&["a"], &["a"]) && accepts(&["a", "b"], &["b"]));
        assert!(!accepts(&["a"], &[]), "an agent with labels leaves runs without any");
        assert!(!accepts(&[], &["a"]) && !accepts(&["a"], &["a", "b"]));
    }

    #[test]
    fn healthy_is_who_asked_in_the_last_minute() {
        for (ago, healthy) in [(Some(0), true), (Some(60), true), (Some(61), false), (None, false)] {
            assert_eq!(agent("", &[], ago).is_healthy(now()), healthy, "{ago:?}");
        }
        // By a server whose clock is ahead.
        assert!(agent("", &[], -90).is_healthy(now()));
    }

    #[test]
    fn every_case_is_told() {
        let told = |wanted: &[&str], agents: &[Agent]| {
            let found = AgentMatch::new(&labels(wanted), agents.to_vec(), now());
            format!("{}: {found}", found.has_healthy())
        };
        let up = agent("up", &["gpu", "eu"], 5);
        let down = agent("", &["gpu"], 4000);
        let (other, never) = (agent("other", &[], 1), agent("never", &["gpu"], None));
        insta::assert_snapshot!(
            [
                told(&["gpu"], &[up.clone(), down.clone(), other.clone()]),
                told(&["gpu"], &[up.clone(), up.clone()]),
                told(&["gpu"], &[down.clone(), other.clone(), never.clone()]),
                told(&["gpu"], &[down.clone(), down.clone()]),
                told(&["gpu"], &[never]),
                told(&["gpu", "us"], &[up.clone(), other]),
                told(&[], &[up, down]),
            ]
            .join("\n")
        );
    }
}
