//! Fetching a program's wasm from account code.

use crate::{
    Params,
    arbos::DbError,
    cache::CompileError,
    code::{CodeError, CodeKind, classify, decompress},
};
use alloy_primitives::{Address, Bytes};
use revm::{
    Database,
    context_interface::JournalTr,
    state::{AccountInfo, EvmState},
};

/// Why a program's wasm could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The code is malformed.
    #[error("{0}")]
    Code(#[from] CodeError),
    /// The module is refused.
    #[error("{0}")]
    Compile(#[from] CompileError),
    /// The database failed.
    #[error("database: {0}")]
    Database(String),
}

/// Decompresses the program in `code`, gathering its fragments.
pub fn load_wasm<J: JournalTr<State = EvmState>>(
    journal: &mut J,
    params: &Params,
    code: &[u8],
) -> Result<Vec<u8>, LoadError> {
    match classify(code, params.has_fragments())? {
        CodeKind::Program { dictionary, stream } => Ok(decompress(dictionary, stream, params.max_wasm_size)?),
        CodeKind::Root { dictionary, decompressed, fragments } => {
            check_root(params, decompressed, fragments.len())?;
            let mut stream = Vec::new();
            for address in fragments {
                let code = peek_code(journal, address).map_err(|error| LoadError::Database(error.to_string()))?;
                let Ok(CodeKind::Fragment(part)) = classify(&code, true) else {
                    return Err(CodeError::NotFragment(address).into());
                };
                stream.extend(part);
            }
            let wasm = decompress(dictionary, &stream, decompressed)?;
            if wasm.len() as u64 != u64::from(decompressed) {
                return Err(CodeError::Length { found: wasm.len(), expected: decompressed }.into());
            }
            Ok(wasm)
        }
        CodeKind::Evm | CodeKind::Fragment(_) => Err(CodeError::NotProgram.into()),
    }
}

/// Checks what a root promises before its fragments are read.
pub fn check_root(params: &Params, decompressed: u32, fragments: usize) -> Result<(), CodeError> {
    if fragments == 0 || fragments > usize::from(params.max_fragments) {
        return Err(CodeError::Fragments { found: fragments, limit: params.max_fragments });
    }
    let limit = params.max_wasm_size;
    if decompressed > limit {
        return Err(CodeError::TooLarge(limit));
    }
    Ok(())
}

/// An account without touching its warmth; an empty one where there is none.
pub fn peek<J: JournalTr<State = EvmState>>(journal: &mut J, address: Address) -> Result<AccountInfo, DbError<J>> {
    let (db, state) = journal.db_and_state_mut();
    match state.get(&address) {
        Some(account) => Ok(account.info.clone()),
        None => Ok(db.basic(address)?.unwrap_or_default()),
    }
}

/// Code of an account without touching its warmth.
pub fn peek_code<J: JournalTr<State = EvmState>>(journal: &mut J, address: Address) -> Result<Bytes, DbError<J>> {
    let info = peek(journal, address)?;
    let code = match info.code {
        Some(code) => code,
        None => journal.db_mut().code_by_hash(info.code_hash)?,
    };
    Ok(code.original_bytes())
}
