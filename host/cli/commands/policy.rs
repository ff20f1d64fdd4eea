//! `escapement policy`.

use std::fs;

use alloy::primitives::keccak256;
use anyhow::{Result, ensure};
use escapement_agent::policy::PolicyFiles;
use escapement_core::param::Group;

use crate::{
    args::policy::{PolicyAction, PolicyArgs},
    ui,
};

/// Writes or shows a policy.
pub fn run(args: PolicyArgs) -> Result<()> {
    match args.action {
        PolicyAction::Write { folder } => {
            let files = escapement_lab::policy::generate(|bytes| keccak256(bytes).0);
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("model.bin"), &files.model)?;
            fs::write(folder.join("schema.bin"), &files.schema)?;
            fs::write(folder.join("policy.json"), &files.json)?;
            let policy = PolicyFiles::load(&folder)?;
            ui::say(&format!("{}: model {}, schema {}", folder.display(), policy.model_id(), policy.kpi_schema()));
        }
        PolicyAction::Show { folder, kpis } => {
            let policy = PolicyFiles::load(&folder)?;
            let (given, inputs) = (kpis.len(), policy.inputs());
            ensure!(given == 0 || given >= inputs, "--kpis has {given} values, the policy takes {inputs}");
            ui::say(&format!(
                "model  {}\nschema {}\ninputs {}",
                policy.model_id(),
                policy.kpi_schema(),
                policy.inputs()
            ));
            if !kpis.is_empty() {
                let outputs = policy.infer(&kpis).map_err(|e| anyhow::anyhow!("{e:?}"))?;
                let names = Group::ALL.iter().map(|g| format!("{g:?}").to_lowercase()).chain(["gate".into()]);
                for (name, output) in names.zip(outputs) {
                    ui::say(&format!("{name:12} {}", ui::q16(output)));
                }
            }
        }
        #[cfg(feature = "prove")]
        PolicyAction::Proven { model, schema, key, cosign_above, out, json } => {
            super::proven::write([&model, &schema, &key], cosign_above, &out, json)?;
        }
        #[cfg(feature = "prove")]
        PolicyAction::Check { folder, model, json } => super::proven::check(&folder, &model, json)?,
        #[cfg(not(feature = "prove"))]
        PolicyAction::Proven { .. } | PolicyAction::Check { .. } => super::without_prover()?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_committed_policy_is_what_the_generator_writes() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deployments/policies/pi-v1"));
        let files = escapement_lab::policy::generate(|bytes| keccak256(bytes).0);
        assert_eq!(fs::read_to_string(folder.join("policy.json")).unwrap(), files.json);
        let policy = PolicyFiles::load(folder).unwrap();
        assert!(files.json.contains(&policy.model_id().to_string()));
        assert!(files.json.contains(&policy.kpi_schema().to_string()));
    }
}
