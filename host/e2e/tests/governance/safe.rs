//! Safes as council and guardian: ordinary multisig transactions, and nothing beyond their roles (GOV-12, GOV-13).

use alloy_primitives::{B256, Bytes, U256};
use alloy_sol_types::Revert;
use escapement_agent::{
    bindings::{
        controller::{IController as C, IControllerEvents as E},
        safe::ISafe,
        verifier::IVerifier,
    },
    safe::{SafeContract, SafeTx},
};
use escapement_core::param::EMISSION;
use escapement_e2e::{Governed, Multisig, World, change, refused};

use super::{DAY, begin_exit, finish_exit, ok, rules};

/// Signatures are too few, and a signature is of no owner or out of order, in the words of Safe.
const TOO_FEW: &str = "GS020";
const NO_OWNER: &str = "GS026";

fn words(reason: &str) -> Revert {
    Revert { reason: reason.to_owned() }
}

fn nonce(world: &World, safe: &Multisig) -> U256 {
    world.net.view(safe.address, &ISafe::nonceCall {}).expect("a plain view")
}

#[test]
fn gov_12_the_accounts_are_the_published_code_with_their_owners_and_thresholds() {
    let governed = World::governed();
    let net = &governed.world.net;
    for (safe, threshold) in [(&governed.council, 2u64), (&governed.guardian, 2)] {
        let owners: Vec<_> = safe.owners.iter().map(alloy::signers::local::PrivateKeySigner::address).collect();
        assert_eq!(net.view(safe.address, &ISafe::getOwnersCall {}).expect("a plain view"), owners);
        assert_eq!(net.view(safe.address, &ISafe::getThresholdCall {}).expect("a plain view"), U256::from(threshold));
        assert_eq!(net.view(safe.address, &ISafe::VERSIONCall {}).expect("a plain view"), "1.5.0");
        // A proxy keeps its code's address in slot 0.
        let singleton = alloy_primitives::Address::from_word(net.storage(safe.address, B256::ZERO));
        let code = net.chain.code(singleton, alloy::eips::BlockId::latest()).expect("the newest state is kept");
        assert_eq!(alloy_primitives::keccak256(code), SafeContract::Singleton.code_hash());

        // What this side signs is what the account asks for.
        let tx = SafeTx::call(governed.world.controller, &C::haltCall { scope: 3 }, U256::from(7));
        let hash = ISafe::getTransactionHashCall {
            to: tx.to,
            value: tx.value,
            data: tx.data.clone(),
            operation: tx.operation,
            safeTxGas: tx.safeTxGas,
            baseGas: tx.baseGas,
            gasPrice: tx.gasPrice,
            gasToken: tx.gasToken,
            refundReceiver: tx.refundReceiver,
            nonce: tx.nonce,
        };
        let digest = tx.digest(net.chain.chain_id(), safe.address);
        assert_eq!(net.view(safe.address, &hash).expect("a plain view"), digest);
    }
}

#[test]
fn gov_12_the_guardian_halts_by_a_multisig_transaction_while_exits_stay_open() {
    let governed = World::governed();
    let Governed { ref world, ref guardian, ref council, voters, .. } = governed;
    let (net, relayer) = (&world.net, world.stranger);
    let halt = C::haltCall { scope: 255 };

    // One signature too few, the same one twice, somebody else's, a wrong order: refused, and nothing is used up.
    let tx = guardian.next(net, world.controller, &halt);
    let send = |signatures: Bytes| net.send(relayer, guardian.address, &tx.execute(signatures));
    let both = guardian.sign(net, &tx, 2);
    refused(send(guardian.sign(net, &tx, 1)), &words(TOO_FEW));
    refused(send(Bytes::new()), &words(TOO_FEW));
    refused(send([&both[..65], &both[..65]].concat().into()), &words(NO_OWNER));
    refused(send([&both[65..], &both[..65]].concat().into()), &words(NO_OWNER));
    refused(send(council.sign(net, &tx, 2)), &words(NO_OWNER));
    // Signed for another account, on another chain, for another call, or as a later transaction.
    let chain = net.chain.chain_id();
    let signed = |tx: &SafeTx, chain, safe| tx.sign(chain, safe, &guardian.owners).expect("local keys sign");
    refused(send(signed(&tx, chain, council.address)), &words(NO_OWNER));
    refused(send(signed(&tx, chain + 1, guardian.address)), &words(NO_OWNER));
    let other = SafeTx::call(world.controller, &C::haltCall { scope: 0 }, tx.nonce);
    refused(send(signed(&other, chain, guardian.address)), &words(NO_OWNER));
    let later = SafeTx { nonce: tx.nonce + U256::ONE, ..tx.clone() };
    refused(send(signed(&later, chain, guardian.address)), &words(NO_OWNER));
    assert_eq!(nonce(world, guardian), tx.nonce);
    world.submit(&world.propose(1, &[(0, 6_554)])).unwrap_or_else(|refusal| panic!("nothing is halted: {refusal}"));

    // With both it halts, brought by somebody without any part in it.
    let receipt = ok(send(both.clone()));
    let halted = &receipt.events::<E::Halted>()[0];
    assert_eq!((halted.scope, u64::from(halted.until)), (255, receipt.timestamp + 7 * DAY));
    let done = &receipt.events::<ISafe::ExecutionSuccess>()[0];
    assert_eq!(done.txHash, tx.digest(chain, guardian.address));
    // A replay is refused, long after the halt has ended: the account's nonce has moved on.
    net.warp(40 * DAY);
    refused(send(both), &words(NO_OWNER));
    let until = net.view(world.controller, &C::haltedUntilCall { scope: 255 }).expect("a plain view");
    assert!(u64::from(until) < net.now(), "the replay has halted nothing");

    // Halted again by a new transaction: the model is stopped, while one exit is paid and another begins.
    let exit = begin_exit(world, voters[1]);
    net.at_next(exit.readyAt - 1);
    ok(guardian.send(net, relayer, world.controller, &halt));
    let refusal = world.submit(&world.propose(3, &[(0, 6_554)])).expect_err("halted");
    assert_eq!(refusal.expect::<C::ControllerHalted>().scope, 255);
    net.warp(1);
    finish_exit(world, &exit);
    let _ = begin_exit(world, voters[1]);
    let until = net.view(world.controller, &C::haltedUntilCall { scope: 255 }).expect("a plain view");
    assert!(u64::from(until) > net.now(), "all that within the halt");
}

