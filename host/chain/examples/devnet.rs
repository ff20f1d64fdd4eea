//! A development chain from the command line: `cargo run -p escapement-chain --example devnet -- 8547`.

use escapement_chain::{Chain, Config, serve};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(8547), |text| text.parse())?;
    let chain = Chain::new(Config::default())?;
    let server = serve(chain.clone(), ([127, 0, 0, 1], port).into()).await?;
    println!("chain id {} at {}", chain.chain_id(), server.url());
    for account in chain.accounts() {
        println!("{} {}", account.address, account.private_key());
    }
    tokio::signal::ctrl_c().await?;
    server.shutdown().await;
    Ok(())
}
