//! Clock control of development chains, under the names that Foundry and Hardhat users know.

use alloy::providers::Provider;

use super::{Client, ClientError};

impl Client {
    /// Mines a block at `timestamp` (seconds).
    ///
    /// # Errors
    /// [`ClientError::NoTimeControl`] on a node that is no development chain.
    pub async fn warp(&self, timestamp: u64) -> Result<(), ClientError> {
        self.set_next_timestamp(timestamp).await?;
        self.dev("evm_mine", serde_json::json!([])).await
    }

    /// Gives the next block this timestamp (seconds).
    ///
    /// # Errors
    /// [`ClientError::NoTimeControl`] on a node that is no development chain.
    pub async fn set_next_timestamp(&self, timestamp: u64) -> Result<(), ClientError> {
        self.dev("evm_setNextBlockTimestamp", serde_json::json!([timestamp])).await
    }

    async fn dev(&self, method: &'static str, params: serde_json::Value) -> Result<(), ClientError> {
        self.provider.raw_request::<_, serde_json::Value>(method.into(), params).await.map(drop).map_err(|e| {
            match e.as_error_resp() {
                Some(answer) => ClientError::NoTimeControl { method, reason: answer.message.to_string() },
                None => e.into(),
            }
        })
    }
}
