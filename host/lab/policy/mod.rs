//! The PI policy: a documented rule, written as an integer network.
//!
//! # What the rule is
//! Until a trained policy exists, this rule steers. It is a proportional-integral controller in velocity form: an output
//! is the *increment* of a parameter, as a fraction of the step the contract allows. A term in the level of an error
//! (staking ratio below target) is therefore integrated by the parameter itself: that is the I part, and the bounds of the
//! parameter are its anti-windup, because nothing hidden can wind up beyond them. A term in a rate (holder growth,
//! volume against its average, supply change over 30 days) is the P part. The network holds no state: what memory
//! there is, a leaky integral, sits in the KPIs that are moving averages or windows (volume, volatility, revenue, supply
//! change, drawdown), and forgets with their windows.
//!
//! Three refinements make it more than linear, each the cure of a failure seen in the field:
//! * a dead band on every error (the noise barrier), so that noise moves nothing;
//! * a brake: drawdown beyond 30 % or volatility beyond its limit is *stress*, subtracted four-fold from every expansive term and twice from
//!   the emission itself;
//! * a gate: when the sources disagree by more than 2 %, no group moves at all.
//!
//! # How it becomes a network
//! [`rule`] states it in three sparse layers, each row `relu(sum of weight * input + bias)`, which is exactly the
//! 12-16-16-8 network of the integer format: the rule is not approximated by training but written down. Every weight is a
//! multiple of 1/16, so quantisation to Q12 loses nothing and the only error left is the floor of each row (tested against
//! the real-valued rule). Inputs are normalised by [`schema`]: `x = (kpi - mean) / unit`.

mod network;
pub mod rule;
pub mod schema;
#[cfg(test)]
mod tests;

pub use network::Network;

/// Name of the committed policy.
pub const NAME: &str = "pi-v1";

/// The files of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// `model.bin`: weights, biases and output bounds.
    pub model: Vec<u8>,
    /// `schema.bin`: how KPIs become observations.
    pub schema: Vec<u8>,
    /// `policy.json`: what the two files are, for people.
    pub json: String,
}

/// Generates the PI policy. `keccak` is injected because the laboratory has no hash of its own.
#[must_use]
pub fn generate(keccak: impl Fn(&[u8]) -> [u8; 32]) -> Files {
    let model = rule::network().encode();
    let schema = schema::encode();
    let hex = |bytes: &[u8]| bytes.iter().fold(String::from("0x"), |s, b| s + &format!("{b:02x}"));
    let json = serde_json::json!({
        "name": NAME,
        "kind": "signed",
        "architecture": rule::DIMS,
        "modelId": hex(&keccak(&model)),
        "kpiSchema": hex(&keccak(&schema)),
        "trained": false,
        "origin": "generated from the documented PI rule of host/lab/policy by `escapement policy write`",
        "inputs": schema::INPUTS.iter().map(|i| serde_json::json!({
            "kpi": i.name, "target": i.mean_text, "unit": i.unit_text,
        })).collect::<Vec<_>>(),
        "features": rule::describe(&rule::FEATURES, "relu"),
        "terms": rule::describe(&rule::TERMS, "relu"),
        "outputs": rule::describe(&rule::OUTPUTS, "clip"),
    });
    Files { model, schema, json: format!("{json:#}\n") }
}
