//! Running without committing: calls, estimates' single runs, access lists.

use alloy::{
    eips::{
        BlockId, BlockNumberOrTag,
        eip2930::{AccessList, AccessListItem},
    },
    rpc::types::{BlockOverrides, TransactionRequest, state::StateOverride},
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use escapement_vm::{BlockContext, CallOptions, Outcome, Status, transact};
use revm::context::{TxEnv, either::Either};

use crate::{
    chain::Chain,
    error::{ChainError, Limits},
};

/// A call as `eth_call` takes it.
#[derive(Clone, Debug)]
pub struct CallRequest {
    /// The call.
    pub request: TransactionRequest,
    /// The state and block environment it sees.
    pub block: BlockId,
    /// Accounts replaced for the call.
    pub state: StateOverride,
    /// Block fields replaced for the call.
    pub environment: BlockOverrides,
}

impl CallRequest {
    /// A call at the newest block without overrides.
    #[must_use]
    pub fn new(request: TransactionRequest) -> Self {
        Self {
            request,
            block: BlockId::Number(BlockNumberOrTag::Latest),
            state: StateOverride::default(),
            environment: BlockOverrides::default(),
        }
    }

    /// The same call at `block`.
    #[must_use]
    pub fn at(mut self, block: BlockId) -> Self {
        self.block = block;
        self
    }

    /// The same call with accounts replaced.
    #[must_use]
    pub fn with_state(mut self, state: StateOverride) -> Self {
        self.state = state;
        self
    }
}

impl Chain {
    /// Runs a call and returns its output.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] with the revert data, [`ChainError::Halted`],
    /// [`ChainError::UnknownBlock`], [`ChainError::InvalidParams`].
    pub fn call(&self, call: &CallRequest) -> Result<Bytes, ChainError> {
        outcome_to_result(self.simulate(call, None, CallOptions::call())?).map(|outcome| outcome.output)
    }

    /// Runs a call with `gas` (or its own gas, or the cap) and returns what happened.
    pub(crate) fn simulate(
        &self,
        call: &CallRequest,
        gas: Option<u64>,
        options: CallOptions,
    ) -> Result<Outcome, ChainError> {
        let (state, mut context) = self.stage(call.block)?;
        override_block(&mut context, &call.environment)?;
        let mut env = self.call_env(&call.request)?;
        env.nonce = state.nonce(env.caller);
        env.gas_limit = gas.unwrap_or(env.gas_limit);
        let from = env.caller;
        transact(state.overridden(&call.state)?, &mut context, env, &options)
            .map_err(|error| ChainError::from_transact(error, from, Limits::default()))
    }

    /// The environment of an unsigned request; missing gas becomes the cap, fees are nil.
    fn call_env(&self, request: &TransactionRequest) -> Result<TxEnv, ChainError> {
        if let Some(have) = request.chain_id
            && have != self.chain_id()
        {
            return Err(ChainError::WrongChainId { have, want: self.chain_id() });
        }
        let data = request.input.unique_input().map_err(|_| {
            ChainError::InvalidParams(
                r#"both "data" and "input" are set and not equal. Please use "input" to pass transaction call data"#
                    .to_owned(),
            )
        })?;
        let access_list = request.access_list.clone().unwrap_or_default();
        let authorizations = request.authorization_list.clone().unwrap_or_default();
        let cap = self.config().rpc_gas_cap;
        Ok(TxEnv {
            tx_type: match (authorizations.is_empty(), access_list.is_empty()) {
                (false, _) => 4,
                (true, false) => 1,
                (true, true) => 0,
            },
            caller: request.from.unwrap_or_default(),
            gas_limit: request.gas.unwrap_or(cap).min(cap),
            gas_price: 0,
            kind: request.to.unwrap_or(TxKind::Create),
            value: request.value.unwrap_or_default(),
            data: data.cloned().unwrap_or_default(),
            nonce: 0,
            chain_id: Some(self.chain_id()),
            access_list,
            gas_priority_fee: None,
            blob_hashes: Vec::new(),
            max_fee_per_blob_gas: 0,
            authorization_list: authorizations.into_iter().map(Either::Left).collect(),
        })
    }

    /// The accounts and slots that a call touches, the gas it uses with that list, and why it
    /// failed if it did; `eth_createAccessList`.
    ///
    /// # Errors
    /// As [`call`](Self::call), except that reverts and halts are reported in the result.
    pub fn access_list(&self, call: &CallRequest) -> Result<(AccessList, u64, Option<String>), ChainError> {
        let outcome = self.simulate(call, None, CallOptions::call())?;
        let from = call.request.from.unwrap_or_default();
        let target = match call.request.to {
            Some(TxKind::Call(address)) => address,
            _ => outcome.created.unwrap_or_default(),
        };
        let mut items: Vec<AccessListItem> = outcome
            .state
            .iter()
            .filter(|(address, _)| {
                **address != escapement_vm::ARBOS_STATE
                    && **address != self.settings().coinbase
                    && !is_precompile(**address)
            })
            .filter_map(|(address, account)| {
                let mut storage_keys: Vec<B256> = account.storage.keys().map(|slot| B256::from(*slot)).collect();
                storage_keys.sort_unstable();
                let implied = *address == from || *address == target;
                (!implied || !storage_keys.is_empty()).then_some(AccessListItem { address: *address, storage_keys })
            })
            .collect();
        items.sort_unstable_by_key(|item| item.address);
        let list = AccessList(items);
        let mut again = call.clone();
        again.request.access_list = Some(list.clone());
        let outcome = self.simulate(&again, None, CallOptions::call())?;
        let gas_used = outcome.gas_used;
        Ok((list, gas_used, outcome_to_result(outcome).err().map(|error| error.to_string())))
    }
}

/// A precompile of Ethereum (up to 0x11 and P256) or of `ArbOS`.
fn is_precompile(address: Address) -> bool {
    let value = U256::from_be_slice(address.as_slice());
    value <= U256::from(0x100) && value > U256::ZERO
}

/// Lays block overrides over the environment.
fn override_block(context: &mut BlockContext, overrides: &BlockOverrides) -> Result<(), ChainError> {
    let unsupported = [
        ("difficulty", overrides.difficulty.is_some()),
        ("blockHash", overrides.block_hash.is_some()),
        ("blobBaseFee", overrides.blob_base_fee.is_some()),
        ("beaconRoot", overrides.beacon_root.is_some()),
    ];
    if let Some((name, _)) = unsupported.iter().find(|(_, given)| *given) {
        return Err(ChainError::InvalidParams(format!("block override {name} is not supported")));
    }
    let narrow = |name: &str, value: U256| {
        u64::try_from(value).map_err(|_| ChainError::InvalidParams(format!("block override {name} is above 64 bits")))
    };
    if let Some(number) = overrides.number {
        context.number = narrow("number", number)?;
        context.l1_block_number = context.number;
    }
    if let Some(time) = overrides.time {
        context.timestamp = time;
    }
    if let Some(limit) = overrides.gas_limit {
        context.gas_limit = limit;
    }
    if let Some(coinbase) = overrides.coinbase {
        context.coinbase = coinbase;
    }
    if let Some(random) = overrides.random {
        context.prevrandao = random;
    }
    if let Some(base_fee) = overrides.base_fee {
        context.basefee = narrow("baseFeePerGas", base_fee)?;
    }
    Ok(())
}

/// Success, or the error that `eth_call` reports.
pub(crate) fn outcome_to_result(outcome: Outcome) -> Result<Outcome, ChainError> {
    match outcome.status {
        Status::Success => Ok(outcome),
        Status::Revert => Err(ChainError::Reverted { data: outcome.output, reason: outcome.reason }),
        Status::Halt => Err(ChainError::Halted(outcome.reason.unwrap_or_else(|| "execution halted".to_owned()))),
    }
}
