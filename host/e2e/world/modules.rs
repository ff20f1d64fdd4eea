//! Vault, gauges and treasury, behind their proxies, and their ties to the controller.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolValue};
use escapement_agent::bindings::{
    controller::IController, gauges::IGauges, solidity::QuoteToken, token::IToken, treasury::ITreasury, vault::IVault,
};

use super::{World, proxy, wad};
use crate::{Receipt, Refusal};

/// Seconds of an epoch.
const EPOCH: u32 = 604_800;

impl World {
    /// Deploys treasury, vault and gauges, each initialised with its proxy, with a pool behind each of the weights 1 to 3.
    pub(super) fn deploy_modules(&mut self) {
        let Self { ref net, deployer, governance, council, controller, token, minter, .. } = *self;
        let behind = |name, init| proxy(net, deployer, net.program(deployer, name), governance, init);
        let init = ITreasury::initializeCall { governance, council, minter, controller, token };
        let treasury = behind("treasury", init.abi_encode());
        let (cooldown, penalty) = (7 * 86_400, 2_000);
        let init =
            IVault::initializeCall { governance, minter, token, controller, epochLength: EPOCH, cooldown, penalty };
        let vault = behind("vault", init.abi_encode());
        let init = IGauges::initializeCall { governance, minter, controller, token, treasury, epochLength: EPOCH };
        let gauges = behind("gauges", init.abi_encode());
        let lp = [1, 2, 3].map(|weight| {
            let arguments = ("Pool share".to_owned(), format!("LP{weight}"), U256::from(18), deployer);
            let lp = net.solidity(deployer, "QuoteToken", &arguments.abi_encode_params());
            let call = QuoteToken::mintCall { to: deployer, amount: wad(1_000_000) };
            net.send(deployer, lp, &call).expect("the deployer owns it");
            let call = IGauges::addPoolCall { weight, lpToken: lp };
            net.send(governance, gauges, &call).expect("governance adds pools");
            lp
        });
        (self.vault, self.gauges, self.treasury, self.lp) = (vault, gauges, treasury, lp);
    }

    /// Makes vault, gauges and treasury consumers of the controller, and token and vault its sources.
    ///
    /// # Panics
    /// When one of them could not live with the values in force.
    pub fn connect(&self) {
        for (index, consumer, group) in
            [(0, self.vault, 1 << 2), (1, self.gauges, 1 << 5), (2, self.treasury, 1 << 1 | 1 << 6)]
        {
            let call = IController::setConsumerCall { index, consumer, groups: group };
            self.net.send(self.governance, self.controller, &call).expect("the values in force suit it");
        }
        let call = IController::setSourcesCall { token: self.token, vault: self.vault };
        self.net.send(self.governance, self.controller, &call).expect("both have code");
    }

    /// Sends `call` as the minter, a contract whose key nobody has.
    ///
    /// # Errors
    /// The [`Refusal`] of `to`.
    pub fn as_minter<C: SolCall>(&self, to: Address, call: &C) -> Result<Receipt, Refusal> {
        self.net.chain.set_balance(self.minter, wad(1));
        self.net.chain.impersonate(self.minter);
        self.net.send(self.minter, to, call)
    }

    /// Mints `amount` to `to` and tells it so, as the minter does.
    ///
    /// # Panics
    /// When the token or `to` refuses.
    pub fn deliver(&self, to: Address, amount: U256) -> Receipt {
        self.as_minter(self.token, &IToken::mintCall { to, value: amount }).expect("below the cap");
        self.as_minter(to, &IVault::notifyRewardCall { amount }).unwrap_or_else(|refusal| panic!("{refusal}"))
    }
}
