//! Views never revert (I18): all of them, with arguments that exist.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall as _, SolError as _};
use escapement_agent::bindings::{
    controller::IController as C, gauges::IGauges as G, lens::ILens as L, minter::IMinter as M,
    solidity::ConstantProductPool as P, token::IToken as T, treasury::ITreasury as R, vault::IVault as V,
    verifier::IVerifier as F,
};

use crate::{book::Held, hold, run::Run};

/// A view: who is asked what, and the one refusal that is an answer, if there is one.
pub type View = (Address, Bytes, Option<[u8; 4]>);

macro_rules! calls { ($to:expr; $($call:expr),* $(,)?) => { vec![$(($to, $call.abi_encode().into(), None)),*] } }

impl Run<'_> {
    /// Asks a view, which must answer.
    pub fn answers(&self, (to, input, excused): &View) -> Held {
        let answer = self.world.net.simulate(Address::ZERO, *to, input.clone());
        let refused = answer.as_ref().err().and_then(|refusal| refusal.data.get(..4));
        let fine = refused.is_some_and(|selector| excused.as_ref().is_some_and(|known| known == selector));
        hold!(answer.is_ok() || fine, "I18 {} of {to} reverts: {:?}", input.slice(..4), answer.err());
        Ok(())
    }

    /// Every view.
    pub fn views(&self) -> Vec<View> {
        // What a roll would do: before its epoch opens there is none, and it says when.
        let preview = M::previewCall {}.abi_encode().into();
        let preview = (self.world.minter, preview, Some(M::MinterTooEarly::SELECTOR));
        [self.views_of_the_loop(), self.views_of_the_mint(), self.views_of_stakes(), vec![preview]].concat()
    }

    /// Controller, lens and verifier.
    fn views_of_the_loop(&self) -> Vec<View> {
        let (world, slot, account) = (self.world, 0, self.stage.users[self.steps % 4]);
        let group = u8::try_from(self.steps % 7).expect("small");
        let past = u32::try_from(self.now() - 1).expect("32 bits");
        let at = world.controller;
        let controller = calls![at;
            C::paramCall { slot }, C::paramAtCall { slot, timepoint: past }, C::haltedUntilCall { scope: group },
            C::groupParamsCall { group }, C::wordsCall { keys: vec![0, 1, 2, 3] }, C::consumerCall { index: 1 },
            C::sourcesCall {}, C::verifierCall {}, C::versionCall {}, C::storedVersionCall {}, C::layoutCall {},
            C::DEFAULT_ADMIN_ROLECall {}, C::COUNCIL_ROLECall {}, C::GUARDIAN_ROLECall {},
            C::getRoleAdminCall { role: B256::ZERO },
        ];
        let lens = calls![world.lens;
            L::paramsCall { controller: at }, L::paramsAtCall { controller: at, timepoint: past },
            L::headroomCall { controller: at, slot }, L::rulesCall { controller: at, slot },
            L::groupRulesCall { controller: at, group }, L::breakerCall { controller: at },
            L::pendingCall { controller: at, group }, L::statusCall { controller: at },
            L::groupCall { controller: at, group },
            L::previewCall { controller: at, update: world.heartbeat(1).bytes(), signatures: Bytes::new() },
        ];
        let model_id = world.model_id;
        let verifier = calls![world.verifier;
            F::signersCall {}, F::isSignerCall { account }, F::thresholdCall {}, F::signerEpochCall {},
            F::modelCall { model_id }, F::uptimeFeedCall {}, F::guardianCall {}, F::ownerCall {}, F::pendingOwnerCall {},
            F::inferCall { model_id, kpis: vec![0; 12] },
            F::digestCall { controller: at, update: world.heartbeat(1).bytes() },
        ];
        [controller, lens, verifier].concat()
    }

    /// Minter, token and market.
    fn views_of_the_mint(&self) -> Vec<View> {
        let (world, account) = (self.world, self.stage.users[self.steps % 4]);
        let minter = calls![world.minter;
            M::controllerCall {}, M::tokenCall {}, M::treasuryCall {}, M::genesisCall {}, M::epochLengthCall {},
            M::nextEpochCall {}, M::nextRollAtCall {}, M::rateCall {}, M::burnShareCall {}, M::remintCapCall {},
            M::missedEpochsCall {}, M::haltedEpochsCall {}, M::trippedCall {}, M::totalMintedCall {},
            M::totalRemintedCall {}, M::mintWindowCall {}, M::epochWindowCall {}, M::meterCall {}, M::remintedCall {},
            M::consumersCall {}, M::unbookedCall { consumer: world.vault }, M::rulesCall {}, M::marketCall {},
            M::observationsCall {}, M::revenueCall {}, M::versionCall {}, M::storedVersionCall {}, M::layoutCall {},
        ];
        let token = calls![world.token;
            T::nameCall {}, T::symbolCall {}, T::decimalsCall {}, T::totalSupplyCall {}, T::capCall {},
            T::allowanceCall { owner: account, spender: world.vault }, T::minterCall {}, T::ownerCall {},
            T::noncesCall { owner: account }, T::DOMAIN_SEPARATORCall {}, T::eip712DomainCall {},
        ];
        [minter, token, calls![self.stage.market; P::reservesCall {}]].concat()
    }

    /// Vault, gauges and treasury.
    fn views_of_stakes(&self) -> Vec<View> {
        let (world, account) = (self.world, self.stage.users[self.steps % 4]);
        let timepoint = U256::from(self.now() - 1);
        let vault = calls![world.vault;
            V::getVotesCall { account }, V::getPastVotesCall { account, timepoint },
            V::getPastTotalSupplyCall { timepoint }, V::delegatesCall { account }, V::noncesCall { owner: account },
            V::clockCall {}, V::CLOCK_MODECall {}, V::DOMAIN_SEPARATORCall {}, V::eip712DomainCall {}, V::nameCall {},
            V::symbolCall {}, V::decimalsCall {}, V::totalSupplyCall {}, V::balanceOfCall { account },
            V::allowanceCall { owner: account, spender: account }, V::positionCall { account, id: 0 },
            V::unbondingCall { account, id: 0 }, V::holderCall { account }, V::earnedCall { account }, V::rewardsCall {},
            V::curveCall {}, V::solvencyCall {}, V::tokenCall {}, V::controllerCall {}, V::minterCall {}, V::termsCall {},
            V::versionCall {}, V::storedVersionCall {}, V::layoutCall {},
        ];
        let gauges = calls![world.gauges;
            G::earnedCall { pool: 1, account }, G::stakeOfCall { pool: 1, account }, G::poolCall { pool: 1 },
            G::poolsCall {}, G::poolOfCall { weight: 1 }, G::weightsCall {}, G::reserveCall {}, G::owedCall {},
            G::controllerCall {}, G::tokenCall {}, G::treasuryCall {}, G::epochLengthCall {}, G::versionCall {},
            G::storedVersionCall {}, G::layoutCall {},
        ];
        let treasury = calls![world.treasury;
            R::freeFundsCall {}, R::owedCall {}, R::releasableCall {}, R::vestedCall {}, R::streamCall {},
            R::roundsCall {}, R::controllerCall {}, R::tokenCall {}, R::versionCall {}, R::storedVersionCall {},
            R::layoutCall {},
        ];
        [vault, gauges, treasury].concat()
    }
}
