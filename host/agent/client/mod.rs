//! A JSON-RPC client that signs locally, reads reverts, and knows the clock controls of development chains.

mod dev;
mod error;
mod query;

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use alloy::{
    consensus::Transaction as _,
    eips::{BlockId, eip2718::Encodable2718},
    network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder},
    primitives::{Address, B256, Bytes, TxKind, U256},
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::types::{TransactionInput, TransactionReceipt, TransactionRequest, state::StateOverride},
    signers::local::PrivateKeySigner,
};
use alloy_sol_types::SolCall;

pub use error::ClientError;

use crate::errors::{ErrorBook, Refusal};

/// How long a transaction may take to be mined.
const RECEIPT_TIMEOUT: Duration = Duration::from_mins(3);

/// What to send.
#[derive(Clone, Debug, Default)]
pub struct Tx {
    /// Receiver; `None` creates a contract.
    pub to: Option<Address>,
    /// Calldata or init code.
    pub data: Bytes,
    /// Wei sent along.
    pub value: U256,
    /// Gas limit; `None` estimates, which also tells a revert before anything is sent.
    pub gas: Option<u64>,
}

impl Tx {
    /// A call of `to`.
    #[must_use]
    pub fn call(to: Address, call: &impl SolCall) -> Self {
        Self { to: Some(to), data: call.abi_encode().into(), ..Self::default() }
    }

    /// A contract creation.
    #[must_use]
    pub fn create(init: impl Into<Bytes>) -> Self {
        Self { data: init.into(), ..Self::default() }
    }

    /// Sends `value` wei along.
    #[must_use]
    pub fn value(mut self, value: U256) -> Self {
        self.value = value;
        self
    }

    /// Fixes the gas limit: no estimate is made, so a refused transaction is mined and its revert read afterwards.
    #[must_use]
    pub fn gas(mut self, gas: u64) -> Self {
        self.gas = Some(gas);
        self
    }
}

/// A client of one node.
#[derive(Debug)]
pub struct Client {
    provider: DynProvider,
    chain_id: u64,
    errors: ErrorBook,
    nonces: Mutex<HashMap<Address, u64>>,
    fees: Mutex<Option<(Instant, u128)>>,
}

impl Client {
    /// Connects to the node at `url` and reads its chain id.
    ///
    /// # Errors
    /// [`ClientError::Url`] or [`ClientError::Transport`].
    pub async fn connect(url: &str) -> Result<Self, ClientError> {
        let parsed = url.parse().map_err(|_| ClientError::Url(url.to_owned()))?;
        let provider = ProviderBuilder::new().disable_recommended_fillers().connect_http(parsed).erased();
        let chain_id = provider.get_chain_id().await.map_err(ClientError::from)?;
        Ok(Self { provider, chain_id, errors: ErrorBook::standard(), nonces: Mutex::default(), fees: Mutex::default() })
    }

    /// Chain id of the node.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The errors this client can name.
    #[must_use]
    pub fn errors(&self) -> &ErrorBook {
        &self.errors
    }

    /// Signs and sends a transaction and waits until it is mined with success.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the decoded revert; it comes from the estimate where no gas limit is fixed (then
    /// nothing was sent), else from the mined transaction, run again at the block before it.
    pub async fn send(&self, signer: &PrivateKeySigner, tx: Tx) -> Result<TransactionReceipt, ClientError> {
        let receipt = self.post(signer, tx.clone()).await?;
        if receipt.status() {
            return Ok(receipt);
        }
        let parent = receipt.block_number.unwrap_or(1).saturating_sub(1);
        let refusal = match self.call_raw(signer.address(), &tx, BlockId::number(parent), None).await {
            Err(ClientError::Refused { refusal, .. }) => refusal,
            Err(other) => return Err(other),
            Ok(_) => self.errors.decode(&[]),
        };
        Err(ClientError::Refused { refusal, receipt: Some(Box::new(receipt)) })
    }

