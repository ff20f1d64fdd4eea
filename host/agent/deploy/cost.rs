//! What a deployment will cost, without sending anything.

use alloy::{
    eips::BlockId,
    primitives::{Address, Bytes, U256, keccak256},
    rpc::types::state::{AccountOverride, StateOverride},
};
use alloy_sol_types::SolCall;

use super::{ARB_WASM, DeployError};
use crate::{
    artifacts::Program,
    bindings::arbos::ArbWasm,
    client::{Client, ClientError, Tx},
};

/// What activating a program asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Whether this code is already active on the chain: then there is no fee.
    pub active: bool,
    /// Data fee now, wei.
    pub data_fee: U256,
    /// Gas of the activation, where the node can estimate it.
    pub gas: Option<u64>,
}

impl Quote {
    /// What to send: a fifth on top, because the fee rises with demand; the excess is returned.
    #[must_use]
    pub fn value(&self) -> U256 {
        self.data_fee * U256::from(120) / U256::from(100)
    }
}

/// Cost of one program of a plan.
#[derive(Clone, Debug)]
pub struct Cost {
    /// Name of the program.
    pub name: String,
    /// Bytes of account code.
    pub bytes: usize,
    /// Gas to create it.
    pub create_gas: u64,
    /// Its activation.
    pub activation: Quote,
}

impl Cost {
    /// Prices one program.
    ///
    /// # Errors
    /// A [`DeployError`]; a program that cannot be activated is found out here, before anything is spent.
    pub async fn of(client: &Client, payer: Address, program: &Program) -> Result<Self, DeployError> {
        Ok(Self {
            name: program.name.clone(),
            bytes: program.code.len(),
            create_gas: client.estimate(payer, &Tx::create(program.init_code())).await?,
            activation: quote(client, program).await?,
        })
    }
}

/// Activates the program in a simulated call with overridden state and returns what it would cost.
///
/// # Errors
/// [`DeployError::NoStylus`]; [`DeployError::NotActivatable`] with the node's reason.
pub async fn quote(client: &Client, program: &Program) -> Result<Quote, DeployError> {
    let version = match client.read(ARB_WASM, &ArbWasm::stylusVersionCall {}).await {
        Err(ClientError::Decode { .. } | ClientError::Refused { .. }) => {
            return Err(DeployError::NoStylus { chain: client.chain_id() });
        }
        answer => answer?,
    };
    let known = client.read(ARB_WASM, &ArbWasm::codehashVersionCall { codehash: program.code_hash() }).await;
    if known.is_ok_and(|known| known == version) {
        return Ok(Quote { active: true, data_fee: U256::ZERO, gas: None });
    }
    // Two accounts that exist only in this call: one holds the code, the other pays.
    let place = |tag: &str| Address::from_slice(&keccak256(tag)[12..]);
    let (program_at, payer) = (place("escapement.quote.program"), place("escapement.quote.payer"));
    let overrides = StateOverride::from_iter([
        (program_at, AccountOverride { code: Some(Bytes::clone(&program.code)), ..Default::default() }),
        (payer, AccountOverride { balance: Some(U256::MAX), ..Default::default() }),
    ]);
    let call = ArbWasm::activateProgramCall { program: program_at };
    let tx = Tx::call(ARB_WASM, &call).value(U256::from(1_000_000_000_000_000_000_u64));
    let gas = client.estimate_with(payer, &tx, overrides.clone()).await.ok();
    let bytes = client
        .call_raw(payer, &tx, BlockId::latest(), Some(overrides))
        .await
        .map_err(|e| DeployError::NotActivatable { name: program.name.clone(), reason: e.to_string() })?;
    let answer = ArbWasm::activateProgramCall::abi_decode_returns(&bytes)
        .map_err(|e| DeployError::NotActivatable { name: program.name.clone(), reason: e.to_string() })?;
    Ok(Quote { active: false, data_fee: answer.dataFee, gas })
}
