//! `escapement devnet`.

use std::{
    future::{Future as _, poll_fn},
    net::SocketAddr,
    pin::pin,
    task::Poll,
    time::Duration,
};

use anyhow::{Context, Result};
use escapement_chain::{Chain, Clock, Config, Mining, Params, serve};

use crate::{
    args::{DevnetArgs, Profile},
    ui::{self, Style},
};

/// Serves a chain until it is interrupted.
pub async fn run(args: DevnetArgs) -> Result<()> {
    let params = match args.profile {
        Profile::ArbitrumOne => Params::arbitrum_one(),
    };
    let config = Config {
        chain_id: args.chain_id,
        params,
        accounts: args.accounts,
        mining: args.block_time.map_or(Mining::Instant, |s| Mining::Interval(Duration::from_secs(s))),
        clock: if args.deterministic.is_some() { Clock::Step(1) } else { Clock::System },
        genesis_timestamp: args.deterministic,
        ..Config::default()
    };
    // Listens from here on: whoever reads that the chain is up may interrupt it at once. The first poll registers.
    let mut stop = pin!(tokio::signal::ctrl_c());
    let stopped = poll_fn(|context| Poll::Ready(stop.as_mut().poll(context).is_ready())).await;
    let chain = Chain::new(config)?;
    let server = serve(chain.clone(), SocketAddr::new(args.host, args.port)).await.with_context(|| {
        format!("cannot listen on {}:{}: another devnet may; --port 0 takes a free port", args.host, args.port)
    })?;
    if args.json {
        let accounts: Vec<_> = chain
            .accounts()
            .iter()
            .map(|a| serde_json::json!({ "address": a.address, "privateKey": a.private_key() }))
            .collect();
        let out = serde_json::json!({ "url": server.url(), "chainId": args.chain_id, "accounts": accounts });
        ui::say(&out.to_string());
    } else {
        let style = Style::stdout();
        ui::say(&format!("{}  chain id {}", style.bold("Escapement devnet"), args.chain_id));
        ui::say("\nAccounts, 10,000 ETH each (public keys of the usual mnemonic: never send anything real)");
        for (i, account) in chain.accounts().iter().enumerate() {
            ui::say(&format!("  ({i}) {}  {}", account.address, style.dim(&account.private_key().to_string())));
        }
        ui::say(&format!("\nListening on {}   Ctrl-C stops it", style.green(&server.url())));
    }
    if !stopped {
        stop.await?;
    }
    server.shutdown().await;
    Ok(())
}