#[test]
fn gov_13_the_council_vetoes_overrides_and_narrows_and_does_nothing_else() {
    let governed = World::governed();
    let Governed { ref world, ref guardian, ref council, voters, .. } = governed;
    let (net, relayer, controller) = (&world.net, world.stranger, world.controller);

    // Veto of a change that waits.
    let receipt = ok(world.submit(&world.propose(1, &[(0, 65_536)])));
    let queued = &receipt.events::<E::UpdateQueued>()[0];
    let veto = C::vetoCall { group: 0 };
    let receipt = ok(council.send(net, relayer, controller, &veto));
    assert_eq!(receipt.events::<E::UpdateVetoed>()[0].updateId, 1);
    let execute = C::executeCall { group: 0, payload: queued.payload.clone() };
    net.warp(u64::from(queued.eta) - net.now());
    refused(net.send(relayer, controller, &execute), &C::ControllerNothingPending { group: 0 });

    // Override within the bounds; beyond them the controller's own error comes back, and the nonce is not used.
    ok(council.send(net, relayer, controller, &C::overrideParamsCall { changes: change(0, 10_000, 9_900) }));
    assert_eq!(world.value(0), 9_900);
    let used = nonce(world, council);
    let far = C::overrideParamsCall { changes: change(0, 9_900, 20_001) };
    let error = C::ControllerOutOfRange { slot: 0, newValue: 20_001, min: 2_500, max: 20_000 };
    refused(council.send(net, relayer, controller, &far), &error);
    assert_eq!(nonce(world, council), used);

    // Narrower, but never wider again.
    let narrow = |max| C::narrowCall { slot: 0, min: 2_500, max };
    ok(council.send(net, relayer, controller, &narrow(15_000)));
    assert_eq!(rules(world, EMISSION).gov_max, 15_000);
    let error = C::ControllerOutOfRange { slot: 0, newValue: 15_001, min: 2_500, max: 15_000 };
    refused(council.send(net, relayer, controller, &narrow(15_001)), &error);

    // What is governance's is nobody else's, and an owner of the Safe is not the Safe.
    let [word0, word1] = rules(world, EMISSION).pack().map(Into::into);
    let widening = C::setSlotRulesCall { slot: 0, word0, word1 };
    let resume = C::resumeCall { scope: 255 };
    let denied = |account, role| C::AccessControlUnauthorizedAccount { account, neededRole: role };
    for safe in [council, guardian] {
        refused(safe.send(net, relayer, controller, &widening), &denied(safe.address, B256::ZERO));
        refused(safe.send(net, relayer, controller, &resume), &denied(safe.address, B256::ZERO));
        let appoint = IVerifier::setGuardianCall { guardian: relayer };
        let error = IVerifier::OwnableUnauthorizedAccount(safe.address);
        refused(safe.send(net, relayer, world.verifier, &appoint), &error);
    }
    let role = net.view(controller, &C::COUNCIL_ROLECall {}).expect("a plain view");
    refused(guardian.send(net, relayer, controller, &veto), &denied(guardian.address, role));
    let owner = council.owners[0].address();
    let input = alloy_sol_types::SolCall::abi_encode(&narrow(14_000)).into();
    refused(net.simulate(owner, controller, input), &denied(owner, role));
    let lone = council.next(net, controller, &narrow(14_000));
    let single = lone.execute(council.sign(net, &lone, 1));
    refused(net.send(relayer, council.address, &single), &words(TOO_FEW));
    assert_eq!(rules(world, EMISSION).gov_max, 15_000);

    // Governance takes the council's role away from the Safe and gives it to another: by a vote.
    let replaced = escapement_agent::governance::Proposal::new("Another council")
        .call(controller, &C::grantRoleCall { role, account: voters[0] })
        .call(controller, &C::revokeRoleCall { role, account: council.address });
    ok(governed.pass(&replaced));
    refused(council.send(net, relayer, controller, &narrow(14_000)), &denied(council.address, role));
    ok(net.send(voters[0], controller, &narrow(14_000)));
}
