//! Who is who: addresses and hashes as a printed line can hold them.

use std::collections::BTreeMap;

use anyhow::Result;
use escapement_agent::bindings::{controller::IController, gauges::IGauges};

use super::{story::Story, world::World};

/// Long hex words, as errors print them, and what they are.
#[derive(Debug, Default)]
pub struct Names {
    known: BTreeMap<String, &'static str>,
}

impl Names {
    /// From now on `word` (an address or a hash) is called `name`.
    pub fn learn(&mut self, word: &impl ToString, name: &'static str) {
        self.known.insert(word.to_string(), name);
    }

    /// An error with its addresses and hashes shortened, each with its name if it has one.
    pub fn readable(&self, error: &str) -> String {
        let mut words = Vec::new();
        for word in error.split(' ') {
            let hex = word.trim_end_matches([',', ')']);
            let (tail, name) = (word.strip_prefix(hex).unwrap_or_default(), self.known.get(hex));
            let is_long = hex.len() >= 42 && hex.starts_with("0x");
            words.push(match (hex.get(..6), hex.get(hex.len().saturating_sub(4)..), name) {
                (Some(head), Some(end), None) if is_long => format!("{head}…{end}{tail}"),
                (Some(head), Some(end), Some(name)) if is_long => format!("{head}…{end} {name}{tail}"),
                _ => word.to_owned(),
            });
        }
        words.join(" ")
    }
}

impl World {
    /// Tells the story who is who.
    pub async fn introduce(&self, story: &mut Story) -> Result<()> {
        let people = &self.accounts;
        for (key, name) in [
            (&people.deployer, "the deployer"),
            (&people.council, "the council"),
            (&people.guardian, "the guardian"),
            (&people.stranger, "the stranger"),
        ] {
            story.names.learn(&key.address(), name);
        }
        for attester in &people.attesters {
            story.names.learn(&attester.address(), "an attester");
        }
        for (address, name) in [
            (self.minter, "the minter"),
            (self.at.vault, "the vault"),
            (self.at.gauges, "the gauges"),
            (self.at.treasury, "the treasury"),
        ] {
            story.names.learn(&address, name);
        }
        let delivers = self.client.read(self.at.gauges, &IGauges::MINTER_ROLECall {}).await?;
        story.names.learn(&delivers, "minter");
        story.names.learn(&self.policy.kpi_schema(), "the registered schema");
        let at = self.controller;
        story.names.learn(&self.client.read(at, &IController::DEFAULT_ADMIN_ROLECall {}).await?, "governance");
        story.names.learn(&self.client.read(at, &IController::COUNCIL_ROLECall {}).await?, "council");
        story.names.learn(&self.client.read(at, &IController::GUARDIAN_ROLECall {}).await?, "guardian");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readable_shortens_hex_and_names_what_it_knows() {
        let mut names = Names::default();
        let (known, unknown) = ("0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f", format!("0x{}", "ab".repeat(32)));
        names.learn(&known, "the stranger");
        let error = format!("Denied(account {known}, role {unknown}, until 1910390470)");
        assert_eq!(
            names.readable(&error),
            "Denied(account 0x2361…1E8f the stranger, role 0xabab…abab, until 1910390470)"
        );
        assert_eq!(names.readable("a revert without data"), "a revert without data");
    }
}
