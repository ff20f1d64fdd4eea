//! Precompiles: Ethereum's, and those of `ArbOS` that tools and contracts call.

mod abi;
mod activate;
mod admin;
mod cache_manager;
mod frame;
mod info;
#[cfg(test)]
mod tests;
mod wasm;

pub use abi::ArbWasm;
#[cfg(test)]
pub use abi::ArbWasmCache;

use crate::evm::Ctx;
use alloy_primitives::{Address, Bytes, address};
use frame::{Call, Done, Fail, Purity, failed};
use revm::{
    Database,
    context_interface::JournalTr,
    handler::{EthPrecompiles, PrecompileProvider, precompile_output_to_interpreter_result},
    interpreter::{CallInputs, InterpreterResult},
    precompile::secp256r1,
    primitives::{AddressSet, hardfork::SpecId},
};

/// `ArbSys`.
pub const ARB_SYS: Address = address!("0x0000000000000000000000000000000000000064");
/// `ArbInfo`.
pub const ARB_INFO: Address = address!("0x0000000000000000000000000000000000000065");
/// `ArbosTest`.
pub const ARBOS_TEST: Address = address!("0x0000000000000000000000000000000000000069");
/// `ArbOwnerPublic`.
pub const ARB_OWNER_PUBLIC: Address = address!("0x000000000000000000000000000000000000006b");
/// `ArbOwner`.
pub const ARB_OWNER: Address = address!("0x0000000000000000000000000000000000000070");
/// `ArbWasm`.
pub const ARB_WASM: Address = address!("0x0000000000000000000000000000000000000071");
/// `ArbWasmCache`.
pub const ARB_WASM_CACHE: Address = address!("0x0000000000000000000000000000000000000072");
/// `ArbDebug`, on debug chains.
pub const ARB_DEBUG: Address = address!("0x00000000000000000000000000000000000000ff");

/// Every account that gets the code `fe` at genesis: callers that test for code must find some.
pub fn reserved() -> impl Iterator<Item = Address> {
    (0x64..=0x74).chain([0xff]).map(Address::with_last_byte)
}

/// Precompiles of the chain.
#[derive(Clone, Debug)]
pub struct ArbPrecompiles {
    eth: EthPrecompiles,
    debug: bool,
    // Before the Osaka EVM the chain had P256 already, at the older price.
    early_p256: bool,
    warm: AddressSet,
}

impl ArbPrecompiles {
    /// The precompiles of a (debug) chain.
    pub fn new(spec: SpecId, debug: bool) -> Self {
        let eth = EthPrecompiles::new(spec);
        let mut warm = eth.warm_addresses().clone();
        warm.extend(reserved());
        let p256 = *secp256r1::P256VERIFY.address();
        let early_p256 = !warm.contains(&p256);
        warm.insert(p256);
        Self { eth, debug, early_p256, warm }
    }
}

impl<DB: Database> PrecompileProvider<Ctx<DB>> for ArbPrecompiles {
    type Output = InterpreterResult;

    fn set_spec(&mut self, _spec: SpecId) -> bool {
        false
    }

    fn run(&mut self, ctx: &mut Ctx<DB>, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        let address = inputs.bytecode_address;
        let known = matches!(
            address,
            ARB_SYS | ARB_INFO | ARBOS_TEST | ARB_OWNER_PUBLIC | ARB_OWNER | ARB_WASM | ARB_WASM_CACHE
        );
        if !(known || (self.debug && address == ARB_DEBUG)) {
            if self.early_p256 && address == *secp256r1::P256VERIFY.address() {
                let input = inputs.input.bytes(ctx);
                let output = secp256r1::P256VERIFY
                    .execute(&input, inputs.gas_limit, inputs.reservoir)
                    .map_err(|error| error.to_string())?;
                let result = precompile_output_to_interpreter_result(output, inputs.gas_limit);
                return Ok(Some(result));
            }
            return self.eth.run(ctx, inputs);
        }
        let top = ctx.journaled_state.depth() == 1;
        let (result, fail) = run(ctx, inputs);
        match fail {
            Some(Fail::Fatal(error)) => return Err(error),
            Some(Fail::Revert(_, text) | Fail::Burn(text)) => ctx.chain.fail(top, text),
            _ => {}
        }
        Ok(Some(result))
    }

    fn warm_addresses(&self) -> &AddressSet {
        &self.warm
    }
}

fn run<DB: Database>(ctx: &mut Ctx<DB>, inputs: &CallInputs) -> (InterpreterResult, Option<Fail>) {
    let limit = inputs.gas_limit;
    let burn = |why: &str| failed(Fail::Burn(why.to_owned()), limit);
    let input = inputs.input.bytes(ctx);
    let Some((selector, arguments)) = input.split_first_chunk::<4>() else {
        return burn("no method selector");
    };
    let version = ctx.chain.params.as_ref().map_or(0, |params| params.arbos_version);
    let Some(purity) = purity(inputs.bytecode_address, *selector, version) else {
        return burn("no such method");
    };
    let data = Bytes::copy_from_slice(arguments);
    let mut call = match Call::open(ctx, inputs, *selector, data, purity) {
        Ok(call) => call,
        Err(fail) => return failed(fail, limit),
    };
    let result = dispatch(&mut call);
    if inputs.bytecode_address == ARB_OWNER && !matches!(result, Err(Fail::Burn(_))) {
        // What an owner does is free.
        let (mut output, fail) = call.close(result, limit);
        output.gas.set_remaining(limit);
        return (output, fail);
    }
    call.close(result, limit)
}

fn purity(address: Address, selector: [u8; 4], version: u64) -> Option<Purity> {
    match address {
        ARB_WASM => wasm::purity(selector, version),
        ARB_WASM_CACHE => cache_manager::purity(selector),
        ARB_OWNER => admin::owner_purity(selector, version),
        ARB_OWNER_PUBLIC => admin::public_purity(selector, version),
        ARB_DEBUG => admin::debug_purity(selector),
        _ => info::purity(address, selector),
    }
}

fn dispatch<DB: Database>(call: &mut Call<'_, DB>) -> Done<Vec<u8>> {
    match call.address {
        ARB_WASM => wasm::dispatch(call),
        ARB_WASM_CACHE => cache_manager::dispatch(call),
        ARB_OWNER => admin::owner(call),
        ARB_OWNER_PUBLIC => admin::public(call),
        ARB_DEBUG => admin::debug(call),
        _ => info::dispatch(call),
    }
}

/// Arguments of a method, decoded.
fn arguments<C: alloy_sol_types::SolCall, DB: Database>(call: &Call<'_, DB>) -> Done<C> {
    C::abi_decode_raw(&call.data).map_err(|error| Fail::Burn(format!("bad arguments: {error}")))
}
