//! A chain in memory for the tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::missing_panics_doc, clippy::trivially_copy_pass_by_ref)]

use crate::{
    ARB_WASM, ArbWasm, BlockContext, CallOptions, HostCall, Outcome, Params, code, genesis_accounts, transact,
};
use alloy_primitives::{Address, Bytes, U256, address, hex};
use alloy_sol_types::SolCall;
use revm::{
    Database, DatabaseCommit,
    bytecode::Bytecode,
    context::TxEnv,
    database::{CacheDB, EmptyDB},
    primitives::TxKind,
    state::AccountInfo,
};

/// A funded account without code.
pub const ALICE: Address = address!("0xa11ce00000000000000000000000000000000000");

/// State and block of a test.
pub struct TestChain {
    /// State.
    pub db: CacheDB<EmptyDB>,
    /// Block.
    pub block: BlockContext,
    next: u64,
}

impl Default for TestChain {
    fn default() -> Self {
        Self::new(Params::arbitrum_one())
    }
}

impl TestChain {
    /// A chain with these parameters at some time in 2026.
    pub fn new(params: Params) -> Self {
        let mut db = CacheDB::new(EmptyDB::new());
        for account in genesis_accounts(&params) {
            let code = Bytecode::new_raw(account.code);
            let info = AccountInfo::new(account.balance, account.nonce, code.hash_slow(), code);
            db.insert_account_info(account.address, info);
            for (key, value) in account.storage {
                db.insert_account_storage(account.address, key, value).unwrap();
            }
        }
        let mut block = BlockContext::new(412_346, params);
        block.timestamp = 1_790_000_000;
        block.number = 7;
        block.l1_block_number = 20_000_000;
        let mut chain = Self { db, block, next: 0 };
        chain.fund(ALICE, U256::from(10).pow(U256::from(24)));
        chain
    }

    /// Sets a balance.
    pub fn fund(&mut self, account: Address, balance: U256) {
        let mut info = self.db.basic(account).unwrap().unwrap_or_default();
        info.balance = balance;
        self.db.insert_account_info(account, info);
    }

    /// A new account with this code.
    pub fn install(&mut self, code: impl Into<Bytes>) -> Address {
        self.next += 1;
        let address = Address::from_word(U256::from(0xC0DE_0000 + self.next).into());
        let code = Bytecode::new_raw(code.into());
        let info = AccountInfo::new(U256::ZERO, 1, code.hash_slow(), code);
        self.db.insert_account_info(address, info);
        address
    }

    /// Runs and commits.
    pub fn run(&mut self, tx: TxEnv, options: &CallOptions) -> Outcome {
        let outcome = transact(&mut self.db, &mut self.block, tx, options).unwrap();
        self.db.commit(outcome.state.clone());
        outcome
    }

    /// The next block: recent programs are forgotten.
    pub fn mine(&mut self, seconds: u64) {
        self.block = self.block.next(self.block.timestamp + seconds, self.block.l1_block_number + 1);
    }

    /// A call with fees off, committed.
    pub fn send(&mut self, to: Address, data: impl Into<Bytes>, value: u64, gas: u64) -> Outcome {
        let tx = Self::tx(to, data, value, gas);
        self.run(tx, &CallOptions::call())
    }

    /// A transaction of Alice's.
    pub fn tx(to: Address, data: impl Into<Bytes>, value: u64, gas: u64) -> TxEnv {
        TxEnv {
            caller: ALICE,
            kind: TxKind::Call(to),
            data: data.into(),
            value: U256::from(value),
            gas_limit: gas,
            chain_id: None,
            ..TxEnv::default()
        }
    }

    /// A call with host calls recorded.
    pub fn trace(&mut self, to: Address, data: impl Into<Bytes>, value: u64) -> (Outcome, Vec<HostCall>) {
        let options = CallOptions { trace: true, ..CallOptions::call() };
        let mut outcome = self.run(Self::tx(to, data, value, 30_000_000), &options);
        let trace = outcome.trace.take().unwrap();
        (outcome, trace)
    }

