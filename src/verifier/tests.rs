//! Every function, every role, every refusal with its numbers. The fixture is here, the tests by subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod access;
mod models;
mod proven;
mod quorum;
mod reports;
mod surface;
mod uptime;
mod verify;
mod words;

use alloy_primitives::{address, Address, B256};
use escapement_core::{
    policy::{policy_code, Arch, OwnedModel, SchemaEntry},
    update::{Change, OwnedUpdate, Update},
};
use escapement_kit::{native, vm};
use motsu::prelude::*;

use crate::{Error, Verifier};

/// The chain id of the native test VM.
const CHAIN: u64 = 42_161;
/// Where the policy of the fixture is.
const DATA: Address = address!("da7a0000000000000000000000000000000000da");
/// The controller of the fixture: an address in the domain, nothing more.
const CONTROLLER: Address = address!("c0000000000000000000000000000000000000c0");
/// Block time of the fixture.
const NOW: u64 = 1_800_000_000;

/// Five attesters, ascending by address.
fn attesters() -> Vec<Account> {
    let mut accounts: Vec<Account> = (0..5).map(|n| Account::from_seed(&format!("attester {n}"))).collect();
    accounts.sort_by_key(Account::address);
    accounts
}

fn addresses(accounts: &[Account]) -> Vec<Address> {
    accounts.iter().map(Account::address).collect()
}

/// A verifier of `alice` with guardian `bob`, five attesters, threshold three, and the fixture's policy.
fn deploy(verifier: &Contract<Verifier>, alice: Address, bob: Address) {
    native::set_time(NOW);
    verifier.sender(alice).constructor(alice, bob, &addresses(&attesters()), 3).motsu_unwrap();
    let (code, model_id, kpi_schema) = policy(&ramp(), &identity(12));
    native::set_code(DATA, code);
    verifier.sender(alice).register_model(model_id, DATA, kpi_schema, 0).motsu_unwrap();
}

/// The "ramp" network of 12-16-16-8 (all weights and biases by formula), bounded by one step.
fn ramp() -> OwnedModel {
    let mut model = OwnedModel::zero(Arch::A1);
    let [d0, d1, d2, d3] = Arch::A1.dims();
    let layers = [(d0, d1), (d1, d2), (d2, d3)];
    let signed = |value: usize| i32::try_from(value).unwrap();
    let weight = |l, j, i| i16::try_from((signed((31 * j + 17 * i + 7 * l) % 257) - 128) * 16).unwrap();
    let bias = |l, j| (signed((13 * j + 5 * l) % 101) - 50) * 1_000;
    model.weights = (0..3)
        .flat_map(|l| (0..layers[l].1).flat_map(move |j| (0..layers[l].0).map(move |i| (l, j, i))))
        .map(|(l, j, i)| weight(l, j, i))
        .collect();
    model.biases = (0..3).flat_map(|l| (0..layers[l].1).map(move |j| (l, j))).map(|(l, j)| bias(l, j)).collect();
    model
}

/// Observations that go with the ramp's published outputs.
fn ramp_observations() -> Vec<i32> {
    (0..12i64).map(|i| i32::try_from((i * 7_919 * 13) % 400_001 - 200_000).unwrap()).collect()
}

/// The ramp's published outputs, saturated at one step.
const RAMP_OUTPUTS: [i32; 8] = [-32_591, -65_536, -47_365, 26_913, 16_877, 28_300, 44_898, 6_161];

/// A schema that leaves KPI values as they are.
fn identity(inputs: usize) -> Vec<SchemaEntry> {
    vec![SchemaEntry { mean: 0, scale: 1, shift: 0 }; inputs]
}

/// Code of the data contract, model id and schema hash of a policy.
fn policy(model: &OwnedModel, schema: &[SchemaEntry]) -> (Vec<u8>, B256, B256) {
    let code = policy_code(model, schema).unwrap();
    let (model_bytes, schema_bytes) = code[1..].split_at(model.arch.model_len());
    let hashes = (vm::keccak(model_bytes), vm::keccak(schema_bytes));
    (code, hashes.0, hashes.1)
}

/// An update of the fixture's policy.
fn update() -> OwnedUpdate {
    let (_, model_id, kpi_schema) = policy(&ramp(), &identity(12));
    OwnedUpdate {
        model_id: model_id.0,
        kpi_schema: kpi_schema.0,
        signer_epoch: 1,
        update_id: 7,
        observed_at: NOW - 60,
        valid_after: NOW - 30,
        expires_at: NOW + 3_600,
        kpis: ramp_observations(),
        changes: vec![Change { slot: 0, expected_old: 10_000, new: 10_100 }],
    }
}

/// Digest of wire bytes for the fixture's controller and chain.
fn digest_of(wire: &[u8]) -> B256 {
    Update::decode(wire).unwrap().digest(CHAIN, &CONTROLLER.0 .0, |data| vm::keccak(data).0).into()
}

/// One signature: r, s, v.
fn sign(account: &Account, digest: B256) -> Vec<u8> {
    let (signature, id) = account.signer().credential().sign_prehash_recoverable(digest.as_slice()).unwrap();
    let mut out = signature.to_bytes().to_vec();
    out.push(27 + id.to_byte());
    out
}

/// Signatures of these accounts in this order.
fn sign_all<'a>(accounts: impl IntoIterator<Item = &'a Account>, digest: B256) -> Vec<u8> {
    accounts.into_iter().flat_map(|account| sign(account, digest)).collect()
}

/// Calls `verify` as a stranger.
fn verify(verifier: &Contract<Verifier>, wire: &[u8], signatures: &[u8]) -> Result<B256, Vec<u8>> {
    let stranger = address!("5742a09e4000000000000000000000000000574a");
    verifier.sender(stranger).verify(CONTROLLER, wire, signatures).motsu_res().map_err(bytes)
}

/// Eight outputs as `verify` packs them.
fn packed(outputs: [i32; 8]) -> B256 {
    B256::from_slice(&outputs.map(i32::to_be_bytes).concat())
}

/// KPI values as they stand on the wire.
fn kpis(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

fn bytes(error: Error) -> Vec<u8> {
    error.into()
}
