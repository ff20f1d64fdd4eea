//! `escapement status`.

use std::fs;

use anyhow::{Context, Result};
use comfy_table::{Table, presets};
use escapement_agent::{client::Client, deploy::Record, mirror::Mirror};
use escapement_core::{
    engine::{Config, Progress, views},
    param::Slot,
};

use crate::{args::StatusArgs, demo::slot_name, ui::Style};

/// Shows one controller.
pub async fn run(args: StatusArgs) -> Result<()> {
    let controller = match (args.controller, &args.record) {
        (Some(controller), _) => controller,
        (None, Some(path)) => {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            let record: Record = serde_json::from_str(&text)?;
            *record.contracts.get("controller").context("the record has no controller")?
        }
        (None, None) => anyhow::bail!("give --record or --controller"),
    };
    let client = Client::connect(&args.rpc).await?;
    let mut mirror = Mirror::latest(&client, controller).await?;
    let now = u32::try_from(mirror.time())?;
    let config = mirror.ask(Config::load).await?;
    let config = config.map_err(|v| anyhow::anyhow!("{controller} is no initialised controller: {v:?}"))?;
    let progress = mirror.ask(Progress::load).await?;
    let values = mirror.ask(views::values).await?;
    let style = Style::stdout();
    let mut rows = Vec::new();
    for slot in Slot::all() {
        // A slot that is not live has no headroom.
        let Ok(room) = mirror.ask(|w| views::headroom(w, now, slot)).await? else { continue };
        rows.push((slot, room));
    }
    if args.json {
        let slots: Vec<_> = rows
            .iter()
            .map(|(slot, room)| {
                serde_json::json!({
                    "slot": slot.number(), "name": slot_name(*slot), "value": values[slot.index()], "up": room.up,
                    "down": room.down, "bucketUp": room.bucket_up, "bucketDown": room.bucket_down, "next": room.next,
                    "haltedUntil": room.halted_until, "autonomy": room.autonomy, "pending": room.pending,
                })
            })
            .collect();
        println!(
            "{:#}",
            serde_json::json!({
                "controller": controller, "time": now, "lastUpdate": progress.update_id, "pools": config.pools,
                "categories": config.categories, "slots": slots,
            })
        );
        return Ok(());
    }
    println!("Controller {controller}, last update {} observed at {}", progress.update_id, progress.observed_at);
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    table.set_header(["slot", "parameter", "value", "room down", "room up", "autonomy", "state"]);
    for (slot, room) in &rows {
        let state = if room.halted_until > now {
            style.red(&format!("halted until {}", room.halted_until))
        } else if room.pending {
            style.yellow("change waiting")
        } else if room.next > now {
            format!("cooling until {}", room.next)
        } else {
            style.green("open")
        };
        table.add_row([
            slot.number().to_string(),
            slot_name(*slot),
            values[slot.index()].to_string(),
            room.down.to_string(),
            room.up.to_string(),
            room.autonomy.to_string(),
            state,
        ]);
    }
    println!("{table}");
    Ok(())
}
