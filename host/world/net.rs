//! A chain in this process, with typed calls, deployment and time.

use alloy::{
    eips::BlockId,
    rpc::types::{TransactionInput, TransactionRequest},
};
use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent};
use escapement_chain::{CallRequest, Chain, Config};

use crate::{Refusal, Solidity, arb_wasm, program_code};

/// Gas limit of a test's transaction: far above any cost, below the cap of ArbOS 50.
const GAS: u64 = 30_000_000;

/// Value sent along with an activation; what the data fee leaves comes back.
const ACTIVATION_VALUE: u64 = 1_000_000_000_000_000_000;

/// What a mined, successful transaction left.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Hash of the transaction.
    pub hash: B256,
    /// Gas used, refunds subtracted.
    pub gas_used: u64,
    /// Logs in order.
    pub logs: Vec<Log>,
    /// Address of a created contract.
    pub created: Option<Address>,
    /// Returned bytes.
    pub output: Bytes,
    /// `block.timestamp` of its block.
    pub timestamp: u64,
}

impl Receipt {
    /// The logs that decode as event `E`, whoever emitted them.
    #[must_use]
    pub fn events<E: SolEvent>(&self) -> Vec<E> {
        self.logs.iter().filter_map(|log| E::decode_log_data(&log.data).ok()).collect()
    }
}

/// A chain with helpers. Cloning gives another handle on the same chain.
#[derive(Clone)]
pub struct Net {
    /// The chain itself.
    pub chain: Chain,
}

impl Net {
    /// A fresh chain on the profile of Arbitrum One whose genesis is at `timestamp`.
    ///
    /// # Panics
    /// Never with the default mnemonic.
    #[must_use]
    pub fn at(timestamp: u64) -> Self {
        Self { chain: Chain::new(Config::deterministic(timestamp)).expect("the default configuration is valid") }
    }

    /// The `n`th funded account.
    ///
    /// # Panics
    /// Beyond the tenth.
    #[must_use]
    pub fn account(&self, n: usize) -> Address {
        self.chain.accounts()[n].address
    }

