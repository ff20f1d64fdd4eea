//! An implementation changes through its proxy admin, by a vote, and in no other way (GOV-08, I14).

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall as _;
use escapement_agent::{
    bindings::{
        minter::{IMinter as M, IMinterEvents},
        solidity::ProxyAdmin,
        token::IToken,
    },
    governance::Proposal,
};
use escapement_e2e::{Governed, World, refused};

use super::ok;

#[test]
fn gov_08_an_implementation_changes_by_a_vote_only() {
    let governed = World::governed();
    let Governed { ref world, governor, ref council, ref guardian, founder, voters } = governed;
    let (net, timelock) = (&world.net, world.governance);
    let implementations = || world.proxies().map(|proxy| net.implementation(proxy));
    let before = implementations();
    let logic = net.program(world.deployer, "minter-v2");
    let migrate: Bytes = M::migrateCall {}.abi_encode().into();

    for proxy in world.proxies() {
        let admin = net.proxy_admin(proxy);
        let upgrade = ProxyAdmin::upgradeAndCallCall { proxy, implementation: logic, data: migrate.clone() };
        let denied = |account| ProxyAdmin::OwnableUnauthorizedAccount { account };
        for who in [world.stranger, world.deployer, founder, voters[0]] {
            refused(net.send(who, admin, &upgrade), &denied(who));
        }
        for multisig in [council, guardian] {
            refused(multisig.send(net, world.stranger, admin, &upgrade), &denied(multisig.address));
        }
        refused(net.simulate(governor, admin, upgrade.abi_encode().into()), &denied(governor));
        // Nor does the proxy admin change hands.
        let take = ProxyAdmin::transferOwnershipCall { newOwner: world.stranger };
        refused(net.send(founder, admin, &take), &denied(founder));
    }
    assert_eq!(implementations(), before, "nobody has changed anything");

    let admin = net.proxy_admin(world.minter);
    let upgrade = ProxyAdmin::upgradeAndCallCall { proxy: world.minter, implementation: logic, data: migrate };
    let proposal = Proposal::new("Minter, version 2").call(admin, &upgrade);
    governed.carry(&proposal);
    assert_eq!(implementations(), before, "a proposal that waits changes nothing");
    let supply = || net.view(world.token, &IToken::totalSupplyCall {}).expect("a plain view");
    let supplied: U256 = supply();
    let receipt = ok(governed.execute(&proposal));
    let migrated = &receipt.events::<IMinterEvents::Migrated>()[0];
    assert_eq!((migrated.from, migrated.to), (1, 2));
    let mut after = before;
    after[1] = logic;
    assert_eq!(implementations(), after, "the minter's, and no other");
    assert_eq!((supply(), net.proxy_admin(world.minter)), (supplied, admin));
    let owner = net.view(admin, &ProxyAdmin::ownerCall {}).expect("a plain view");
    assert_eq!(owner, timelock);
    assert_ne!(owner, Address::ZERO);
    // The upgraded minter works on: it answers to the same governance and rolls the epoch.
    ok(net.send(world.stranger, world.minter, &M::rollEpochCall {}));
}
