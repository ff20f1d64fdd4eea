//! Vault, gauges and treasury, behind their proxies, and their ties to the controller.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolValue};
use escapement_agent::bindings::{
    controller::IController, gauges::IGauges, minter::IMinter, solidity::QuoteToken, token::IToken,
    treasury::ITreasury, vault::IVault,
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

    /// Makes vault, gauges, treasury and minter consumers of the controller, token vault, minter and treasury its sources, and has the
    /// minter mint to vault and gauges two fifths each and to the treasury the rest. The
    /// vault takes the curve over.
    ///
    /// # Panics
    /// When one of them could not live with the values in force.
    pub fn connect(&self) {
        let groups = |numbers: &[u8]| numbers.iter().fold(0, |bits, number| bits | 1 << number);
        let consumers = [
            (self.vault, groups(&[2])),
            (self.gauges, groups(&[5])),
            (self.treasury, groups(&[1, 6])),
            (self.minter, groups(&[0, 3])),
        ];
        for (index, (consumer, groups)) in (0..).zip(consumers) {
            let call = IController::setConsumerCall { index, consumer, groups };
            self.net.send(self.governance, self.controller, &call).expect("the values in force suit it");
        }
        let call = self.sources(Address::ZERO);
        self.net.send(self.governance, self.controller, &call).expect("all have code");
        let call = IMinter::setConsumersCall {
            consumers: [self.vault, self.gauges, self.treasury, Address::ZERO],
            weights: [4_000, 4_000, 2_000, 0],
        };
        self.net.send(self.governance, self.minter, &call).expect("three consumers");
        // Or the first change of the curve would be measured from the flat one that the vault starts with.
        self.net.send(self.stranger, self.vault, &IVault::pokeParamsCall {}).expect("the curve in force is a curve");
    }

    /// The call that makes token, vault, minter and treasury sources of the controller, and `turnout` that of turnout.
    #[must_use]
    pub fn sources(&self, turnout: Address) -> IController::setSourcesCall {
        let Self { token, vault, minter, treasury, .. } = *self;
        IController::setSourcesCall { token, vault, minter, treasury, turnout }
    }

    /// Sends `call` as the minter, a contract whose key nobody has.
    ///
    /// # Errors
    /// The [`Refusal`] of `to`.
    pub fn as_minter<C: SolCall>(&self, to: Address, call: &C) -> Result<Receipt, Refusal> {
        self.act_as_minter();
        self.net.send(self.minter, to, call)
    }

    /// Lets the minter send transactions, which no contract can.
    pub fn act_as_minter(&self) {
        self.net.chain.set_balance(self.minter, wad(1));
        self.net.chain.impersonate(self.minter);
    }

    /// Sends `amount` of the tokens of `from` to `to` and tells it so as the minter.
    ///
    /// # Panics
    /// When the token or `to` refuses.
    #[allow(clippy::must_use_candidate)] // the delivery is what counts
    pub fn deliver(&self, from: Address, to: Address, amount: U256) -> Receipt {
        self.net.send(from, self.token, &IToken::transferCall { to, value: amount }).expect("it holds as much");
        self.as_minter(to, &IVault::notifyRewardCall { amount }).unwrap_or_else(|refusal| panic!("{refusal}"))
    }
}
