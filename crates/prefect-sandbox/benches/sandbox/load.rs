//! Sustained load: so many connections, each asking again as soon as it is answered.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::{Ask, Connection};
use crate::{Result, cpu};

pub(crate) const CONNECTIONS: usize = 64;

/// What was answered, in the order of the answers.
pub(crate) struct Load {
    answers: Vec<Answer>,
    lasted: Duration,
    cpu: Duration,
}

struct Answer {
    /// Since the load began.
    at: Duration,
    took: Duration,
}

/// Runs for `lasting`; an answer that is an error ends it.
pub(crate) async fn run<F>(address: SocketAddr, lasting: Duration, ask: F) -> Result<Load>
where
    F: Fn() -> Ask + Clone + Send + 'static,
{
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(address).await?);
    }
    let (start, cpu) = (Instant::now(), cpu::used());
    let clients = connections.into_iter().map(|connection| one(connection, start, lasting, ask.clone()));
    let mut clients: JoinSet<_> = clients.collect();
    let mut answers = Vec::new();
    while let Some(client) = clients.join_next().await {
        answers.extend(client??);
    }
    let (lasted, cpu) = (start.elapsed(), cpu::used() - cpu);
    answers.sort_unstable_by_key(|answer: &Answer| answer.at);
    Ok(Load { answers, lasted, cpu })
}

async fn one<F>(mut connection: Connection, start: Instant, lasting: Duration, ask: F) -> Result<Vec<Answer>>
where
    F: Fn() -> Ask,
{
    let mut answers = Vec::new();
    while start.elapsed() < lasting {
        let asked = Instant::now();
        connection.ask(ask()).await?;
        answers.push(Answer { at: start.elapsed(), took: asked.elapsed() });
    }
    Ok(answers)
}

impl Load {
    /// Answers per second.
    pub(crate) fn rate(&self) -> f64 {
        count(self.answers.len()) / self.lasted.as_secs_f64()
    }

    /// CPU time of the process for an answer, in microseconds.
    pub(crate) fn cpu(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / count(self.answers.len())
    }

    /// Answers in the whole second that had the fewest.
    pub(crate) fn slowest_second(&self) -> f64 {
        let seconds = 0..self.lasted.as_secs();
        let answers = seconds.map(|second| self.answers.iter().filter(|a| a.at.as_secs() == second).count());
        answers.min().map_or(0.0, count)
    }

    /// What 99 of 100 answers took at most.
    pub(crate) fn p99(&self) -> Duration {
        let mut took: Vec<Duration> = self.answers.iter().map(|answer| answer.took).collect();
        took.sort_unstable();
        took.get(took.len() * 99 / 100).copied().unwrap_or_default()
    }
}

/// As a figure; counts here are far below 2^53.
fn count(of: usize) -> f64 {
    of as f64
}
