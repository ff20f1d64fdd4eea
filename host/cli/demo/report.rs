//! The end of the demonstration: what stands where, what it cost, and the JSON report.

use std::{path::Path, time::Duration};

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};
use escapement_agent::{books::Books, mirror::Mirror};
use escapement_core::{
    engine::views::{self, Headroom},
    param::{Group, Slot},
};

use super::{
    agreement::{Agreement, Tally},
    chart, slot_name,
    story::{Story, decimal, group_name},
    world::World,
};
use crate::{
    args::DemoArgs,
    ui::{grouped, whole},
};

/// Room of every live slot by the lens, compared with the mirror's; and what the comparisons of the run came to.
pub async fn rooms(world: &mut World, story: &mut Story) -> Result<Vec<(Slot, Headroom)>> {
    story.chapter("Lens on chain against the same engine on this side");
    let mut mirror = Mirror::latest(&world.client, world.controller).await?;
    let now = u32::try_from(mirror.time())?;
    let rooms = world.lens().at(mirror.block()).rooms().await?;
    let mut tally = Tally::default();
    for slot in Slot::all() {
        let mirrored = mirror.ask(|w| views::headroom(w, now, slot)).await?.ok();
        let seen = rooms.iter().find(|(s, _)| *s == slot).map(|(_, room)| *room);
        tally.count(seen == mirrored);
    }
    let Agreement { submissions, values, .. } = world.agreement;
    world.agreement.rooms = tally;
    let previews =
        format!("preview foretold {} accepted updates, as rehearsed here and as the log tells", submissions.compared);
    story.expect(&previews, submissions.all());
    let foretold = story.attacks.iter().filter(|a| a.foretold.is_some()).count();
    let held = story.attacks.iter().all(|a| a.held || a.foretold.is_none());
    story.expect(&format!("preview foretold {foretold} refused updates, error and numbers"), held && foretold > 0);
    let views = format!("params agreed {} times, headroom on all {} slots", values.compared, tally.compared);
    story.expect(&views, values.all() && tally.all());
    Ok(rooms)
}

/// Prints tables and chart.
pub async fn print(
    world: &World,
    story: &mut Story,
    rooms: &[(Slot, Headroom)],
    out: &Path,
    took: Duration,
) -> Result<()> {
    let style = story.style();
    story.chapter("Parameters");
    let values = world.lens().values().await?;
    let first = world.plan.values()?;
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    table.set_header(["parameter", "at the start", "now", "room down", "room up", "autonomy"]);
    for (slot, room) in rooms {
        let (old, new) = (first[slot.index()], values[slot.index()]);
        let shown = match new.cmp(&old) {
            std::cmp::Ordering::Less => style.red(&new.to_string()),
            std::cmp::Ordering::Equal => new.to_string(),
            std::cmp::Ordering::Greater => style.green(&new.to_string()),
        };
        table.add_row([
            slot_name(*slot),
            old.to_string(),
            shown,
            room.down.to_string(),
            room.up.to_string(),
            room.autonomy.to_string(),
        ]);
    }
    right_align(&mut table);
    story.say(&table.to_string());
    for group in Group::ALL {
        if world.lens().group(group).await?.autonomy == 3 {
            story.say(&format!("  {} is automatic: governance raised it after clean epochs", group_name(group)));
        }
    }

    story.chapter("Token supply by week");
    let supply: Vec<u128> = world.epochs.iter().map(|e| e.supply).collect();
    for row in chart::terminal(&supply) {
        story.say(&row);
    }
    if let (Some(a), Some(b)) = (world.epochs.first(), world.epochs.last()) {
        story.say(&format!(
            "  supply {} → {}, price {} → {}",
            grouped(whole(a.supply)),
            grouped(whole(b.supply)),
            decimal(a.price),
            decimal(b.price)
        ));
    }

    story.chapter("Gas by operation");
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    table.set_header(["operation", "times", "least", "median", "most"]);
    for (name, used) in &world.gas {
        let mut used = used.clone();
        used.sort_unstable();
        let (Some(least), Some(most)) = (used.first(), used.last()) else { continue };
        let median = used[used.len() / 2];
        table.add_row([
            (*name).to_owned(),
            used.len().to_string(),
            grouped((*least).into()),
            grouped(median.into()),
            grouped((*most).into()),
        ]);
    }
    right_align(&mut table);
    story.say(&table.to_string());

    let (held, all) = (story.attacks.iter().filter(|a| a.held).count(), story.attacks.len());
    let (good, expected) = (story.expectations.iter().filter(|e| e.held).count(), story.expectations.len());
    let verdict = format!("{held} of {all} attacks refused as they must be, {good} of {expected} expectations held");
    let verdict = if story.all_held() { style.green(&verdict) } else { style.red(&verdict) };
    story.say(&format!("\n{verdict}  ({:.1} s)", took.as_secs_f64()));
    story.say(&format!("Charts and report: {}", out.display()));
    Ok(())
}

fn right_align(table: &mut Table) {
    let columns = table.column_count();
    for index in 1..columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// The report for machines. It depends on the seed and the contracts alone: no clock, no paths.
pub async fn build(
    args: &DemoArgs,
    world: &World,
    books: &Books,
    proven: &serde_json::Value,
    story: &Story,
) -> Result<serde_json::Value> {
    let values = world.lens().values().await?;
    let slots: Vec<_> = Slot::all()
        .filter(|s| values[s.index()] != 0)
        .map(|s| serde_json::json!({ "slot": s.number(), "name": slot_name(s), "value": values[s.index()] }))
        .collect();
    let gas: serde_json::Map<_, _> = world
        .gas
        .iter()
        .map(|(name, used)| {
            let mut sorted = used.clone();
            sorted.sort_unstable();
            let median = sorted.get(sorted.len() / 2);
            let row = serde_json::json!({
                "times": used.len(), "least": sorted.first(), "median": median, "most": sorted.last(),
            });
            ((*name).to_owned(), row)
        })
        .collect();
    Ok(serde_json::json!({
        "seed": args.seed,
        "market": if args.series.is_some() { "replay" } else { "regime chain" },
        "ok": story.all_held(),
        "contracts": world.deployed.record.contracts,
        "modelId": world.policy.model_id(),
        "epochs": world.epochs,
        "parameters": slots,
        "lensAndMirror": world.agreement,
        "staking": world.staking,
        "liquidityPaid": world.mined.to_string(),
        "revenue": world.revenue,
        "treasury": world.funds,
        "books": books,
        "proven": proven,
        "attacks": story.attacks,
        "expectations": story.expectations,
        "gas": gas,
    }))
}
