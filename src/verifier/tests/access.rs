//! Who may do what.

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolError;
use motsu::prelude::*;
use openzeppelin_stylus::access::ownable::OwnableUnauthorizedAccount;

use super::{addresses, attesters, bytes, deploy, update, DATA};
use crate::{event::GuardianChanged, Verifier};

/// The mutating functions.
#[derive(Clone, Copy, Debug)]
enum Act {
    SetSigners,
    RevokeSigner,
    RegisterModel,
    Activate,
    Deactivate,
    SetUptimeFeed,
    SetGuardian,
    TransferOwnership,
    AcceptOwnership,
}

const ACTS: [Act; 9] = [
    Act::SetSigners,
    Act::RevokeSigner,
    Act::RegisterModel,
    Act::Activate,
    Act::Deactivate,
    Act::SetUptimeFeed,
    Act::SetGuardian,
    Act::TransferOwnership,
    Act::AcceptOwnership,
];

fn act(verifier: &Contract<Verifier>, act: Act, sender: Address, heir: Address) -> Result<(), Vec<u8>> {
    let model = B256::from(update().model_id);
    let schema = B256::from(update().kpi_schema);
    let signers = addresses(&attesters());
    let mut as_sender = verifier.sender(sender);
    match act {
        Act::SetSigners => as_sender.set_signers(&signers, 4),
        Act::RevokeSigner => as_sender.revoke_signer(signers[0]),
        Act::RegisterModel => as_sender.register_model(model, DATA, schema, 0),
        Act::Activate => as_sender.set_model_active(model, true),
        Act::Deactivate => as_sender.set_model_active(model, false),
        Act::SetUptimeFeed => as_sender.set_uptime_feed(DATA, 1),
        Act::SetGuardian => as_sender.set_guardian(heir),
        Act::TransferOwnership => as_sender.transfer_ownership(heir),
        Act::AcceptOwnership => as_sender.accept_ownership(),
    }
    .motsu_res()
    .map_err(bytes)
}

#[motsu::test]
fn only_the_named_roles_pass(owner: Address, guardian: Address, heir: Address, stranger: Address) {
    let attester = attesters()[0].address();
    for what in ACTS {
        for (who, role) in
            [(owner, "owner"), (guardian, "guardian"), (heir, "heir"), (attester, "attester"), (stranger, "stranger")]
        {
            let verifier: Contract<Verifier> = Contract::random();
            deploy(&verifier, owner, guardian);
            verifier.sender(owner).transfer_ownership(heir).motsu_unwrap();
            let allowed = match what {
                Act::RevokeSigner | Act::Deactivate => role == "owner" || role == "guardian",
                Act::AcceptOwnership => role == "heir",
                _ => role == "owner",
            };
            let denied = OwnableUnauthorizedAccount { account: who }.abi_encode();
            let result = act(&verifier, what, who, heir);
            // The owner passes the door of `registerModel` and is refused behind it: the record exists.
            let passed = result.as_ref().err() != Some(&denied);
            assert_eq!(passed, allowed, "{what:?} by the {role}");
        }
    }
}

#[motsu::test]
fn ownership_moves_in_two_steps(verifier: Contract<Verifier>, alice: Address, bob: Address, carol: Address) {
    deploy(&verifier, alice, bob);
    verifier.sender(alice).transfer_ownership(carol).motsu_unwrap();
    assert_eq!(verifier.sender(bob).owner(), alice);
    assert_eq!(verifier.sender(bob).pending_owner(), carol);
    verifier.sender(carol).accept_ownership().motsu_unwrap();
    assert_eq!(verifier.sender(bob).owner(), carol);
    assert_eq!(verifier.sender(bob).pending_owner(), Address::ZERO);
    assert!(act(&verifier, Act::SetSigners, alice, alice).is_err());
}

#[motsu::test]
fn guardian_can_be_replaced_and_dismissed(verifier: Contract<Verifier>, alice: Address, bob: Address, carol: Address) {
    deploy(&verifier, alice, bob);
    verifier.sender(alice).set_guardian(carol).motsu_unwrap();
    assert!(verifier.emitted(&GuardianChanged { previous: bob, guardian: carol }));
    assert!(act(&verifier, Act::RevokeSigner, bob, bob).is_err());
    assert!(act(&verifier, Act::Deactivate, carol, bob).is_ok());
    verifier.sender(alice).set_guardian(Address::ZERO).motsu_unwrap();
    assert!(act(&verifier, Act::RevokeSigner, carol, bob).is_err());
    assert_eq!(verifier.sender(alice).guardian(), Address::ZERO);
}
