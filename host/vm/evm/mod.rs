//! Execution of one transaction.

mod calls;
mod chain;
mod ending;
mod frames;
mod handler;
mod load;
mod program;
mod serve;
mod setup;
#[cfg(test)]
mod tests;

pub use chain::Ctx;
pub use load::{check_root, load_wasm, peek, peek_code};

use crate::{BlockContext, CallOptions, Outcome, Params, Status, TransactError, code, precompiles::ArbPrecompiles};
use alloy_primitives::{Address, Bytes};
use chain::{Chain, ChainEvm, Instructions};
use frames::Recorder;
use handler::ChainHandler;
use revm::{
    Context, Database, Journal,
    bytecode::opcode,
    context::{
        BlockEnv, CfgEnv, ContextTr, TxEnv,
        result::{EVMError, ExecutionResult, InvalidTransaction, Output},
    },
    context_interface::{Host, JournalTr},
    handler::{EvmTr, Handler},
    interpreter::{
        Instruction, InstructionContext, InstructionExecResult, InstructionResult, instructions::host::selfdestruct,
        interpreter::EthInterpreter, interpreter_types::InputsTr,
    },
    primitives::{U256, hardfork::SpecId},
    state::EvmState,
};
use std::sync::Arc;

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
    let (spec, gas_limit) = (spec(&block.params), tx.gas_limit);
    let ctx = Context {
        block: block_env(block),
        tx: priced(tx, block.basefee, *options),
        cfg: cfg(block, spec, *options),
        journaled_state: Journal::new(db),
        chain: Chain {
            params: Some(Arc::new(block.params.clone())),
            number: block.number,
            recent: std::mem::take(&mut block.recent),
            modules: block.modules.clone(),
            trace: options.trace.then(Vec::new),
            frames: options.frames.then(Recorder::default),
            ..Chain::default()
        },
        local: revm::context::LocalContext::default(),
        error: Ok(()),
    };
    let precompiles = ArbPrecompiles::new(spec, block.params.debug);
    let mut evm = ChainEvm::new(ctx, instructions::<DB>(spec), precompiles);
    let mut handler = ChainHandler::new(block.params.network_fee_account);
    let result = handler.run(&mut evm);
    let chain = std::mem::take(&mut evm.ctx().chain);
    block.recent = chain.recent;
    let result = result.map_err(|error| match error {
        EVMError::Transaction(error) => TransactError::Invalid(error),
        EVMError::Header(error) => TransactError::Block(error.to_string()),
        EVMError::Database(error) => TransactError::Database(error.to_string()),
        EVMError::Custom(error) => TransactError::Internal(error),
        EVMError::CustomAny(error) => TransactError::Internal(error.to_string()),
    })?;
    if let Some(bytes) = chain.budget.exceeded() {
        return Err(TransactError::TraceTooLarge(bytes));
    }
    let state = evm.ctx().journal_mut().finalize();
    let outcome = Outcome { state, trace: chain.trace, ..outcome(result, chain.failure) };
    let frames = chain.frames.and_then(|frames| frames.finish(gas_limit, outcome.gas_used));
    Ok(Outcome { frames, ..outcome })
}

/// The EVM of this `ArbOS` version.
const fn spec(params: &Params) -> SpecId {
    if params.arbos_version >= 50 {
        SpecId::OSAKA
    } else if params.arbos_version >= 40 {
        SpecId::PRAGUE
    } else {
        SpecId::CANCUN
    }
}

fn block_env(block: &BlockContext) -> BlockEnv {
    BlockEnv {
        // NUMBER is the estimate of the parent chain's height; the own height is ArbSys' to tell.
        number: U256::from(block.l1_block_number),
        beneficiary: block.coinbase,
        timestamp: U256::from(block.timestamp),
        gas_limit: block.gas_limit,
        basefee: block.basefee,
        difficulty: U256::ONE,
        prevrandao: Some(block.prevrandao),
        ..BlockEnv::default()
    }
}

