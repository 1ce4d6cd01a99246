//! What a round of the soak does, made of its seed. Nothing is done here.

use std::ops::Range;

use fastrand::Rng;

/// So many that each is registered often, and that some are not while others are.
const FLOWS: usize = 3;

/// A round.
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) steps: Vec<Step>,
}

/// Some runs that are scheduled in one way.
pub(crate) struct Step {
    /// Numbers of runs; parameters and keys are made of them.
    pub(crate) runs: Range<usize>,
    pub(crate) flow: usize,
    pub(crate) way: Way,
    /// The flow that gets a newer version when the step begins.
    pub(crate) registered: Option<usize>,
    /// So many of the next connections are reset.
    pub(crate) resets: u64,
}

/// A way to schedule a run, or several.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// The task of Prefect 0.10.7, which makes its key itself.
    Task { max_retries: u32 },
    /// The flow is looked up, and a run of it scheduled.
    Find,
    /// Many runs of a version that was found earlier, and may be archived since.
    Many { in_flight: usize },
    /// Many, left when this many are scheduled, and begun again.
    ManyLeft { in_flight: usize, after: usize },
    /// A call that is dropped when it was polled this often, and made again.
    Dropped { polls: u32 },
    /// A call that is dropped when it was polled this often, and resumed.
    DroppedAndResumed { polls: u32 },
}

impl Plan {
    pub(crate) fn new(seed: u64, runs: usize) -> Self {
        let mut random = Rng::with_seed(seed);
        let mut steps = Vec::new();
        let mut next = 0;
        while next < runs {
            let way = Way::draw(&mut random);
            let most = if way.is_many() { random.usize(1..=24) } else { 1 };
            let end = runs.min(next + most);
            let flow = random.usize(..FLOWS);
            let registered = (random.u8(..10) == 0).then(|| random.usize(..FLOWS));
            let resets = if random.u8(..20) == 0 { random.u64(1..=3) } else { 0 };
            steps.push(Step { runs: next..end, flow, way, registered, resets });
            next = end;
        }
        Self { seed, steps }
    }

    /// The names of the flows.
    pub(crate) fn flows() -> impl Iterator<Item = String> {
        (0..FLOWS).map(flow_name)
    }

    /// The key of a run.
    pub(crate) fn key(&self, run: usize) -> String {
        format!("soak {:016x} {run}", self.seed)
    }

    /// The parameters of a run: no other has them, and a program that reads and writes JSON would change them.
    pub(crate) fn parameters(&self, run: usize) -> String {
        let mut random = Rng::with_seed(self.seed ^ run as u64);
        let space = " ".repeat(random.usize(..3));
        let number = format!("{}.{}0e{}", random.u64(..), random.u32(..), random.i16(-400..400));
        let length = random.usize(..20);
        let text: String = std::iter::repeat_with(|| random.char(..)).take(length).collect();
        let text = serde_json::to_string(&text).unwrap();
        format!(
            "{{\"run\":{run},{space}\"number\": {number},\"text\"{space}:{text}, \"more\":[1.0, \"\\u00e9\\/\"]}}"
        )
    }
}

/// The name of a flow.
pub(crate) fn flow_name(flow: usize) -> String {
    format!("flow {flow}")
}

impl Way {
    fn draw(random: &mut Rng) -> Self {
        let in_flight = random.usize(1..=16);
        let polls = random.u32(1..=12);
        match random.u8(..12) {
            0..=2 => Self::Task { max_retries: random.u32(..2) },
            3..=5 => Self::Find,
            6 | 7 => Self::Many { in_flight },
            8 => Self::ManyLeft { in_flight, after: random.usize(..12) },
            9 | 10 => Self::Dropped { polls },
            _ => Self::DroppedAndResumed { polls },
        }
    }

    fn is_many(self) -> bool {
        matches!(self, Self::Many { .. } | Self::ManyLeft { .. })
    }

    /// What it is called where runs are counted.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Task { .. } => "FlowRunTask",
            Self::Find => "find_flow, schedule",
            Self::Many { .. } => "schedule_many",
            Self::ManyLeft { .. } => "schedule_many, dropped, schedule_many",
            Self::Dropped { .. } => "schedule, dropped, schedule",
            Self::DroppedAndResumed { .. } => "schedule, dropped, resume",
        }
    }
}
