//! The kinds of steps a deployment is made of; each is recorded before the next begins.

use std::io;

use alloy::{
    hex,
    primitives::{Address, B256, Bytes, U256, keccak256},
    rpc::types::TransactionReceipt,
    signers::local::PrivateKeySigner,
};
use alloy_sol_types::{SolCall, SolEvent, SolValue};

use super::{ARB_WASM, CONSTRUCTOR, DeployError, Plan, Powers, Record, STYLUS_DEPLOYER, Step, cost, implementation};
use crate::{
    artifacts::{self, Program},
    bindings::arbos::{ArbWasm, StylusDeployer},
    client::{Client, Tx},
};

/// A deployment under way.
pub(super) struct Run<'a, F: FnMut(&str)> {
    pub(super) client: &'a Client,
    pub(super) key: &'a PrivateKeySigner,
    plan: &'a Plan,
    pub(super) record: Record,
    told: &'a mut F,
}

impl<'a, F: FnMut(&str)> Run<'a, F> {
    pub(super) async fn start(
        client: &'a Client,
        key: &'a PrivateKeySigner,
        plan: &'a Plan,
        mut record: Record,
        told: &'a mut F,
    ) -> Result<Self, DeployError> {
        if record.steps.is_empty() {
            record.network.clone_from(&plan.network);
            record.chain_id = client.chain_id();
            record.genesis = Some(client.genesis().await?);
            record.deployer = key.address();
        } else {
            same_chain(client, &record).await?;
            if record.deployer != key.address() {
                return Err(other("deployer", record.deployer.to_string(), key.address().to_string()));
            }
        }
        Ok(Self { client, key, plan, record, told })
    }

    /// The contract of a step that was carried out before, if it still has code.
    async fn done(&self, name: &str) -> Result<Option<Address>, DeployError> {
        let Some(address) = self.record.steps.get(name).and_then(|s| s.address) else {
            return Ok(None);
        };
        Ok((!self.client.code(address).await?.is_empty()).then_some(address))
    }

    pub(super) async fn send(&mut self, step: &str, tx: Tx) -> Result<TransactionReceipt, DeployError> {
        (self.told)(step);
        self.client.send(self.key, tx).await.map_err(|source| DeployError::Step { step: step.to_owned(), source })
    }

    fn note(
        &mut self,
        step: &str,
        contract: Option<&str>,
        receipt: &TransactionReceipt,
        extra: Step,
    ) -> io::Result<()> {
        let step_record = Step {
            transaction: receipt.transaction_hash,
            block: receipt.block_number.unwrap_or_default(),
            gas_used: receipt.gas_used,
            ..extra
        };
        self.record.add(step, contract, step_record)
    }

    /// Creates, activates and constructs a program in one transaction.
    pub(super) async fn construct(
        &mut self,
        name: &str,
        program: &Program,
        args: &[u8],
    ) -> Result<Address, DeployError> {
        if let Some(address) = self.done(name).await? {
            return Ok(address);
        }
        let quote = cost::quote(self.client, program).await?;
        let call = StylusDeployer::deployCall {
            bytecode: program.init_code(),
            initData: [&CONSTRUCTOR[..], args].concat().into(),
            initValue: U256::ZERO,
            salt: self.salt(name),
        };
        let receipt = self.send(name, Tx::call(STYLUS_DEPLOYER, &call).value(quote.value())).await?;
        let address = receipt
            .logs()
            .iter()
            .filter(|l| l.address() == STYLUS_DEPLOYER)
            .find_map(|l| StylusDeployer::ContractDeployed::decode_log(&l.inner).ok())
            .map(|e| e.deployedContract)
            .ok_or(DeployError::Missing { step: name.to_owned(), what: "ContractDeployed event" })?;
        let extra = Step {
            address: Some(address),
            data_fee: Some(data_fee(&receipt).to_string()),
            code_hash: Some(program.code_hash()),
            ..blank()
        };
        self.note(name, Some(name), &receipt, extra)?;
        Ok(address)
    }

    /// Creates a program and activates it, if its code is not active already.
    pub(super) async fn install(&mut self, name: &str, program: &Program) -> Result<Address, DeployError> {
        let address = self.create(name, name, program.init_code()).await?;
        let quote = cost::quote(self.client, program).await?;
        if !quote.active {
            let step = format!("{name}.activate");
            let tx = Tx::call(ARB_WASM, &ArbWasm::activateProgramCall { program: address }).value(quote.value());
            let receipt = self.send(&step, tx).await?;
            let extra = Step {
                data_fee: Some(data_fee(&receipt).to_string()),
                code_hash: Some(program.code_hash()),
                ..blank()
            };
            self.note(&step, None, &receipt, extra)?;
        }
        Ok(address)
    }

