//! Accepting transactions: raw ones, and requests of accounts whose keys the chain holds or that
//! are impersonated.

use alloy::{
    consensus::{TxEnvelope, TypedTransaction},
    eips::BlockId,
    network::TxSignerSync as _,
    rpc::types::TransactionRequest,
};
use alloy_primitives::{Address, B256, Signature, TxKind, U256};
use revm::{
    context::TxEnv, context_interface::cfg::gas::calculate_initial_tx_gas_for_tx, primitives::hardfork::SpecId,
};

use crate::{
    call::CallRequest,
    chain::{Chain, Event},
    config::Mining,
    convert,
    error::ChainError,
    pending::PENDING,
};

impl Chain {
    /// Accepts a signed transaction in its wire encoding; mines it with instant mining.
    ///
    /// # Errors
    /// The refusals of [`ChainError`] that concern transactions.
    pub fn send_raw(&self, raw: &[u8]) -> Result<B256, ChainError> {
        let (envelope, from) = convert::decode(raw, self.chain_id())?;
        self.submit(envelope, from)
    }

    /// Fills in what `request` leaves out, signs it with a held key (or impersonates) and accepts it.
    ///
    /// # Errors
    /// [`ChainError::UnknownAccount`] when the sender is neither held nor impersonated;
    /// the revert when gas is left out and the estimate fails; otherwise as [`send_raw`](Self::send_raw).
    pub fn send(&self, request: TransactionRequest) -> Result<B256, ChainError> {
        let from = request
            .from
            .or_else(|| self.accounts().first().map(|account| account.address))
            .ok_or_else(|| ChainError::InvalidParams("missing field 'from'".to_owned()))?;
        let typed = self.fill(request, from)?;
        let envelope = self.sign(typed, from)?;
        self.submit(envelope, from)
    }

    /// Signs `request` with a held key after filling it in; `eth_signTransaction`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn sign_request(&self, request: TransactionRequest) -> Result<TxEnvelope, ChainError> {
        let from = request.from.ok_or_else(|| ChainError::InvalidParams("missing field 'from'".to_owned()))?;
        let typed = self.fill(request, from)?;
        self.sign(typed, from)
    }

    /// Completes nonce, chain id, fees and gas.
    fn fill(&self, mut request: TransactionRequest, from: Address) -> Result<TypedTransaction, ChainError> {
        if let Some(have) = request.chain_id
            && have != self.chain_id()
        {
            return Err(ChainError::WrongChainId { have, want: self.chain_id() });
        }
        request.from = Some(from);
        request.chain_id = Some(self.chain_id());
        if request.nonce.is_none() {
            request.nonce = Some(self.nonce(from, PENDING)?);
        }
        if request.gas_price.is_none() {
            let tip = *request.max_priority_fee_per_gas.get_or_insert(0);
            let least = u128::from(self.base_fee()).saturating_add(tip);
            request.max_fee_per_gas.get_or_insert(least);
        }
        if request.gas.is_none() {
            request.gas = Some(self.estimate(&CallRequest::new(request.clone()).at(PENDING))?);
        }
        request.to.get_or_insert(TxKind::Create);
        request.normalize_input();
        request
            .build_typed_tx()
            .map_err(|_| ChainError::InvalidParams("the request's fields belong to different types".to_owned()))
    }

    fn sign(&self, mut typed: TypedTransaction, from: Address) -> Result<TxEnvelope, ChainError> {
        if let Some(account) = self.accounts().iter().find(|account| account.address == from) {
            let signature = match &mut typed {
                TypedTransaction::Legacy(tx) => account.signer.sign_transaction_sync(tx),
                TypedTransaction::Eip2930(tx) => account.signer.sign_transaction_sync(tx),
                TypedTransaction::Eip1559(tx) => account.signer.sign_transaction_sync(tx),
                TypedTransaction::Eip7702(tx) => account.signer.sign_transaction_sync(tx),
                TypedTransaction::Eip4844(_) => return Err(ChainError::UnsupportedType(3)),
            }
            .map_err(|error| ChainError::InvalidTransaction(error.to_string()))?;
            return Ok(typed.into_envelope(signature));
        }
        if self.is_impersonated(from) {
            // No key: the sender's address stands in for r, which keeps hashes of different
            // senders apart. Such a transaction cannot be verified, only replayed here.
            let marker = Signature::new(U256::from_be_slice(from.as_slice()), U256::ONE, false);
            return Ok(typed.into_envelope(marker));
        }
        Err(ChainError::UnknownAccount(from))
    }

    /// Checks a transaction, queues it, and mines with instant mining.
    pub(crate) fn submit(&self, envelope: TxEnvelope, from: Address) -> Result<B256, ChainError> {
        let hash = *envelope.tx_hash();
        if self.transaction(hash).is_some() {
            return Err(ChainError::AlreadyKnown);
        }
        let env = convert::tx_env(&envelope, from);
        let guard = self.lock_mining();
        self.check(&env)?;
        self.pool().insert(envelope, from)?;
        // A subscriber that has gone away is no reason to refuse the transaction.
        let _ = self.inner.events.send(Event::Pending(hash));
        if self.mining_mode() == Mining::Instant {
            self.mine_ready(&guard, hash)?;
        }
        Ok(hash)
    }

    /// What can be said of a transaction before running it, in geth's order.
    fn check(&self, env: &TxEnv) -> Result<(), ChainError> {
        let address = env.caller;
        if env.tx_type == 3 {
            return Err(ChainError::UnsupportedType(3));
        }
        if let Some(cap) = self.config().params.tx_gas_cap()
            && env.gas_limit > cap
        {
            return Err(ChainError::GasAboveCap { have: env.gas_limit, cap });
        }
        let tip = env.gas_priority_fee.unwrap_or_default();
        if tip > env.gas_price {
            return Err(ChainError::TipAboveFee { address, tip, max_fee: env.gas_price });
        }
        let base_fee = self.base_fee();
        if env.gas_price < u128::from(base_fee) {
            return Err(ChainError::FeeTooLow { address, max_fee: env.gas_price, base_fee });
        }
        let want = calculate_initial_tx_gas_for_tx(env, SpecId::CANCUN, None).initial_total_gas();
        if env.gas_limit < want {
            return Err(ChainError::IntrinsicGas { have: env.gas_limit, want });
        }
        // Of the newest state: earlier ones of the sender may still wait.
        let account = self.view(BlockId::latest())?.basic(address);
        if env.nonce < account.nonce {
            return Err(ChainError::NonceTooLow { address, tx: env.nonce, state: account.nonce });
        }
        if env.nonce == u64::MAX {
            return Err(ChainError::NonceMax { address });
        }
        let fee = U256::from(env.gas_limit).saturating_mul(U256::from(env.gas_price));
        let want = fee.saturating_add(env.value);
        if account.balance < want {
            return Err(ChainError::InsufficientFunds { address, have: account.balance, want });
        }
        Ok(())
    }

    /// Whether transactions of `address` are accepted without its key.
    pub(crate) fn is_impersonated(&self, address: Address) -> bool {
        self.settings().impersonates(address)
    }
}
