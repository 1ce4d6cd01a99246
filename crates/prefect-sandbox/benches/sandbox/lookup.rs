//! Lookups of a flow per second, and the constant that the sandbox's HTTP front answers, in turn.

use std::time::Duration;

use bench_row::{Row, Target, median};

use crate::client::Ask;
use crate::load::{self, Load};
use crate::scene::{self, Folder};
use crate::{Result, requests};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(1);

pub(crate) async fn measure() -> Result<Vec<Row>> {
    let folder = Folder::new()?;
    let sandbox = scene::open(&folder.file("lookup.db")).await?;
    scene::register_flow(&sandbox, &["greet"]).await?;
    let find_flow = requests::find_flow();
    let (mut constant, mut lookup) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        constant.push(load::run(sandbox.address(), ROUND, || Ask::Constant).await?);
        let find_flow = find_flow.clone();
        lookup.push(load::run(sandbox.address(), ROUND, move || find_flow.clone()).await?);
    }
    sandbox.shutdown().await;
    Ok(rows(&constant, &lookup))
}

fn rows(constant: &[Load], lookup: &[Load]) -> Vec<Row> {
    let rate = |of: &[Load]| median(of.iter().map(Load::rate));
    let cpu = |of: &[Load]| median(of.iter().map(Load::cpu));
    let ratios = constant.iter().zip(lookup).map(|(constant, lookup)| lookup.rate() / constant.rate());
    vec![
        Row {
            what: "sandbox: lookups of a flow ÷ constant answers, per second".to_owned(),
            figure: median(ratios),
            target: Target::AtLeast(0.25),
            made_of: format!("{:.0}/s ÷ {:.0}/s", rate(lookup), rate(constant)),
            ..Row::default()
        },
        Row {
            what: "sandbox: CPU time of a lookup ÷ of a constant answer".to_owned(),
            figure: cpu(lookup) / cpu(constant),
            made_of: format!("{:.0} µs ÷ {:.0} µs", cpu(lookup), cpu(constant)),
            ..Row::default()
        },
    ]
}