    /// Signs and sends a transaction and waits until it is mined, whatever its status.
    ///
    /// # Errors
    /// A [`ClientError`]; a mined revert is not one.
    pub async fn post(&self, signer: &PrivateKeySigner, tx: Tx) -> Result<TransactionReceipt, ClientError> {
        let from = signer.address();
        let gas = match tx.gas {
            Some(gas) => gas,
            None => self.estimate(from, &tx).await?,
        };
        let fee = self.gas_price().await?;
        let nonce = self.next_nonce(from).await?;
        let request = TransactionRequest::default()
            .with_from(from)
            .with_kind(tx.to.map_or(TxKind::Create, TxKind::Call))
            .with_input(tx.data)
            .with_value(tx.value)
            .with_gas_limit(gas)
            .with_nonce(nonce)
            .with_chain_id(self.chain_id)
            // Arbitrum orders by arrival: a tip buys nothing.
            .with_max_priority_fee_per_gas(0)
            .with_max_fee_per_gas(fee.saturating_mul(2));
        let wallet = EthereumWallet::from(signer.clone());
        let envelope = request.build(&wallet).await.map_err(|e| ClientError::Signing(e.to_string()))?;
        debug_assert_eq!(envelope.nonce(), nonce);
        let hash = match self.provider.send_raw_transaction(&envelope.encoded_2718()).await {
            Ok(pending) => *pending.tx_hash(),
            Err(error) => {
                self.forget_nonce(from);
                return Err(error.into());
            }
        };
        self.receipt(hash).await
    }

    /// Waits for the receipt of a transaction.
    ///
    /// # Errors
    /// [`ClientError::NotMined`] after three minutes.
    pub async fn receipt(&self, hash: B256) -> Result<TransactionReceipt, ClientError> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(receipt) = self.provider.get_transaction_receipt(hash).await? {
                return Ok(receipt);
            }
            if start.elapsed() > RECEIPT_TIMEOUT {
                return Err(ClientError::NotMined(hash));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }

    /// Calls a function at the latest block and decodes its answer.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the decoded revert, [`ClientError::Decode`] if the answer has another shape.
    pub async fn read<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, ClientError> {
        self.read_from(Address::ZERO, to, call, BlockId::latest()).await
    }

    /// Calls a function as `from` at a block and decodes its answer.
    ///
    /// # Errors
    /// As [`Client::read`].
    pub async fn read_from<C: SolCall>(
        &self,
        from: Address,
        to: Address,
        call: &C,
        block: BlockId,
    ) -> Result<C::Return, ClientError> {
        let bytes = self.call_raw(from, &Tx::call(to, call), block, None).await?;
        C::abi_decode_returns(&bytes).map_err(|e| ClientError::Decode { what: C::SIGNATURE, reason: e.to_string() })
    }

    /// Runs a transaction without sending it.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the decoded revert.
    pub async fn call_raw(
        &self,
        from: Address,
        tx: &Tx,
        block: BlockId,
        overrides: Option<StateOverride>,
    ) -> Result<Bytes, ClientError> {
        let mut call = self.provider.call(request(from, tx)).block(block);
        if let Some(overrides) = overrides {
            call = call.overrides(overrides);
        }
        call.await.map_err(|e| self.refusal(e))
    }

    async fn next_nonce(&self, from: Address) -> Result<u64, ClientError> {
        if let Some(nonce) = self.nonces.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_mut(&from) {
            let current = *nonce;
            *nonce += 1;
            return Ok(current);
        }
        let nonce = self.provider.get_transaction_count(from).pending().await?;
        self.nonces.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(from, nonce + 1);
        Ok(nonce)
    }

    fn forget_nonce(&self, from: Address) {
        self.nonces.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&from);
    }

    fn refusal(&self, error: alloy::transports::TransportError) -> ClientError {
        let data = error.as_error_resp().and_then(|e| {
            let carries_revert = e.code == 3 || e.message.contains("revert");
            carries_revert.then(|| e.as_revert_data().unwrap_or_default())
        });
        match data {
            Some(data) => ClientError::Refused { refusal: self.errors.decode(&data), receipt: None },
            None => error.into(),
        }
    }

    /// The error's revert, if it is one.
    #[must_use]
    pub fn refusal_of(error: &ClientError) -> Option<&Refusal> {
        match error {
            ClientError::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }
}

fn lock<T: Clone>(mutex: &Mutex<T>) -> T {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
}

fn request(from: Address, tx: &Tx) -> TransactionRequest {
    let mut request =
        TransactionRequest::default().with_kind(tx.to.map_or(TxKind::Create, TxKind::Call)).with_value(tx.value);
    request.input = TransactionInput::new(tx.data.clone());
    if from != Address::ZERO {
        request = request.with_from(from);
    }
    if let Some(gas) = tx.gas {
        request = request.with_gas_limit(gas);
    }
    request
}
