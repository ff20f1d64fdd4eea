//! Minter, vault, gauges and treasury, as `escapement status` shows them.

use comfy_table::{Table, presets};
use escapement_agent::books::{Books, Holding};

use crate::ui::{self, Style, grouped, whole};

/// Base units as whole tokens; what has more than 128 bits is no amount of the token.
fn tokens(amount: alloy::primitives::U256) -> String {
    u128::try_from(amount).map_or_else(|_| "?".to_owned(), |amount| grouped(whole(amount)))
}

/// Prints the books, in whole tokens.
pub fn print(books: &Books) {
    let style = Style::stdout();
    let Books { minter, vault, gauges, treasury } = books;
    let covered = |holding: Holding| {
        let text = format!("holds {}, owes {}", tokens(holding.held), tokens(holding.owed));
        if holding.is_covered() { text } else { style.red(&format!("{text}: NOT COVERED")) }
    };
    let state = if minter.tripped { style.red("breaker tripped") } else { "open".to_owned() };
    ui::say(&format!(
        "Minter    epoch {} from {}, {state}; minted {}, of it again {}; burned {} of revenue, {} quote kept",
        minter.next_epoch,
        minter.next_roll_at,
        tokens(minter.minted),
        tokens(minter.reminted),
        tokens(minter.burned),
        tokens(minter.quote_kept),
    ));
    let [k0, k1, k2, k3, k4] = vault.curve;
    ui::say(&format!(
        "Vault     staked {}, weight {}; {}; stream ends {}; exits wait {} s, penalty {} bps; curve {k0} {k1} {k2} {k3} {k4}",
        tokens(vault.staked),
        tokens(vault.weight),
        covered(vault.holding),
        vault.ends_at,
        vault.cooldown,
        vault.penalty,
    ));
    ui::say(&format!(
        "Treasury  free {}; {}; vested {}, of it to release {}; speed {} bps; {} grant rounds",
        tokens(treasury.free),
        covered(treasury.holding),
        tokens(treasury.vested),
        tokens(treasury.releasable),
        treasury.speed,
        treasury.rounds,
    ));
    ui::say(&format!("Gauges    {}; reserve {}", covered(gauges.holding), tokens(gauges.reserve)));
    if gauges.pools.is_empty() {
        return;
    }
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    table.set_header(["pool", "LP token", "weight, bps in force", "LP staked", "base units a second", "stream ends"]);
    for pool in &gauges.pools {
        let share = if pool.killed { style.red("killed") } else { format!("{}: {}", pool.weight, pool.share) };
        table.add_row([
            pool.pool.to_string(),
            pool.lp_token.to_string(),
            share,
            tokens(pool.staked),
            pool.rate.to_string(),
            pool.ends_at.to_string(),
        ]);
    }
    ui::say(&table.to_string());
}
