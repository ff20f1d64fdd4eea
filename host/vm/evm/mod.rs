//! Execution of one transaction.

use crate::{BlockContext, CallOptions, Outcome, TransactError};
use revm::{Database, context::TxEnv};

/// Runs `tx` on `db` in `block`.
///
/// The result's `state` is not committed to `db`. `tx.chain_id`, if set, must be the block's; `tx.gas_limit` must be set.
/// Fees follow Arbitrum: the sender pays the base fee, tips are not collected.
///
/// # Errors
/// [`TransactError::Invalid`] when the transaction cannot be included, [`TransactError::Database`] when `db` fails.
pub fn transact<DB: Database>(
    db: DB,
    block: &mut BlockContext,
    tx: TxEnv,
    options: &CallOptions,
) -> Result<Outcome, TransactError> {
    let _ = (db, block, tx, options);
    Err(TransactError::Internal("not wired yet".to_owned()))
}
