//! `escapement status`.

use alloy::primitives::Address;
use anyhow::{Context, Result, ensure};
use comfy_table::{Table, presets};
use escapement_agent::{
    books::{Books, Keepers},
    client::{Client, ClientError},
    lens::Lens,
    mirror::Mirror,
};
use escapement_core::{
    engine::{
        Config, Progress,
        views::{self, Headroom},
    },
    param::{SLOTS, Slot},
};

use super::modules;
use crate::{
    args::StatusArgs,
    demo::slot_name,
    ui::{self, Style},
};

/// What is shown.
struct Status {
    time: u32,
    config: Config,
    progress: Progress,
    values: [u32; SLOTS],
    rooms: Vec<(Slot, Headroom)>,
    /// Of a deployment's record only: a controller alone does not tell where they are kept.
    books: Option<Books>,
}

/// Shows one controller.
pub async fn run(args: StatusArgs) -> Result<()> {
    let Places { controller, lens, chain, keepers } = places(&args)?;
    let client = super::connect(&args.rpc).await?;
    if let Some(chain) = chain {
        super::same_chain(chain, client.chain_id())?;
    }
    let status = read(&client, controller, lens, keepers).await?;
    let source = lens.map_or("computed here; name a lens to ask the chain".into(), |l| format!("lens {l}"));
    if args.json {
        ui::say(&format!("{:#}", json(controller, lens, &status)));
    } else {
        print(controller, &source, &status);
    }
    Ok(())
}

/// What to look at: the controller, and what is known besides.
struct Places {
    controller: Address,
    lens: Option<Address>,
    chain: Option<u64>,
    keepers: Option<Keepers>,
}

/// The places of the arguments.
fn places(args: &StatusArgs) -> Result<Places> {
    let Some(path) = &args.record else {
        // The command line demands one of the two.
        let controller = args.controller.context("give --record or --controller")?;
        return Ok(Places { controller, lens: args.lens, chain: None, keepers: None });
    };
    let record = super::record(path)?;
    let controller = record.contracts.get("controller").with_context(|| {
        format!("{} names no controller: the deployment stopped before it; run deploy again", path.display())
    })?;
    Ok(Places {
        controller: *controller,
        lens: record.contracts.get("lens").copied(),
        chain: Some(record.chain_id),
        // A deployment that stopped before its last contract has none yet.
        keepers: Keepers::of(&record).ok(),
    })
}

/// Reads everything at one block. The lens' answers are compared with the same computation on this side.
async fn read(client: &Client, controller: Address, lens: Option<Address>, keepers: Option<Keepers>) -> Result<Status> {
    let mut mirror = Mirror::latest(client, controller).await?;
    let time = u32::try_from(mirror.time())?;
    let config = match mirror.ask(Config::load).await {
        Ok(Ok(config)) => config,
        Ok(Err(_)) | Err(ClientError::Decode { .. } | ClientError::Refused { .. }) => {
            let chain = client.chain_id();
            anyhow::bail!("{controller} is no initialised controller on chain {chain}: correct the address or --rpc")
        }
        Err(other) => return Err(other.into()),
    };
    let progress = mirror.ask(Progress::load).await?;
    let values = mirror.ask(views::values).await?;
    let mut rooms = Vec::new();
    for slot in Slot::all() {
        // A slot that is not live has no headroom.
        let Ok(room) = mirror.ask(|w| views::headroom(w, time, slot)).await? else { continue };
        rooms.push((slot, room));
    }
    if let Some(at) = lens {
        let lens = Lens::latest(client, at, controller).at(mirror.block());
        let ask = || format!("the lens {at} cannot answer; leave it out with --controller alone");
        let seen = (lens.values().await.with_context(ask)?, lens.rooms().await.with_context(ask)?);
        let stale = "differs from the controller's words: it was built for another version; deploy a new lens";
        ensure!(seen == (values, rooms.clone()), "what the lens {at} answers {stale}");
    }
    let books = match keepers {
        Some(keepers) => Some(Books::read(client, &keepers, mirror.block()).await?),
        None => None,
    };
    Ok(Status { time, config, progress, values, rooms, books })
}

fn json(controller: Address, lens: Option<Address>, status: &Status) -> serde_json::Value {
    let slots: Vec<_> = status
        .rooms
        .iter()
        .map(|(slot, room)| {
            serde_json::json!({
                "slot": slot.number(), "name": slot_name(*slot), "value": status.values[slot.index()], "up": room.up,
                "down": room.down, "bucketUp": room.bucket_up, "bucketDown": room.bucket_down, "safe": room.safe,
                "next": room.next, "haltedUntil": room.halted_until, "autonomy": room.autonomy, "pending": room.pending,
            })
        })
        .collect();
    serde_json::json!({
        "controller": controller, "lens": lens, "time": status.time, "lastUpdate": status.progress.update_id,
        "observedAt": status.progress.observed_at, "pools": status.config.pools,
        "categories": status.config.categories, "slots": slots, "books": status.books,
    })
}

fn print(controller: Address, source: &str, status: &Status) {
    let style = Style::stdout();
    let (progress, now) = (&status.progress, status.time);
    ui::say(&format!(
        "Controller {controller}, last update {} observed at {}",
        progress.update_id, progress.observed_at
    ));
    ui::say(&format!("Block time {now}; {source}"));
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    table.set_header(["slot", "parameter", "value", "room down", "room up", "autonomy", "state"]);
    for (slot, room) in &status.rooms {
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
            status.values[slot.index()].to_string(),
            room.down.to_string(),
            room.up.to_string(),
            room.autonomy.to_string(),
            state,
        ]);
    }
    ui::say(&table.to_string());
    if let Some(books) = &status.books {
        modules::print(books);
    }
}