    /// Installs a program and puts a proxy before it, initialised in the proxy's own creation.
    pub(super) async fn behind_proxy(
        &mut self,
        name: &str,
        program: &Program,
        init: &impl SolCall,
    ) -> Result<Address, DeployError> {
        let implementation = self.install(&implementation(name), program).await?;
        self.proxy(name, implementation, &init.abi_encode()).await
    }

    async fn proxy(&mut self, name: &str, implementation: Address, init: &[u8]) -> Result<Address, DeployError> {
        let governance = Powers::of(self.plan, &self.record)?.governance;
        let args = (implementation, governance, Bytes::copy_from_slice(init)).abi_encode_params();
        let code = artifacts::solidity_init_code(artifacts::PROXY, "TransparentUpgradeableProxy", &args)?;
        self.create(name, name, code).await
    }

    pub(super) async fn create(
        &mut self,
        step: &str,
        contract: &str,
        init_code: Bytes,
    ) -> Result<Address, DeployError> {
        if let Some(address) = self.done(step).await? {
            return Ok(address);
        }
        let receipt = self.send(step, Tx::create(init_code)).await?;
        let address =
            receipt.contract_address.ok_or(DeployError::Missing { step: step.to_owned(), what: "contract address" })?;
        self.note(step, Some(contract), &receipt, Step { address: Some(address), ..blank() })?;
        Ok(address)
    }

    pub(super) async fn call(&mut self, step: &str, to: Address, call: &impl SolCall) -> Result<(), DeployError> {
        self.carry_out(step, Tx::call(to, call)).await
    }

    pub(super) async fn carry_out(&mut self, step: &str, tx: Tx) -> Result<(), DeployError> {
        let receipt = self.send(step, tx).await?;
        Ok(self.note(step, None, &receipt, blank())?)
    }

    /// Notes a contract that a transaction created.
    pub(super) fn created(&mut self, name: &str, receipt: &TransactionReceipt, address: Address) -> io::Result<()> {
        self.note(name, Some(name), receipt, Step { address: Some(address), ..blank() })
    }

    /// A salt of this network, contract and plan. Never zero, so that the deployer uses CREATE2.
    fn salt(&self, name: &str) -> B256 {
        keccak256(
            [b"escapement.", self.plan.network.as_bytes(), b".", name.as_bytes(), self.plan.salt.as_slice()].concat(),
        )
    }
}

fn other(what: &'static str, recorded: String, now: String) -> DeployError {
    DeployError::OtherRecord { what, recorded, now }
}

/// Fails if the node is of another chain than the record, a development chain that was restarted included.
pub(super) async fn same_chain(client: &Client, record: &Record) -> Result<(), DeployError> {
    if record.chain_id != client.chain_id() {
        return Err(other("chain", record.chain_id.to_string(), client.chain_id().to_string()));
    }
    let genesis = client.genesis().await?;
    if record.genesis != Some(genesis) {
        let recorded = record.genesis.unwrap_or_default().to_string();
        return Err(other("the chain with genesis block", recorded, genesis.to_string()));
    }
    Ok(())
}

fn blank() -> Step {
    Step { address: None, transaction: B256::ZERO, block: 0, gas_used: 0, data_fee: None, code_hash: None }
}

/// Data fee that an activation in this transaction kept.
fn data_fee(receipt: &TransactionReceipt) -> U256 {
    receipt
        .logs()
        .iter()
        .filter(|l| l.address() == ARB_WASM)
        .find_map(|l| ArbWasm::ProgramActivated::decode_log(&l.inner).ok())
        .map_or(U256::ZERO, |e| e.dataFee)
}

/// Address held by an ERC-1967 slot.
#[must_use]
pub fn address_in(word: U256) -> Address {
    Address::from_word(B256::from(word))
}

/// ERC-1967 slot of the implementation.
pub const IMPLEMENTATION_SLOT: [u8; 32] = hex!("360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc");
/// ERC-1967 slot of the admin.
pub const ADMIN_SLOT: [u8; 32] = hex!("b53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103");
