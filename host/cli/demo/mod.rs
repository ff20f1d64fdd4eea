//! `escapement demo`: the closed loop, on compiled contracts, over HTTP.
//!
//! An embedded chain is started (or a node is given), the contracts are deployed through the code of a real deployment, and
//! traders, stakers, holders and users act on chain every day of a seeded market. Once a week anybody rolls the
//! epoch, the KPIs are read back from the chain, the policy is run, attesters sign, the controller decides. Then the
//! loop is attacked, halted, overridden and restored. Every expectation is asserted; one that fails is exit code 3.

mod accounts;
mod agreement;
mod attacks;
mod attempt;
mod chart;
mod conservation;
mod dao;
mod day;
mod endow;
mod epoch;
mod exits;
#[cfg(feature = "prove")]
mod forgeries;
mod funds;
mod mining;
mod names;
mod overreach;
mod powers;
#[cfg(feature = "prove")]
mod proven;
mod record;
mod report;
mod revenue;
mod stakes;
mod story;
mod trespass;
mod world;

use std::{fs, net::SocketAddr, path::Path, time::Instant};

use anyhow::{Context, Result, ensure};
use escapement_agent::{
    artifacts::Program,
    deploy::{PROGRAMS, Plan},
    policy::PolicyFiles,
};
use escapement_chain::{Chain, Config, Server, serve};
use escapement_core::param::Slot;
use escapement_lab::{
    actors::Actors,
    market::{Market, Source},
    series::{Kind, Series},
};

pub use epoch::groups;

use crate::{
    args::{DemoArgs, SeriesKind},
    commands, paths, ui,
};
use story::Story;
use world::World;

/// Start of the embedded chain's clock: 2030-01-01. The run depends on nothing but its seed.
const GENESIS: u64 = 1_893_456_000;

/// Runs the demonstration; false if an expectation failed.
pub async fn run(args: DemoArgs) -> Result<bool> {
    let start = Instant::now();
    let root = paths::repository()?;
    let contracts = paths::contracts(args.contracts.clone())?;
    let plan = Plan::load(&root.join("deployments/devnet/config.json"))?;
    let policy = PolicyFiles::load(&plan.policy)?;
    let source = source(&args)?;
    let safe_code = dao::safe_code(&root.join("scripts/node_modules"))?;
    // Before anything runs: the files go there at the end.
    let out = args.out.clone().unwrap_or_else(|| root.join("target/demo"));
    writable(&out)?;
    for name in PROGRAMS {
        Program::load(&contracts, name)?;
    }
    let mut story = Story::new(args.json);

    // The chain lives in this process but is spoken to over HTTP only, like any other node.
    let (server, url) = node(&args).await?;
    let client = commands::connect(&url).await?;
    story.opening(&args, &policy, &url);
    let mut world = World::build(client, plan, &contracts, policy, &mut story).await?;
    let mut market = Market::new(args.seed, source);
    let seen = world.seen().await?;
    let mut actors = Actors::new(market.draws(), &seen, world::USAGE);

    story.chapter("The loop");
    story.loop_header();
    let bar = ui::progress(args.epochs.into(), "epochs");
    for epoch in 0..args.epochs {
        for _ in 0..7 {
            let day = market.next().with_context(|| format!("the series ends in epoch {epoch}; give a longer one"))?;
            day::live(&mut world, &mut actors, &day).await?;
        }
        let record = epoch::close(&mut world, epoch, &mut story).await?;
        bar.suspend(|| story.epoch(&record));
        world.epochs.push(record);
        bar.inc(1);
    }
    bar.finish_and_clear();
    epoch::expectations(&world, &mut story);
    conservation::loop_held(&world, &mut story);

    attacks::run(&mut world, &mut story).await?;
    #[cfg(feature = "prove")]
    let proven = Box::pin(proven::run(&mut world, &mut story)).await?;
    #[cfg(not(feature = "prove"))]
    let proven = story.unproven();
    powers::run(&mut world, &mut story).await?;
    trespass::run(&mut world, &mut story).await?;
    dao::run(&mut world, &mut story, safe_code).await?;
    let books = conservation::check(&mut world, &mut story).await?;
    let rooms = report::rooms(&mut world, &mut story).await?;

    let title = format!("Escapement demo: {}, {} weekly epochs", story::market(&args), args.epochs);
    chart::svg(&world, &title, &out.join("supply.svg"))?;
    let report = report::build(&args, &world, &books, &proven, &story).await?;
    fs::write(out.join("report.json"), format!("{report:#}\n"))?;
    report::print(&world, &mut story, &rooms, &out, start.elapsed()).await?;
    if args.json {
        ui::say(&format!("{report:#}"));
    }
    if let Some(server) = server {
        server.shutdown().await;
    }
    Ok(story.all_held())
}

/// Makes the folder, and makes sure that files can be written there.
fn writable(folder: &Path) -> Result<()> {
    let report = folder.join("report.json");
    fs::create_dir_all(folder)
        .and_then(|()| fs::OpenOptions::new().append(true).create(true).open(report).map(drop))
        .with_context(|| format!("cannot write to {}: choose another folder with --out", folder.display()))
}

async fn node(args: &DemoArgs) -> Result<(Option<Server>, String)> {
    if let Some(url) = &args.rpc {
        return Ok((None, url.clone()));
    }
    let chain = tokio::task::spawn_blocking(|| Chain::new(Config::deterministic(GENESIS))).await??;
    let server = serve(chain, SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let url = server.url();
    Ok((Some(server), url))
}

fn source(args: &DemoArgs) -> Result<Source> {
    let Some(path) = &args.series else { return Ok(Source::Chain) };
    let kind = args.kind.map(|kind| match kind {
        SeriesKind::Volatility => Kind::Volatility,
        SeriesKind::Demand => Kind::Demand,
    });
    let mut series = Series::load(path, kind).with_context(|| format!("{}", path.display()))?;
    if let Some(from) = &args.from {
        series = series.starting(from).context("--from")?;
    }
    let (days, rows) = (args.epochs as usize * 7, series.points().len());
    ensure!(
        rows >= days,
        "the series has {rows} rows from there, {} epochs need {days}: take fewer or start earlier",
        args.epochs
    );
    Ok(Source::Replay(series))
}

/// Name of a slot for tables.
pub fn slot_name(slot: Slot) -> String {
    const KNOTS: [u16; 5] = [0, 30, 90, 180, 365];
    match slot.number() {
        0 => "emission rate, ppm a year".into(),
        1 => "vesting speed, bps".into(),
        n @ 2..=6 => format!("staking curve at {} d, bps", KNOTS[usize::from(n - 2)]),
        7 => "burn share, bps of revenue".into(),
        8 => "re-mint cap, ppm an epoch".into(),
        9 => "quorum, bps".into(),
        10 => "proposal threshold, bps".into(),
        11 => "liquidity: reserve, bps".into(),
        n @ 12..=42 => format!("liquidity: pool {}, bps", n - 11),
        n => format!("grants: category {}, bps", n - 42),
    }
}
