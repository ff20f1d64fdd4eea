//! What must hold after every call, and after all of them.
//!
//! - A refused call writes nothing, anywhere; a view writes nothing.
//! - An implementation, called past its proxy, writes at itself only, and never a role, a peer or a version there: whatever
//!   it counts for itself, nobody has power over it and it has none over others.
//! - Revert data is empty or exactly one error of the contracts' ABIs or of the Solidity that they meet.
//! - No call with up to [`LARGE`] bytes of calldata halts or uses more than [`GAS`].
//! - As long as nobody with a role has done anything, nobody without one changes roles, rules, peers, implementations, or
//!   anything of the verifier; and parameters through nothing but an update.
//! - Vault, gauges and treasury hold what they owe, and the supply is within the cap.

use alloy::{dyn_abi::JsonAbiExt as _, json_abi::StateMutability};
use alloy_primitives::{Address, TxKind, U256};
use escapement_agent::bindings::{
    gauges::IGauges as G, solidity::QuoteToken as Q, token::IToken as T, treasury::ITreasury as R, vault::IVault as V,
};
use escapement_vm::ARBOS_STATE;

use super::{
    feature,
    stage::{Caller, Place, Stage},
};
use crate::{Receipt, Refusal};

/// Bytes of calldata above which a call may be as expensive as it likes.
pub const LARGE: usize = 8_192;
/// Gas that no smaller call uses.
pub const GAS: u64 = 25_000_000;

/// What lets a call of anyone change a parameter: what a quorum signed, what waited, and the law's own upkeep.
const STEERING: [&str; 5] = ["submit", "trySubmit", "execute", "poke", "observe"];

/// What came of a call.
pub struct Seen {
    /// Receipt or refusal.
    pub outcome: Result<Receipt, Refusal>,
    /// Storage written.
    pub written: Vec<(Address, U256)>,
    /// Gas used.
    pub gas: u64,
}

impl Stage {
    /// Mines a call; checks what must hold of any.
    ///
    /// # Panics
    /// When a refused call wrote something, or its revert data is no error of anybody.
    pub fn send(&self, from: Address, to: Address, input: &[u8]) -> Seen {
        let net = &self.cast.world.net;
        let before = net.chain.snapshot();
        let outcome = net.transact(from, TxKind::Call(to), input.to_vec().into(), U256::ZERO);
        let mut written = net.chain.written_since(before).expect("just taken");
        written.retain(|(account, _)| *account != ARBOS_STATE);
        let gas = net.chain.head().transactions.last().map_or(0, |transaction| transaction.gas_used);
        if let Err(refusal) = &outcome {
            assert!(written.is_empty(), "refused with {refusal}, and wrote {written:?}");
            self.typed(refusal);
        }
        Seen { outcome, written, gas }
    }

    /// Checks that revert data is empty or one error, whole and exact.
    ///
    /// # Panics
    /// When it is not.
    pub fn typed(&self, refusal: &Refusal) {
        assert!(!refusal.message.starts_with("virtual machine"), "{refusal}");
        let Some((selector, arguments)) = refusal.data.split_first_chunk() else {
            assert!(refusal.data.is_empty(), "{refusal} is no error");
            return;
        };
        let error = self.errors.get(selector).unwrap_or_else(|| panic!("{refusal} is nobody's error"));
        let values = error.abi_decode_input(arguments).unwrap_or_else(|fault| panic!("{refusal}: {fault}"));
        let again = error.abi_encode_input(&values).expect("just decoded");
        assert!(again == *refusal.data || again[4..] == *arguments, "{refusal} is not how {} is encoded", error.name);
    }

    /// Makes a call as `caller` and judges it; `clean` tells whether only callers without a role have done anything, and is
    /// kept. Returns what was seen.
    ///
    /// # Panics
    /// When something that must hold does not.
    pub fn judge(&self, place: &Place, caller: Caller, input: &[u8], clean: &mut bool) -> u32 {
        let Seen { outcome, written, gas } = self.send(caller.address, place.address, input);
        let function = place.function(input);
        let name = function.map_or("", |function| function.name.as_str());
        let what = format!("{}.{name} by {} with 0x{}", place.contract, caller.address, hex::encode(input));
        if input.len() <= LARGE {
            assert!(gas <= GAS, "{gas} gas: {what}");
            let message = outcome.as_ref().err().map_or("", |refusal| &refusal.message);
            let halted = !message.is_empty() && !message.starts_with("execution reverted");
            assert!(!halted, "{message}: {what}");
        }
        if function.is_some_and(|f| matches!(f.state_mutability, StateMutability::View | StateMutability::Pure)) {
            assert!(written.is_empty(), "a view wrote {written:?}: {what}");
        }
        for (account, slot) in &written {
            let word = (*account, *slot);
            let protected = self.protected.contains(&word);
            if place.implementation {
                let own = *account == place.address && !protected;
                assert!(own, "{word:?} was written past the proxy: {what}");
            } else if caller.roleless && *clean {
                assert!(!protected, "{word:?} was written: {what}");
                assert_ne!(*account, self.cast.world.verifier, "the verifier was written: {what}");
                let steers = place.contract == "controller" && STEERING.contains(&name);
                assert!(steers || *account != self.cast.world.controller, "the controller was written: {what}");
            }
        }
        *clean &= caller.roleless || outcome.is_err();
        let end = outcome.map_or_else(|refusal| refusal.data.first_chunk().copied().unwrap_or_default(), |_| [0xff; 4]);
        let known = if function.is_some() { input.get(..4).unwrap_or_default() } else { &[] };
        feature(&[place.address.as_slice(), known, &end])
    }

    /// Checks that what is owed is there and that the supply is within the cap.
    ///
    /// # Panics
    /// When it is not.
    pub fn books(&self) {
        let (world, net) = (&self.cast.world, &self.cast.world.net);
        let held = |account| net.view(world.token, &T::balanceOfCall { account }).expect("a plain view");
        let solvency = net.view(world.vault, &V::solvencyCall {}).expect("a plain view");
        assert!(solvency.owed <= solvency.balance, "the vault owes {} of {}", solvency.owed, solvency.balance);
        let owed = net.view(world.gauges, &G::owedCall {}).expect("a plain view");
        assert!(owed <= held(world.gauges), "the gauges owe {owed} and hold {}", held(world.gauges));
        let owed = net.view(world.treasury, &R::owedCall {}).expect("a plain view");
        assert!(owed <= held(world.treasury), "the treasury owes {owed} and holds {}", held(world.treasury));
        for (pool, lp) in (1..).zip(world.lp) {
            let staked = net.view(world.gauges, &G::poolCall { pool }).expect("a pool").staked;
            let held = net.view(lp, &Q::balanceOfCall { account: world.gauges }).expect("a plain view");
            assert!(staked <= held, "{staked} staked in pool {pool}, {held} held");
        }
        self.capped();
    }

    /// Checks that the supply is within the cap.
    ///
    /// # Panics
    /// When it is not.
    pub fn capped(&self) {
        let (net, token) = (&self.cast.world.net, self.cast.world.token);
        let supply = net.view(token, &T::totalSupplyCall {}).expect("a plain view");
        let cap = net.view(token, &T::capCall {}).expect("a plain view");
        assert!(supply <= cap && cap == crate::wad(2_000_000_000), "supply {supply}, cap {cap}");
    }
}