    /// Activates the program at `account`.
    pub fn activate(&mut self, account: Address) -> Outcome {
        let call = ArbWasm::activateProgramCall { program: account };
        self.send(ARB_WASM, call.abi_encode(), 1_000_000_000_000_000, 31_000_000)
    }

    /// A program from its text, installed and activated.
    pub fn program(&mut self, wat: &str) -> Address {
        let account = self.install(code::program_code(&wasm(wat)));
        let outcome = self.activate(account);
        // Records belong to the code: a second account with the same code is active already.
        let known = outcome.reason.as_deref() == Some("error ProgramUpToDate()");
        assert!(outcome.is_success() || known, "{:?}", outcome.reason);
        account
    }

    /// A storage word.
    pub fn storage(&mut self, account: Address, key: u64) -> U256 {
        self.db.storage(account, U256::from(key)).unwrap()
    }
}

/// Wasm of a module's text.
pub fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// A program whose entry point is `body`, with `imports` by name; `len` is the call data's length, the data is at 0.
pub fn program(imports: &[&str], body: &str) -> String {
    let mut text = String::from("(module\n");
    for name in imports {
        text.push_str(&import(name));
    }
    text.push_str("(memory (export \"memory\") 1 1)\n");
    text.push_str("(func (export \"user_entrypoint\") (param $len i32) (result i32)\n");
    text.push_str(body);
    text.push_str("))");
    text
}

/// The import of a host function in text form.
pub fn import(name: &str) -> String {
    use crate::wasm::{HOST_FUNCTIONS, Ty};
    let (_, _, signature) = HOST_FUNCTIONS.iter().find(|entry| entry.1 == name).unwrap();
    let ty = |ty: &Ty| match ty {
        Ty::I32 => "i32",
        Ty::I64 => "i64",
        Ty::F32 => "f32",
        Ty::F64 => "f64",
    };
    let params: Vec<_> = signature.params.iter().map(ty).collect();
    let result = signature.result.as_ref().map_or(String::new(), |result| format!("(result {})", ty(result)));
    format!("(import \"vm_hooks\" \"{name}\" (func ${name} (param {}) {result}))\n", params.join(" "))
}

/// Calls the address in the first 20 bytes of call data with the rest, by `kind`; returns the callee's data and status.
pub fn forwarder(kind: &str) -> String {
    let value = if kind == "call_contract" { "(i32.const 60000)" } else { "" };
    let body = format!(
        "(local $status i32) (local $n i32)
         (call $read_args (i32.const 0))
         (call $msg_value (i32.const 60000))
         (local.set $status (call ${kind} (i32.const 0) (i32.const 20) (i32.sub (local.get $len) (i32.const 20)) {value} (i64.const -1) (i32.const 50000)))
         (local.set $n (call $read_return_data (i32.const 1024) (i32.const 0) (i32.load (i32.const 50000))))
         (call $write_result (i32.const 1024) (local.get $n))
         (local.get $status)"
    );
    program(&["read_args", "write_result", "msg_value", "read_return_data", kind], &body)
}

/// Call data of a [`forwarder`].
pub fn to(target: Address, data: &[u8]) -> Vec<u8> {
    [target.as_slice(), data].concat()
}

/// A word of return data.
pub fn word(data: &Bytes, at: usize) -> U256 {
    U256::from_be_slice(&data[at * 32..at * 32 + 32])
}

/// EVM proxy that delegates everything to `target` and returns or reverts with its data.
pub fn evm_proxy(target: Address) -> Vec<u8> {
    let mut code = hex!("365f5f375f5f365f73").to_vec();
    code.extend(target.as_slice());
    code.extend(hex!("5af43d5f5f3e603957"));
    // Failure: revert(0, size); success is at 0x39.
    code.extend(hex!("3d5ffd"));
    let at = code.len();
    let fixed = code.iter().rposition(|byte| *byte == 0x39).unwrap();
    code[fixed] = u8::try_from(at).unwrap();
    code.extend(hex!("5b3d5ff3"));
    code
}

/// EVM code that returns ADDRESS, CALLER and CALLVALUE.
pub const WHO: [u8; 17] = hex!("30600052336020523460405260606000f3");
