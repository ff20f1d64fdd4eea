//! Transaction handling: revm's, except that the base fee is collected instead of burnt.

use super::{EvmFailure, chain::ChainEvm};
use alloy_primitives::{Address, U256};
use revm::{
    Database,
    context::{Block, Transaction, result::HaltReason},
    context_interface::JournalTr,
    handler::{EvmTr, FrameResult, Handler},
};
use std::marker::PhantomData;

/// Runs transactions on a [`ChainEvm`].
pub struct ChainHandler<DB> {
    fee_account: Address,
    db: PhantomData<DB>,
}

impl<DB> ChainHandler<DB> {
    /// A handler that pays fees to `fee_account`.
    pub const fn new(fee_account: Address) -> Self {
        Self { fee_account, db: PhantomData }
    }
}

impl<DB: Database> Handler for ChainHandler<DB> {
    type Evm = ChainEvm<DB>;
    type Error = EvmFailure<DB>;
    type HaltReason = HaltReason;

    fn reward_beneficiary(&self, evm: &mut Self::Evm, result: &mut FrameResult) -> Result<(), Self::Error> {
        let ctx = evm.ctx();
        let price = ctx.tx.effective_gas_price(u128::from(ctx.block.basefee()));
        let fee = U256::from(price) * U256::from(result.gas().used());
        if !fee.is_zero() {
            ctx.journaled_state.balance_incr(self.fee_account, fee)?;
        }
        Ok(())
    }
}
