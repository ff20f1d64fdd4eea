//! Words of any value put under a proxy, then its views, an upgrade, and calls that otherwise go through.
//!
//! Input: which proxy; how many words, and for each which slot and what; how many views and for each which and its
//! arguments; whether to upgrade; for each call to follow which function, which call of it, and who. Slots are those of
//! `tests/snapshots/storage-*.txt` and all that hold something; those of ERC-1967 are left alone, as no contract code can
//! reach them.
//!
//! Must hold: views write nothing and fail with an error or without data; what is refused writes nothing; an upgrade
//! changes implementation and version, and no other word; nothing is ever minted beyond the cap.

use alloy::{
    json_abi::StateMutability,
    rpc::types::{TransactionInput, TransactionRequest},
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_sol_types::SolCall as _;
use escapement_agent::bindings::{minter::IMinter as M, solidity::ProxyAdmin};
use escapement_chain::CallRequest;

use super::{Features, Place, Source, Stage, arguments::pick, feature, stage::ERC1967};
use crate::Refusal;

/// Most words, views and calls of one input.
const WORDS: u8 = 12;
const VIEWS: u8 = 6;
const CALLS: usize = 6;
/// Gas of a view: lengths may be any number here, so any loop may be long.
const VIEW_GAS: u64 = 5_000_000;

/// Runs one input.
///
/// # Panics
/// When something that must hold does not.
#[must_use]
pub fn run(data: &[u8]) -> Features {
    let mut source = Source::new(data);
    Stage::run(|stage| {
        let (proxy, slots) = &stage.slots[usize::from(source.byte()) % stage.slots.len()];
        let place = stage.places.iter().find(|place| place.address == *proxy).expect("every proxy is a place");
        for _ in 0..=source.byte() % WORDS {
            put(stage, *proxy, slots, &mut source);
        }
        let mut seen = Vec::new();
        for _ in 0..source.byte() % VIEWS {
            seen.push(view(stage, place, &mut source));
        }
        if source.byte() & 1 == 1 {
            seen.push(upgrade(stage, place, slots));
            stage.capped();
        }
        for _ in 0..CALLS {
            if source.is_empty() {
                break;
            }
            seen.push(call(stage, place, &mut source));
        }
        stage.capped();
        seen
    })
}

/// Puts one word under the proxy.
fn put(stage: &Stage, proxy: Address, slots: &[U256], source: &mut Source<'_>) {
    let net = &stage.cast.world.net;
    let slot = match source.short() {
        0xffff => U256::from_be_bytes(source.word().0),
        n => slots[n % slots.len()],
    };
    if erc1967().contains(&slot) {
        return;
    }
    let held = net.storage(proxy, slot.into());
    let word = match source.byte() % 7 {
        0 => B256::ZERO,
        1 => B256::repeat_byte(0xff),
        2 => source.word(),
        3 => net.storage(proxy, pick(slots, source.byte()).into()),
        4 => source.number(256, net.now()).into(),
        kind => {
            // Some bytes of what it holds: a field of a packed word.
            let mut word = held;
            let (at, count) = (usize::from(source.byte()) % 32, if kind == 5 { 1 } else { 4 });
            let field = &mut word[at..(at + count).min(32)];
            let bytes: [u8; 4] = source.array();
            field.copy_from_slice(&bytes[..field.len()]);
            word
        }
    };
    net.chain.set_storage(proxy, slot, word.into());
}

/// Slots that no contract code reaches.
fn erc1967() -> [U256; 3] {
    ERC1967.map(|label| U256::from_be_bytes(keccak256(label).0) - U256::ONE)
}

/// Asks a view. A call of the chain keeps nothing, so that it writes nothing is for [`judge`](super::judge) to see.
fn view(stage: &Stage, place: &Place, source: &mut Source<'_>) -> u32 {
    let net = &stage.cast.world.net;
    let plain = |m| matches!(m, StateMutability::View | StateMutability::Pure);
    let views: Vec<_> = place.functions.iter().filter(|function| plain(function.state_mutability)).collect();
    let function = pick(&views, source.byte());
    let input = stage.known.call(function, source, net.now());
    let request = TransactionRequest {
        from: Some(stage.cast.world.stranger),
        to: Some(TxKind::Call(place.address)),
        gas: Some(VIEW_GAS),
        input: TransactionInput::new(input.into()),
        ..Default::default()
    };
    let refused = net.chain.call(&CallRequest::new(request)).map_err(Refusal::from).err();
    tell(stage, place, &function.selector().0, refused.as_ref())
}

/// Upgrades: the minter to its next version, others to what they are, which goes through where the version is gone.
fn upgrade(stage: &Stage, place: &Place, slots: &[U256]) -> u32 {
    let (world, net) = (&stage.cast.world, &stage.cast.world.net);
    let proxy = place.address;
    let before = net.implementation(proxy);
    let target = if proxy == world.minter { stage.minter_v2 } else { before };
    let held: Vec<_> = slots.iter().map(|slot| net.storage(proxy, (*slot).into())).collect();
    let data = Bytes::from(M::migrateCall {}.abi_encode());
    let call = ProxyAdmin::upgradeAndCallCall { proxy, implementation: target, data };
    let outcome = stage.send(stage.cast.upgrader, net.proxy_admin(proxy), &call.abi_encode()).outcome;
    let version = U256::from_be_bytes(keccak256("escapement.kit.version").0) - U256::ONE;
    for (slot, word) in slots.iter().zip(held).filter(|(slot, _)| **slot != version && !erc1967().contains(slot)) {
        assert_eq!(net.storage(proxy, (*slot).into()), word, "the upgrade of {} wrote {slot:#x}", place.contract);
    }
    assert_eq!(net.implementation(proxy), if outcome.is_ok() { target } else { before }, "{}", place.contract);
    tell(stage, place, b"upgr", outcome.err().as_ref())
}

/// Makes a call that goes through where storage is as it should be.
fn call(stage: &Stage, place: &Place, source: &mut Source<'_>) -> u32 {
    let plain = |m| matches!(m, StateMutability::View | StateMutability::Pure);
    let functions: Vec<_> = place.functions.iter().filter(|function| !plain(function.state_mutability)).collect();
    let function = pick(&functions, source.byte());
    let (_, input) = pick(&stage.cast.calls(&place.contract, &function.name), source.byte());
    let from = match source.byte() {
        0 => stage.cast.holder,
        n => pick(&stage.callers, n).address,
    };
    let outcome = stage.send(from, place.address, &input).outcome;
    tell(stage, place, &function.selector().0, outcome.err().as_ref())
}

/// What was seen; checks a refusal's data.
fn tell(stage: &Stage, place: &Place, what: &[u8], refused: Option<&Refusal>) -> u32 {
    let end = refused.map_or([0xff; 4], |refusal| {
        stage.typed(refusal);
        refusal.data.first_chunk().copied().unwrap_or_default()
    });
    feature(&[b"upgrade", place.address.as_slice(), what, &end])
}
