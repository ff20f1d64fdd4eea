//! `escapement deploy`.

use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::{Table, presets};
use escapement_agent::{
    artifacts::Program,
    client::Client,
    deploy::{
        Check, Cost, Executors, GovernancePlan, Multisig, PROGRAMS, PROPOSAL, Plan, Power, Record, RolesReport,
        StepCost, accept, deploy, power_costs,
    },
    keys::KeyRef,
};

use crate::{
    args::DeployArgs,
    paths,
    ui::{self, Style, grouped},
};

/// Deploys a plan, or prices it.
pub async fn run(args: DeployArgs) -> Result<()> {
    let style = Style::stdout();
    let plan = Plan::load(&args.plan)?;
    let folder = args.plan.parent().context("the plan has no folder")?;
    if args.verify {
        return verify(&super::connect(&args.rpc).await?, &plan, &Record::open(Some(folder))?, args.json).await;
    }
    let contracts = paths::contracts(args.contracts)?;
    let key = args.key.parse::<KeyRef>()?.load()?;
    let governance = args.governance_key.map(|place| place.parse::<KeyRef>()?.load()).transpose()?;
    let client = super::connect(&args.rpc).await?;
    plan.check_chain(client.chain_id())?;
    if args.dry_run {
        return price(&client, &plan, &contracts, key.address(), args.json).await;
    }
    let record = Record::open(Some(folder))?;
    let mut deployed = deploy(&client, &key, &plan, &contracts, record, |step| {
        if !args.json {
            ui::say(&format!("  {} {step}", style.dim("→")));
        }
    })
    .await?;
    if let Some(governance) = governance {
        accept(&client, &governance, &plan, &mut deployed).await?;
    }
    if args.json {
        let out = serde_json::json!({ "record": deployed.record, "roles": deployed.roles });
        ui::say(&format!("{out:#}"));
        return Ok(());
    }
    ui::say(&format!("\n{}", style.bold("Contracts")));
    for (name, address) in &deployed.record.contracts {
        ui::say(&format!("  {name:26} {address}"));
    }
    say_roles(&deployed.roles);
    if folder.join(PROPOSAL).exists() {
        ui::say(&format!("  {PROPOSAL} asks the Governor for all of it that can be done"));
    }
    ui::say(&format!("\nWritten to {}", folder.display()));
    Ok(())
}

/// Reads a deployment back; fails if anything is not as planned.
async fn verify(client: &Client, plan: &Plan, record: &Record, json: bool) -> Result<()> {
    let roles = escapement_agent::deploy::verify(client, plan, record).await?;
    if json {
        ui::say(&format!("{:#}", serde_json::json!({ "record": record, "roles": roles })));
    } else {
        say_roles(&roles);
    }
    roles.verdict().map_err(|said| anyhow::anyhow!("roles are not as planned: {said}"))
}

fn say_roles(roles: &RolesReport) {
    let style = Style::stdout();
    ui::say(&format!("\n{}", style.bold("Roles, read back")));
    for Check { what, expected, found, ok } in &roles.checks {
        ui::say(&if *ok {
            format!("  {} {what}: {found}", style.green("✓"))
        } else {
            format!("  {} {what}: {found}, the plan says {expected}", style.red("✗"))
        });
    }
    for pending in &roles.pending {
        ui::say(&format!("  {} {}", style.yellow("pending"), pending.what));
    }
}

async fn price(
    client: &Client,
    plan: &Plan,
    contracts: &Path,
    payer: alloy::primitives::Address,
    json: bool,
) -> Result<()> {
    let gas_price = client.gas_price().await?;
    let mut costs = Vec::new();
    for name in PROGRAMS {
        costs.push(Cost::of(client, payer, &Program::load(contracts, name)?).await?);
    }
    let powers = power_costs(client, payer, plan).await?;
    if json {
        let rows: Vec<_> = costs
            .iter()
            .map(|c| {
                serde_json::json!({
                    "program": c.name, "codeBytes": c.bytes, "createGas": c.create_gas,
                    "activationGas": c.activation.gas, "dataFeeWei": c.activation.data_fee.to_string(),
                    "sentWithActivationWei": c.activation.value().to_string(), "alreadyActive": c.activation.active,
                })
            })
            .collect();
        ui::say(&format!(
            "{:#}",
            serde_json::json!({ "plan": plan, "deployer": payer, "gasPriceWei": gas_price.to_string(), "programs": rows,
                "powers": powers.iter().map(|c| serde_json::json!({ "step": c.step, "gas": c.gas })).collect::<Vec<_>>() })
        ));
        return Ok(());
    }
    ui::say(&format!("Plan for {} (chain {}), deployer {payer}", plan.network, plan.chain_id));
    ui::say(&format!(
        "  governance {}\n  council    {}\n  guardian   {}",
        governance(&plan.governance),
        multisig(&plan.council),
        multisig(&plan.guardian)
    ));
    ui::say(&format!("  attesters  {} of {}", plan.attesters.threshold, plan.attesters.signers.len()));
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    table.set_header(["program", "code bytes", "create gas", "activation gas", "data fee (wei)", "sent (fee + 20 %)"]);
    for cost in &costs {
        let activation = &cost.activation;
        table.add_row([
            cost.name.clone(),
            grouped(cost.bytes as u128),
            grouped(cost.create_gas.into()),
            if activation.active {
                "already active".into()
            } else {
                activation.gas.map_or("?".into(), |g| grouped(g.into()))
            },
            activation.data_fee.to_string(),
            activation.value().to_string(),
        ]);
    }
    ui::say(&table.to_string());
    say_powers(&powers);
    ui::say(&format!(
        "Gas price {gas_price} wei. Five proxies, the policy's data contract and four calls follow. Nothing was sent."
    ));
    Ok(())
}

/// The steps for who governs, halts and vetoes, if the plan has any.
fn say_powers(powers: &[StepCost]) {
    if powers.is_empty() {
        return;
    }
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY);
    table.set_header(["step", "gas"]);
    for cost in powers {
        table.add_row([cost.step.clone(), cost.gas.map_or("?".into(), |gas| grouped(gas.into()))]);
    }
    ui::say(&table.to_string());
    ui::say("? depends on contracts that do not stand yet; each transaction is estimated before it is sent.");
}

/// Who governs, in words.
fn governance(power: &Power<GovernancePlan>) -> String {
    match power {
        Power::Standing(address) => address.to_string(),
        Power::New(new) => {
            let open = matches!(new.timelock.executors, Executors::Open(_));
            format!(
                "a timelock of {} s, {}, {}",
                new.timelock.min_delay,
                new.governor.as_ref().map_or("without Governor".to_owned(), |g| format!("a Governor \"{}\"", g.name)),
                if open { "executed by anybody" } else { "with named executors" }
            )
        }
    }
}

/// Council or guardian, in words.
fn multisig(power: &Power<Multisig>) -> String {
    match power {
        Power::Standing(address) => address.to_string(),
        Power::New(Multisig::Safe(safe)) => format!("a Safe, {} of {}", safe.threshold, safe.owners.len()),
    }
}
