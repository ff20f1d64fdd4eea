//! Plain reads of the node.

use std::time::{Duration, Instant};

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{Address, B256, Bytes, U256},
    providers::Provider,
    rpc::types::{Filter, Log, Transaction, TransactionReceipt, state::StateOverride},
};

use super::{Client, ClientError, Tx, lock, request};

impl Client {
    /// Gas that a transaction needs, with a twentieth on top.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the decoded revert.
    pub async fn estimate(&self, from: Address, tx: &Tx) -> Result<u64, ClientError> {
        let gas = self.provider.estimate_gas(request(from, tx)).await.map_err(|e| self.refusal(e))?;
        Ok(gas + gas / 20)
    }

    /// As [`Client::estimate`], over overridden state.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the decoded revert.
    pub async fn estimate_with(&self, from: Address, tx: &Tx, overrides: StateOverride) -> Result<u64, ClientError> {
        let call = self.provider.estimate_gas(request(from, tx)).overrides(overrides);
        let gas = call.await.map_err(|e| self.refusal(e))?;
        Ok(gas + gas / 20)
    }

    /// Current gas price in wei, at most one second old.
    ///
    /// # Errors
    /// [`ClientError::Transport`].
    pub async fn gas_price(&self) -> Result<u128, ClientError> {
        if let Some((at, fee)) = lock(&self.fees).filter(|(at, _)| at.elapsed() < Duration::from_secs(1)) {
            let _ = at;
            return Ok(fee);
        }
        let fee = self.provider.get_gas_price().await?;
        *self.fees.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((Instant::now(), fee));
        Ok(fee)
    }

    /// A mined transaction and its receipt; none if the node does not know it.
    ///
    /// # Errors
    /// [`ClientError::Transport`].
    pub async fn transaction(&self, hash: B256) -> Result<Option<(Transaction, TransactionReceipt)>, ClientError> {
        let sent = self.provider.get_transaction_by_hash(hash).await?;
        Ok(sent.zip(self.provider.get_transaction_receipt(hash).await?))
    }

    /// Code of an account at the latest block.
    ///
    /// # Errors
    /// [`ClientError::Transport`].
    pub async fn code(&self, address: Address) -> Result<Bytes, ClientError> {
        Ok(self.provider.get_code_at(address).await?)
    }

    /// Storage word of an account at the latest block.
    ///
    /// # Errors
    /// [`ClientError::Transport`].
    pub async fn storage(&self, address: Address, slot: U256) -> Result<U256, ClientError> {
        Ok(self.provider.get_storage_at(address, slot).await?)
    }

    /// Balance in wei.
    ///
    /// # Errors
    /// [`ClientError::Transport`].
    pub async fn balance(&self, address: Address) -> Result<U256, ClientError> {
        Ok(self.provider.get_balance(address).await?)
    }

    /// Number and timestamp of the latest block.
    ///
    /// # Errors
    /// [`ClientError::Transport`].
    pub async fn head(&self) -> Result<(u64, u64), ClientError> {
        self.block_time(BlockNumberOrTag::Latest).await
    }

    /// Number and timestamp of a block.
    ///
    /// # Errors
    /// [`ClientError::Transport`], or [`ClientError::Decode`] if there is no such block.
    pub async fn block_time(&self, block: BlockNumberOrTag) -> Result<(u64, u64), ClientError> {
        let block = self.provider.get_block_by_number(block).await?;
        let header =
            block.ok_or(ClientError::Decode { what: "eth_getBlockByNumber", reason: "no such block".into() })?.header;
        Ok((header.number, header.timestamp))
    }

    /// Transactions an account has sent.
    ///
    /// # Errors
    /// [`ClientError::Transport`].
    pub async fn nonce(&self, address: Address) -> Result<u64, ClientError> {
        Ok(self.provider.get_transaction_count(address).await?)
    }

    /// Hash of block 0.
    ///
    /// # Errors
    /// As [`Client::block_time`].
    pub async fn genesis(&self) -> Result<B256, ClientError> {
        let block = self.provider.get_block_by_number(BlockNumberOrTag::Earliest).await?;
        let none = ClientError::Decode { what: "eth_getBlockByNumber", reason: "no genesis block".into() };
        Ok(block.ok_or(none)?.header.hash)
    }

    /// Logs of the given contracts in a range of blocks, both ends included.
    ///
    /// # Errors
    /// [`ClientError::Transport`].
    pub async fn logs(&self, addresses: &[Address], from: u64, to: u64) -> Result<Vec<Log>, ClientError> {
        let filter = Filter::new().address(addresses.to_vec()).from_block(from).to_block(to);
        Ok(self.provider.get_logs(&filter).await?)
    }

    /// Logs of one contract with these first topics, up to the latest block.
    ///
    /// # Errors
    /// [`ClientError::Transport`].
    pub async fn events(&self, address: Address, topics: &[B256], from: u64) -> Result<Vec<Log>, ClientError> {
        let mut filter = Filter::new().address(address).from_block(from);
        for (place, topic) in filter.topics.iter_mut().zip(topics) {
            *place = (*topic).into();
        }
        Ok(self.provider.get_logs(&filter).await?)
    }
}
