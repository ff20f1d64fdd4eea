//! Contract bindings, generated from the golden ABI files: nothing in here is written by hand.
#![allow(missing_docs, clippy::pedantic, clippy::too_many_arguments)]

/// The controller.
pub mod controller {
    alloy_sol_types::sol!("../../src/controller/abi.sol");
    alloy_sol_types::sol!("../../src/controller/events.sol");
}

/// The verifier.
pub mod verifier {
    alloy_sol_types::sol!("../../src/verifier/abi.sol");
    alloy_sol_types::sol!("../../src/verifier/events.sol");
}

/// The token.
pub mod token {
    alloy_sol_types::sol!("../../src/token/abi.sol");
    alloy_sol_types::sol!("../../src/token/events.sol");
}

/// The minter.
pub mod minter {
    alloy_sol_types::sol!("../../src/minter/abi.sol");
    alloy_sol_types::sol!("../../src/minter/events.sol");
}

/// The vault.
pub mod vault {
    alloy_sol_types::sol!("../../src/vault/abi.sol");
    alloy_sol_types::sol!("../../src/vault/events.sol");
}

/// The gauges.
pub mod gauges {
    alloy_sol_types::sol!("../../src/gauges/abi.sol");
    alloy_sol_types::sol!("../../src/gauges/events.sol");
}

/// The treasury.
pub mod treasury {
    alloy_sol_types::sol!("../../src/treasury/abi.sol");
    alloy_sol_types::sol!("../../src/treasury/events.sol");
}

/// The lens.
pub mod lens {
    alloy_sol_types::sol!("../../src/lens/abi.sol");
}

/// ArbWasm and the Stylus deployer.
pub mod arbos {
    alloy_sol_types::sol!("abi/arbos.sol");
}

/// Safe accounts and their factory.
pub mod safe {
    alloy_sol_types::sol!("abi/safe.sol");
}

/// `OpenZeppelin`'s proxy and timelock, our Governor, and the market of the demonstration.
pub mod solidity {
    alloy_sol_types::sol!(ParameterGovernor, "../e2e/solidity/artifacts/ParameterGovernor.json");
    alloy_sol_types::sol!(TimelockController, "../e2e/solidity/artifacts/TimelockController.json");
    alloy_sol_types::sol!(ProxyAdmin, "../e2e/solidity/artifacts/ProxyAdmin.json");
    alloy_sol_types::sol!(TransparentUpgradeableProxy, "../e2e/solidity/artifacts/TransparentUpgradeableProxy.json");
    alloy_sol_types::sol!(ConstantProductPool, "../e2e/solidity/artifacts/ConstantProductPool.json");
    alloy_sol_types::sol!(StakingPool, "../e2e/solidity/artifacts/StakingPool.json");
    alloy_sol_types::sol!(QuoteToken, "../e2e/solidity/artifacts/QuoteToken.json");
}
