//! How contracts come on chain, and what the test world starts with.

use alloy_primitives::{Address, B256, Bytes, U256, address};
use alloy_sol_types::{SolCall, SolValue};
use escapement_core::{
    param::SLOTS,
    policy::{Arch, OwnedModel, SchemaEntry},
};

use super::STEERING;
use crate::{Net, Quorum, Solidity, net::deploy_code, program_code};

/// The contract that activates, deploys and constructs in one transaction.
const STYLUS_DEPLOYER: Address = address!("cEcba2F1DC234f70Dd89F2041029807F8D03A990");

/// Selector of every SDK constructor, whatever its arguments: `stylus_constructor()`.
const CONSTRUCTOR: [u8; 4] = [0x55, 0x85, 0x25, 0x8d];

alloy_sol_types::sol! {
    function deploy(bytes bytecode, bytes initData, uint256 initValue, bytes32 salt) external payable returns (address);
    event ContractDeployed(address deployedContract);
    // The constructors of the programs that are not behind a proxy.
    interface TokenConstructor {
        function stylus_constructor(string name, string symbol, uint256 cap, uint256 initialSupply, address holder, address owner) external;
    }
    interface VerifierConstructor {
        function stylus_constructor(address owner, address guardian, address[] signers, uint8 threshold) external;
    }
}

/// Whole tokens in base units.
#[must_use]
pub fn wad(tokens: u64) -> U256 {
    U256::from(tokens) * U256::from(1_000_000_000_000_000_000u64)
}

/// The middle of the defaults of every group: 1 % emission, baseline vesting, a gentle curve, a fifth of revenue burned,
/// 4 % quorum, four pools, two neutral grant categories.
#[must_use]
pub fn start_values() -> Vec<u32> {
    let mut values = vec![0u32; SLOTS];
    let set = [
        (0, 10_000),
        (1, 10_000),
        (2, 10_000),
        (3, 11_000),
        (4, 13_000),
        (5, 16_000),
        (6, 20_000),
        (7, 2_000),
        (8, 20),
        (9, 400),
        (10, 100),
        (11, 1_000),
        (12, 3_000),
        (13, 3_000),
        (14, 3_000),
        (43, 10_000),
        (44, 10_000),
    ];
    for (slot, value) in set {
        values[slot] = value;
    }
    values
}

/// A network whose outputs are eight of its observations: each passes as its positive and its negative part, so that a
/// test chooses the outputs by choosing KPIs. The schema scales nothing.
#[must_use]
pub fn steerable_policy(arch: Arch) -> (OwnedModel, Vec<SchemaEntry>) {
    const ONE: i16 = 4_096;
    let mut model = OwnedModel::zero(arch);
    let [inputs, hidden, ..] = arch.dims();
    let (second, third) = (hidden * inputs, hidden * (inputs + hidden));
    for (output, &observation) in STEERING.iter().enumerate() {
        let (positive, negative) = (2 * output, 2 * output + 1);
        model.weights[positive * inputs + observation] = ONE;
        model.weights[negative * inputs + observation] = -ONE;
        model.weights[second + positive * hidden + positive] = ONE;
        model.weights[second + negative * hidden + negative] = ONE;
        model.weights[third + output * hidden + positive] = ONE;
        model.weights[third + output * hidden + negative] = -ONE;
    }
    (model, vec![SchemaEntry { mean: 0, scale: 1, shift: 0 }; inputs])
}

/// Deploys a token of which `owner` may name the minter: half of its cap exists and is `from`'s.
#[must_use]
pub fn token(net: &Net, from: Address, owner: Address) -> Address {
    let constructor = TokenConstructor::stylus_constructorCall {
        name: "Escapement".to_owned(),
        symbol: "TICK".to_owned(),
        cap: wad(2_000_000_000),
        initialSupply: wad(1_000_000_000),
        holder: from,
        owner,
    };
    construct(net, from, "token", &constructor)
}

/// Deploys the verifier with these attesters.
#[must_use]
pub fn verifier(net: &Net, from: Address, owner: Address, guardian: Address, quorum: &Quorum) -> Address {
    let constructor = VerifierConstructor::stylus_constructorCall {
        owner,
        guardian,
        signers: quorum.addresses(),
        threshold: u8::try_from(quorum.threshold).unwrap_or(u8::MAX),
    };
    construct(net, from, "verifier", &constructor)
}

/// Deploys, activates and constructs a program in one transaction.
pub(super) fn construct<C: SolCall>(net: &Net, from: Address, name: &str, constructor: &C) -> Address {
    let call = deployCall {
        bytecode: deploy_code(&program_code(name)),
        initData: [CONSTRUCTOR.as_slice(), &constructor.abi_encode()[4..]].concat().into(),
        initValue: U256::ZERO,
        salt: B256::ZERO,
    };
    let receipt = net
        .send_value(from, STYLUS_DEPLOYER, &call, U256::from(1_000_000_000_000_000_000u64))
        .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
    receipt.events::<ContractDeployed>()[0].deployedContract
}

/// Puts a transparent proxy in front of `logic`, initialised in the same transaction.
///
/// # Panics
/// When the initialisation is refused.
#[must_use]
pub fn proxy(net: &Net, from: Address, logic: Address, admin_owner: Address, init: Vec<u8>) -> Address {
    let arguments = (logic, admin_owner, Bytes::from(init)).abi_encode_params();
    net.create(from, Solidity::load("TransparentUpgradeableProxy").creation(&arguments))
        .unwrap_or_else(|refusal| panic!("proxy: {refusal}"))
}