fn cfg(block: &BlockContext, spec: SpecId, options: CallOptions) -> CfgEnv {
    let mut cfg = CfgEnv::new_with_spec(spec);
    cfg.chain_id = block.chain_id;
    cfg.tx_chain_id_check = true;
    cfg.disable_eip7623 = true;
    // The rule is applied by the EVM itself, with the exception for programs.
    cfg.disable_eip3541 = true;
    cfg.disable_nonce_check = options.disable_nonce_check;
    cfg.disable_eip3607 = options.disable_nonce_check;
    cfg.disable_balance_check = options.disable_balance_check;
    cfg.disable_base_fee = options.disable_fees;
    cfg.disable_block_gas_limit = options.disable_gas_caps;
    let cap = block.params.tx_gas_cap().unwrap_or(u64::MAX);
    cfg.tx_gas_limit_cap = Some(if options.disable_gas_caps { u64::MAX } else { cap });
    cfg
}

/// The transaction with the price it really pays: the base fee, or nothing. A price below the base fee is kept and refused.
fn priced(mut tx: TxEnv, basefee: u64, options: CallOptions) -> TxEnv {
    let basefee = u128::from(basefee);
    if options.disable_fees {
        tx.gas_price = 0;
        tx.gas_priority_fee = tx.gas_priority_fee.map(|_| 0);
    } else if tx.gas_priority_fee.is_some() {
        tx.gas_priority_fee = Some(0);
    } else if tx.gas_price > basefee {
        tx.gas_price = basefee;
    }
    tx
}

fn instructions<DB: Database>(spec: SpecId) -> Instructions<DB> {
    let mut instructions = Instructions::<DB>::new_mainnet_with_spec(spec);
    let gas = instructions.gas_table()[usize::from(opcode::SELFDESTRUCT)];
    instructions.insert_instruction(opcode::SELFDESTRUCT, Instruction::new(guarded_selfdestruct::<DB>), gas);
    instructions
}

/// `SELFDESTRUCT`, refused where the acting account is a program.
fn guarded_selfdestruct<DB: Database>(
    context: InstructionContext<'_, Ctx<DB>, EthInterpreter>,
) -> InstructionExecResult {
    let InstructionContext { interpreter, host } = context;
    let acting = interpreter.input.target_address();
    let code = host.load_account_code(acting);
    if code.is_some_and(|code| code::is_callable(&code.data, true)) {
        return Err(InstructionResult::Revert);
    }
    let heir = interpreter.stack.peek(0).map(|word| Address::from_word(word.into()));
    let value = host.balance(acting).map(|balance| balance.data);
    let result = selfdestruct(InstructionContext { interpreter, host: &mut *host });
    if let (Err(InstructionResult::SelfDestruct), Ok(heir), Some(value)) = (&result, heir, value) {
        Recorder::selfdestruct(host, acting, heir, value);
    }
    result
}

fn outcome(result: ExecutionResult, failure: Option<String>) -> Outcome {
    let gas = *result.gas();
    let gas_used = gas.tx_gas_used();
    let gas_refunded = gas.final_refunded();
    let blank = Outcome {
        status: Status::Success,
        gas_used,
        gas_refunded,
        logs: Vec::new(),
        output: Bytes::default(),
        created: None,
        reason: None,
        state: EvmState::default(),
        trace: None,
        frames: None,
    };
    match result {
        ExecutionResult::Success { logs, output, .. } => {
            let created = match &output {
                Output::Create(_, address) => *address,
                Output::Call(_) => None,
            };
            Outcome { logs, output: output.into_data(), created, ..blank }
        }
        ExecutionResult::Revert { output, .. } => Outcome { status: Status::Revert, output, reason: failure, ..blank },
        ExecutionResult::Halt { reason, .. } => {
            Outcome { status: Status::Halt, reason: failure.or_else(|| Some(reason.to_string())), ..blank }
        }
    }
}

/// Error of the EVM with this database.
pub type EvmFailure<DB> = EVMError<<DB as Database>::Error, InvalidTransaction>;