    /// `block.timestamp` of the newest block.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.chain.head().timestamp()
    }

    /// Makes a block `seconds` later.
    ///
    /// # Panics
    /// Never: time only moves forward.
    pub fn warp(&self, seconds: u64) {
        self.chain.set_next_timestamp(self.now() + seconds).expect("time moves forward");
        self.chain.mine().expect("an empty block can be mined");
    }

    /// Gives the next block the timestamp of the newest one, so that it sees what a view sees now.
    ///
    /// # Panics
    /// Never: time does not move back.
    pub fn hold(&self) {
        self.at_next(self.now());
    }

    /// Gives the next block this timestamp.
    ///
    /// # Panics
    /// When it lies before the newest block.
    pub fn at_next(&self, timestamp: u64) {
        self.chain.set_next_timestamp(timestamp).expect("time moves forward");
    }

    /// Sends raw calldata with `value` and mines it.
    ///
    /// # Errors
    /// The [`Refusal`] when it reverts or is not accepted.
    ///
    /// # Panics
    /// When instant mining left the transaction out of every block.
    pub fn transact(&self, from: Address, to: TxKind, input: Bytes, value: U256) -> Result<Receipt, Refusal> {
        let request = TransactionRequest {
            from: Some(from),
            to: Some(to),
            gas: Some(GAS),
            value: Some(value),
            input: TransactionInput::new(input),
            ..Default::default()
        };
        let hash = self.chain.send(request)?;
        let (block, index) = self.chain.transaction(hash).expect("instant mining mined it");
        let mined = &block.transactions[index];
        if !mined.success {
            return Err(Refusal {
                message: mined.reason.clone().unwrap_or_else(|| "execution reverted".to_owned()),
                data: mined.output.clone(),
            });
        }
        Ok(Receipt {
            hash,
            gas_used: mined.gas_used,
            logs: mined.logs.clone(),
            created: mined.contract_address,
            output: mined.output.clone(),
            timestamp: block.timestamp(),
        })
    }

    /// Sends a typed call and mines it.
    ///
    /// # Errors
    /// The [`Refusal`] when it reverts.
    pub fn send<C: SolCall>(&self, from: Address, to: Address, call: &C) -> Result<Receipt, Refusal> {
        self.transact(from, TxKind::Call(to), call.abi_encode().into(), U256::ZERO)
    }

    /// Sends a typed call with value and mines it.
    ///
    /// # Errors
    /// The [`Refusal`] when it reverts.
    pub fn send_value<C: SolCall>(
        &self,
        from: Address,
        to: Address,
        call: &C,
        value: U256,
    ) -> Result<Receipt, Refusal> {
        self.transact(from, TxKind::Call(to), call.abi_encode().into(), value)
    }

    /// Calls a view and decodes what it returns.
    ///
    /// # Errors
    /// The [`Refusal`] when it reverts.
    ///
    /// # Panics
    /// When the returned bytes are not the declared type's.
    pub fn view<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, Refusal> {
        self.view_from(Address::ZERO, to, call)
    }

    /// Calls a view as `from`.
    ///
    /// # Errors
    /// The [`Refusal`] when it reverts.
    ///
    /// # Panics
    /// When the returned bytes are not the declared type's.
    pub fn view_from<C: SolCall>(&self, from: Address, to: Address, call: &C) -> Result<C::Return, Refusal> {
        let output = self.simulate(from, to, call.abi_encode().into())?;
        Ok(C::abi_decode_returns(&output)
            .unwrap_or_else(|error| panic!("{} returned 0x{}: {error}", C::SIGNATURE, hex::encode(&output))))
    }

    /// Runs raw calldata on the newest state, as anyone, a contract too, and keeps nothing of it.
    ///
    /// # Errors
    /// The [`Refusal`] when it reverts.
    pub fn simulate(&self, from: Address, to: Address, input: Bytes) -> Result<Bytes, Refusal> {
        let request = TransactionRequest {
            from: Some(from),
            to: Some(TxKind::Call(to)),
            input: TransactionInput::new(input),
            ..Default::default()
        };
        Ok(self.chain.call(&CallRequest::new(request))?)
    }

    /// Creates a contract from creation code.
    ///
    /// # Errors
    /// The [`Refusal`] when its constructor reverts.
    ///
    /// # Panics
    /// When a successful creation reports no address.
    pub fn create(&self, from: Address, creation: Bytes) -> Result<Address, Refusal> {
        let receipt = self.transact(from, TxKind::Create, creation, U256::ZERO)?;
        Ok(receipt.created.expect("a creation makes an address"))
    }

    /// Creates the Solidity contract `name`.
    ///
    /// # Panics
    /// When its constructor reverts.
    #[must_use]
    pub fn solidity(&self, from: Address, name: &str, arguments: &[u8]) -> Address {
        self.create(from, Solidity::load(name).creation(arguments)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Puts `code` on chain through the 43-byte prelude of the Stylus tools.
    ///
    /// # Errors
    /// The [`Refusal`] when the creation is refused.
    pub fn code(&self, from: Address, code: &[u8]) -> Result<Address, Refusal> {
        self.create(from, deploy_code(code))
    }

    /// Puts the program `name` on chain without activating it.
    ///
    /// # Panics
    /// When the creation is refused.
    #[must_use]
    pub fn unactivated(&self, from: Address, name: &str) -> Address {
        self.code(from, &program_code(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Puts the program `name` on chain and activates it if its code is not yet active.
    ///
    /// # Panics
    /// When the creation or the activation is refused.
    #[must_use]
    pub fn program(&self, from: Address, name: &str) -> Address {
        let address = self.unactivated(from, name);
        match self.activate(from, address) {
            Err(refusal) if !refusal.is::<arb_wasm::ProgramUpToDate>() => panic!("{name}: {refusal}"),
            _ => address,
        }
    }

    /// Activates the program at `address`.
    ///
    /// # Errors
    /// The [`Refusal`] of `ArbWasm`.
    pub fn activate(&self, from: Address, address: Address) -> Result<Receipt, Refusal> {
        let call = arb_wasm::activateProgramCall { program: address };
        self.send_value(from, arb_wasm::ADDRESS, &call, U256::from(ACTIVATION_VALUE))
    }

    /// Storage of `address` at `slot`.
    ///
    /// # Panics
    /// Never at the newest block.
    #[must_use]
    pub fn storage(&self, address: Address, slot: B256) -> B256 {
        self.chain.storage(address, slot.into(), BlockId::latest()).expect("the newest state is kept").into()
    }

    /// Implementation that an ERC-1967 proxy points at.
    #[must_use]
    pub fn implementation(&self, proxy: Address) -> Address {
        Address::from_word(self.storage(proxy, erc1967("eip1967.proxy.implementation")))
    }

    /// `ProxyAdmin` of a transparent proxy.
    #[must_use]
    pub fn proxy_admin(&self, proxy: Address) -> Address {
        Address::from_word(self.storage(proxy, erc1967("eip1967.proxy.admin")))
    }
}

/// Slot of an ERC-1967 label: its hash minus one.
pub(crate) fn erc1967(label: &str) -> B256 {
    (U256::from_be_bytes(keccak256(label).0) - U256::ONE).into()
}

/// The prelude that returns what follows it, as the Stylus tools write it.
pub(crate) fn deploy_code(code: &[u8]) -> Bytes {
    let mut init = vec![0x7f];
    init.extend_from_slice(&U256::from(code.len()).to_be_bytes::<32>());
    init.extend_from_slice(&[0x80, 0x60, 0x2b, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3, 0x00]);
    init.extend_from_slice(code);
    init.into()
}
