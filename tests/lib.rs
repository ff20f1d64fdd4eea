//! Fixture over all contracts: token, minter, controller, verifier and lens in one native test VM, wired as a deployment
//! wires them, with real signatures over real updates of a real (small) policy.
//!
//! Everything is called through the golden ABI files, encoded and decoded by alloy, and every caller is itself a
//! contract ([`Actor`]), as the multisigs of a deployment are. Attesters hash updates with alloy's own EIP-712.
//!
//! What the test VM does not model, and what stands in for it here (the real thing is tested on the compiled wasm in
//! `host/e2e`):
//! - delegate calls: there are no proxies. Minter and controller run at their proxy's address, with the ERC-1967
//!   implementation slot planted in their storage, which is all they see of one;
//! - account code and a moving clock: both come from [`escapement_kit::native`];
//! - constructors: those of token and verifier are called as functions, by the deployer;
//! - static calls may write, calls cost nothing and value is not sent: nothing here rests on them;
//! - threads: the VM keeps its state in maps shared by all threads and gives up when one is locked for ten milliseconds,
//!   which a busy machine brings about. So a [`World`] holds the only turn there is, and the precompiles with it; plain
//!   `#[test]` is enough, and a test must not hold two worlds at a time.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used
)]
extern crate alloc;

use std::{
    any::Any,
    sync::{Mutex, MutexGuard, PoisonError},
};

use alloy_primitives::{address, Address, B256, U256};
use alloy_sol_types::{SolCall, SolError, SolStruct};
use escapement_controller::Controller;
use escapement_core::{
    engine::{submit::View, Ledger},
    param::{Slot, SLOTS},
    policy::{self, policy_code, Arch, OwnedModel, Policy, SchemaEntry},
    update::{OwnedUpdate, Update},
};
pub use escapement_kit::testing::{behind_a_proxy, logs};
use escapement_kit::{native, vm};
use escapement_lens::Lens;
use escapement_minter::Minter;
use escapement_token::Token;
use escapement_verifier::Verifier;
use motsu::prelude::*;
use stylus_sdk::prelude::*;

pub mod abi;

use abi::{IController, ILens, IMinter, IToken, IVerifier};

/// First moment of every test, seconds: start of the minter's epoch 0.
pub const GENESIS: u64 = 1_800_000_000;
/// A day, seconds.
pub const DAY: u64 = 86_400;
/// An epoch of the loop and of the minter, seconds.
pub const WEEK: u64 = 604_800;
/// Chain id of the test VM.
pub const CHAIN: u64 = 42_161;
/// Pool weights and grant categories that are live.
pub const POOLS: u8 = 4;
/// See [`POOLS`].
pub const CATEGORIES: u8 = 3;
/// Signatures an update needs, of five attesters.
pub const THRESHOLD: u8 = 3;
/// Emission rate at genesis, ppm of supply per year.
pub const RATE: u32 = 5_000;
/// Output that moves the emission rate of 5,000 by 99 of its step of 250: inside the safe delta of 100.
pub const SMALL: i32 = 26_000;
/// Output that moves it by the whole step, which waits in the queue.
pub const LARGE: i32 = 65_536;
/// Account that new tokens go to.
pub const POOL: Address = address!("b000000000000000000000000000000000000000");
/// Where the policy's bytes are.
const DATA: Address = address!("da7a0000000000000000000000000000000000da");

/// A caller with code, as a multisig or a keeper's contract is.
#[storage]
pub struct Actor {}

// SAFETY: it stores nothing.
unsafe impl TopLevelStorage for Actor {}

#[public]
impl Actor {}

impl Actor {
    /// Calls `to` with `data`, as the EVM would.
    ///
    /// # Errors
    /// The revert data of the callee.
    #[allow(clippy::needless_pass_by_ref_mut)] // a call may change what is stored
    pub fn call(&mut self, to: Address, data: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        vm::call(&to, data)
    }
}

/// `tokens` in base units.
pub fn units(tokens: u64) -> U256 {
    U256::from(tokens) * U256::from(10).pow(U256::from(18))
}

/// Supply of the token at genesis, base units.
pub fn supply() -> U256 {
    units(100_000_000)
}

/// Emission of one epoch by its definition: floor(supply * rate * week / (10^6 * year)).
pub fn emission(supply: U256, rate: u32) -> U256 {
    supply * U256::from(rate) * U256::from(WEEK) / U256::from(1_000_000u64 * 31_536_000)
}

/// Values of all slots at genesis; they keep every rule.
pub fn genesis_values() -> [u32; SLOTS] {
    let mut values = Slot::all().map(|slot| slot.default_rules().neutral).collect::<Vec<_>>();
    values[3..7].copy_from_slice(&[11_000, 12_500, 15_000, 20_000]);
    values[11..43].fill(0);
    values[11..15].copy_from_slice(&[1_000, 3_000, 3_000, 3_000]);
    values[46..].fill(0);
    values.try_into().unwrap()
}

/// Five attesters of this name, ascending by address.
pub fn attesters(name: &str) -> Vec<Account> {
    let mut accounts: Vec<Account> = (0..5).map(|n| Account::from_seed(&format!("{name} {n}"))).collect();
    accounts.sort_by_key(Account::address);
    accounts
}

/// Addresses of accounts.
pub fn addresses(accounts: &[Account]) -> Vec<Address> {
    accounts.iter().map(Account::address).collect()
}

/// A policy: code of its data contract, model id, schema hash.
#[derive(Clone)]
pub struct Model {
    /// STOP byte, `model.bin`, `schema.bin`.
    pub code: Vec<u8>,
    /// keccak256 of `model.bin`.
    pub id: B256,
    /// keccak256 of `schema.bin`.
    pub schema: B256,
}

impl Model {
    /// A 12-16-16-8 network whose output 0 is KPI 0 less `offset`, at most one step; all others are zero.
    pub fn with_offset(offset: i32) -> Self {
        const ONE: i16 = 1 << 12;
        let mut model = OwnedModel::zero(Arch::A1);
        let [d0, d1, d2, _] = Arch::A1.dims();
        for first_of_layer in [0, d0 * d1, d0 * d1 + d1 * d2] {
            model.weights[first_of_layer] = ONE;
        }
        model.biases[d1 + d2] = -offset;
        let entry = SchemaEntry { mean: 0, scale: 1, shift: 0 };
        let code = policy_code(&model, &[entry; 12]).unwrap();
        let (model_bytes, schema_bytes) = code[1..].split_at(Arch::A1.model_len());
        let (id, schema) = (vm::keccak(model_bytes), vm::keccak(schema_bytes));
        Self { code, id, schema }
    }

    /// The eight outputs on these KPI values.
    pub fn outputs(&self, kpis: &[i32]) -> [i32; 8] {
        let bytes: Vec<u8> = kpis.iter().flat_map(|kpi| kpi.to_be_bytes()).collect();
        let kpis = escapement_core::update::Kpis::parse(&bytes).unwrap();
        Policy::from_code(&self.code).unwrap().outputs(&kpis).unwrap()
    }
}

/// Whose turn it is to use the test VM.
static TURN: Mutex<()> = Mutex::new(());

/// All contracts, wired, and the people.
pub struct World {
    /// The token; only the minter mints.
    pub token: Contract<Token>,
    /// The minter, behind its proxy.
    pub minter: Contract<Minter>,
    /// The controller, behind its proxy.
    pub controller: Contract<Controller>,
    /// The verifier the controller points at.
    pub verifier: Contract<Verifier>,
    /// The lens.
    pub lens: Contract<Lens>,
    /// Timelock: default admin of the controller, owner of minter and verifier.
    pub governance: Contract<Actor>,
    /// The DAO's multisig.
    pub council: Contract<Actor>,
    /// The small multisig that halts; also guardian of the verifier.
    pub guardian: Contract<Actor>,
    /// Anyone.
    pub keeper: Contract<Actor>,
    /// The signers in force.
    pub attesters: Vec<Account>,
    /// The policy in use.
    pub model: Model,
    /// Block time, seconds.
    pub now: u64,
    /// Number of the present signer set.
    pub signer_epoch: u64,
    next_id: u64,
    // Dropped last, in this order.
    _precompiles: Box<dyn Any>,
    _turn: MutexGuard<'static, ()>,
}

impl World {
    /// Everything deployed and wired, every group at `autonomy`, one hour after genesis; no epoch rolled yet.
    pub fn new(autonomy: u8) -> Self {
        Self::with_cap(autonomy, supply() * U256::from(2))
    }

    /// As [`Self::new`], with this cap on the token's supply.
    pub fn with_cap(autonomy: u8, cap: U256) -> Self {
        // A test that failed during its turn does not spoil the next one.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut world = Self {
            token: Contract::from_tag("token"),
            minter: Contract::from_tag("minter"),
            controller: Contract::from_tag("controller"),
            verifier: Contract::from_tag("verifier"),
            lens: Contract::from_tag("lens"),
            governance: Contract::from_tag("governance"),
            council: Contract::from_tag("council"),
            guardian: Contract::from_tag("guardian"),
            keeper: Contract::from_tag("keeper"),
            attesters: attesters("attester"),
            model: Model::with_offset(LARGE),
            now: GENESIS,
            signer_epoch: 1,
            next_id: 1,
            _precompiles: Box::new(deploy_precompiles()),
            _turn: turn,
        };
        native::set_time(GENESIS);
        let deployer = world.keeper.address();
        let (name, symbol) = ("Escapement".to_owned(), "ESC".to_owned());
        world.token.sender(deployer).constructor(name, symbol, cap, supply(), POOL, deployer).motsu_unwrap();
        let (governance, guardian) = (world.governance.address(), world.guardian.address());
        let signers = addresses(&world.attesters);
        world.verifier.sender(deployer).constructor(governance, guardian, &signers, THRESHOLD).motsu_unwrap();
        world.register(&world.model.clone(), DATA);
        behind_a_proxy(&world.minter);
        behind_a_proxy(&world.controller);
        world.ok(&world.keeper, world.initialize_controller(autonomy));
        let initialize = IMinter::initializeCall {
            governance,
            controller: world.controller.address(),
            token: world.token.address(),
            genesis: GENESIS,
            epochLength: u32::try_from(WEEK).unwrap(),
        };
        world.ok(&world.keeper, initialize);
        world.ok(&world.keeper, IToken::setMinterCall { minter: world.minter.address() });
        // Any contract will do: the lens books nothing, so what it is minted stays unbooked.
        let mut consumers = IMinter::setConsumersCall { consumers: [Address::ZERO; 4], weights: [0; 4] };
        (consumers.consumers[0], consumers.weights[0]) = (world.lens.address(), 10_000);
        world.ok(&world.governance, consumers);
        world.pass(3_600);
        world
    }

    /// The call that fills a controller of this world's people, every group at `autonomy`.
    pub fn initialize_controller(&self, autonomy: u8) -> IController::initializeCall {
        IController::initializeCall {
            governance: self.governance.address(),
            council: self.council.address(),
            guardian: self.guardian.address(),
            verifier: self.verifier.address(),
            values: genesis_values().to_vec(),
            pools: POOLS,
            categories: CATEGORIES,
            autonomy,
        }
    }

    /// Lets time pass, seconds.
    pub fn pass(&mut self, seconds: u64) {
        self.now += seconds;
        native::set_time(self.now);
    }

    /// Block time as the controller counts it.
    pub fn now32(&self) -> u32 {
        u32::try_from(self.now).unwrap()
    }

    /// Puts a policy's bytes at `data` and registers it, as governance.
    pub fn register(&self, model: &Model, data: Address) {
        native::set_code(data, model.code.clone());
        let (model_id, kpi_schema) = (model.id, model.schema);
        self.ok(&self.governance, IVerifier::registerModelCall { model_id, data, kpi_schema, kind: 0 });
    }

    /// Calls as `from`; a refused call leaves nothing behind.
    ///
    /// # Errors
    /// The revert data.
    pub fn send<C: To>(&self, from: &Contract<Actor>, call: C) -> Result<C::Return, Vec<u8>> {
        self.send_to(from, C::target(self), call)
    }

    /// As [`Self::send`], to a contract that is not of this world.
    ///
    /// # Errors
    /// The revert data.
    pub fn send_to<C: SolCall>(&self, from: &Contract<Actor>, to: Address, call: C) -> Result<C::Return, Vec<u8>> {
        let answer = self.raw(from, to, &call.abi_encode())?;
        Ok(C::abi_decode_returns(&answer, true).expect("the answer decodes"))
    }

    /// As [`Self::send`], from calldata.
    ///
    /// # Errors
    /// The revert data.
    pub fn raw(&self, from: &Contract<Actor>, to: Address, data: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        from.sender(POOL).call(to, data).motsu_res()
    }

    /// Calls as `from` and expects success.
    #[track_caller]
    pub fn ok<C: To>(&self, from: &Contract<Actor>, call: C) -> C::Return {
        self.send(from, call).unwrap_or_else(|data| panic!("{} refused: {}", C::SIGNATURE, hex(&data)))
    }

    /// Calls as `from` and expects exactly this error.
    #[track_caller]
    pub fn err<C: To>(&self, from: &Contract<Actor>, call: C, error: impl SolError) {
        match self.send(from, call) {
            Ok(_) => panic!("{} was not refused", C::SIGNATURE),
            Err(data) => assert_eq!(hex(&data), hex(&error.abi_encode()), "{}", C::SIGNATURE),
        }
    }

    /// Current value of a slot, as anyone reads it.
    pub fn param(&self, slot: u8) -> u32 {
        self.ok(&self.keeper, IController::paramCall { slot })._0
    }

    /// The update that the attesters would make now if the policy's output 0 is to be `output` (within one step):
    /// calm KPIs, and the changes that the registered network and `core`'s mapping give.
    pub fn update(&mut self, output: i32) -> OwnedUpdate {
        let id = self.next_id;
        self.next_id += 1;
        let mut kpis = vec![0; 12];
        (kpis[0], kpis[5]) = (LARGE + output, 32_768);
        kpis.extend([65_536; POOLS as usize]);
        let outputs = self.model.outputs(&kpis);
        assert_eq!(outputs, [output, 0, 0, 0, 0, 0, 0, 0], "the network is as meant");
        let ledger = self.controller.sender(POOL);
        let view = View::open(&*ledger, (1 << SLOTS) - 1).unwrap();
        let changes = policy::changes(&outputs, &|pool| kpis[12 + pool], &view).changes().collect();
        OwnedUpdate {
            model_id: self.model.id.0,
            kpi_schema: self.model.schema.0,
            signer_epoch: self.signer_epoch,
            update_id: id,
            observed_at: self.now - 60,
            valid_after: self.now - 60,
            expires_at: self.now + 3_600,
            kpis,
            changes,
        }
    }

    /// EIP-712 digest of an update for this controller, by alloy.
    pub fn digest(&self, update: &OwnedUpdate) -> B256 {
        digest(update, CHAIN, self.controller.address())
    }

    /// Signatures of the first [`THRESHOLD`] attesters.
    pub fn sign(&self, update: &OwnedUpdate) -> Vec<u8> {
        sign(&self.attesters[..usize::from(THRESHOLD)], self.digest(update))
    }

    /// The call that submits this update with a quorum's signatures.
    pub fn submission(&self, update: &OwnedUpdate) -> IController::submitCall {
        IController::submitCall { update: wire(update), signatures: self.sign(update).into() }
    }

    /// Submits the update of [`Self::update`] as the keeper; returns its id.
    #[track_caller]
    pub fn submit(&mut self, output: i32) -> u64 {
        let update = self.update(output);
        self.ok(&self.keeper, self.submission(&update));
        update.update_id
    }

    /// Rolls the minter's epoch as the keeper; returns what it logged.
    #[track_caller]
    pub fn roll(&self) -> abi::IMinterEvents::EpochRolled {
        self.ok(&self.keeper, IMinter::rollEpochCall {});
        logs(&self.minter.all_events()).pop().expect("a roll is logged")
    }

    /// Tokens in existence.
    pub fn total_supply(&self) -> U256 {
        self.ok(&self.keeper, IToken::totalSupplyCall {})._0
    }

    /// Tokens of the first holder, of the minter's consumer and of the keeper, whose rolls are paid.
    pub fn held(&self) -> U256 {
        let balance = |account| self.ok(&self.keeper, IToken::balanceOfCall { account })._0;
        balance(POOL) + balance(self.lens.address()) + balance(self.keeper.address())
    }

    /// All words of the engine that a refused call must leave alone, and how many logs there are.
    pub fn fingerprint(&self) -> (Vec<[u8; 32]>, usize) {
        let ledger = self.controller.sender(POOL);
        let state = (0..0x60).chain(0x100..0x166);
        let pages = (1..=9u64).flat_map(|page| (0..64).map(move |entry| (page << 32) + entry));
        let words = state.chain(pages).map(|key| Ledger::load(&*ledger, key)).collect();
        (words, self.controller.all_events().len())
    }
}

/// Wire bytes of an update.
pub fn wire(update: &OwnedUpdate) -> alloy_primitives::Bytes {
    let bytes = update.encode().unwrap();
    Update::decode(&bytes).unwrap();
    bytes.into()
}

/// EIP-712 digest of an update for a controller on a chain, by alloy.
pub fn digest(update: &OwnedUpdate, chain: u64, controller: Address) -> B256 {
    let domain = alloy_sol_types::eip712_domain! {
        name: "Escapement",
        version: "1",
        chain_id: chain,
        verifying_contract: controller,
    };
    let change = |c: &escapement_core::update::Change| abi::Change {
        slot: c.slot,
        expectedOld: c.expected_old,
        newValue: c.new,
    };
    let typed = abi::Update {
        modelId: update.model_id.into(),
        kpiSchema: update.kpi_schema.into(),
        kpis: update.kpis.clone(),
        signerEpoch: update.signer_epoch,
        updateId: update.update_id,
        observedAt: update.observed_at,
        validAfter: update.valid_after,
        expiresAt: update.expires_at,
        changes: update.changes.iter().map(change).collect(),
    };
    typed.eip712_signing_hash(&domain)
}

/// Signatures of these accounts over `digest`, in this order: r, s, v each.
pub fn sign(accounts: &[Account], digest: B256) -> Vec<u8> {
    let one = |account: &Account| {
        let signer = account.signer();
        let (signature, id) = signer.credential().sign_prehash_recoverable(digest.as_slice()).unwrap();
        [&signature.to_bytes()[..], &[27 + id.to_byte()]].concat()
    };
    accounts.iter().flat_map(one).collect()
}

/// Bytes as text, for messages.
pub fn hex(data: &[u8]) -> String {
    alloy_primitives::hex::encode(data)
}

/// A call of a contract's ABI, which knows the contract it belongs to.
pub trait To: SolCall {
    /// Address of that contract in `world`.
    fn target(world: &World) -> Address;
}

macro_rules! to {
    ($($field:ident: $interface:ident { $($call:ident)+ })+) => {$($(
        impl To for $interface::$call {
            fn target(world: &World) -> Address {
                world.$field.address()
            }
        }
    )+)+};
}

to! {
    token: IToken { setMinterCall totalSupplyCall balanceOfCall burnCall transferCall mintCall minterCall ownerCall }
    minter: IMinter {
        initializeCall rollEpochCall resetBreakerCall totalMintedCall rateCall previewCall haltedEpochsCall
        setConsumersCall
    }
    verifier: IVerifier { registerModelCall setModelActiveCall setSignersCall revokeSignerCall verifyCall digestCall }
    lens: ILens { previewCall paramsCall headroomCall statusCall }
    controller: IController {
        initializeCall submitCall trySubmitCall executeCall pokeCall vetoCall approveCall overrideParamsCall restoreCall
        narrowCall haltCall extendHaltCall resumeCall raiseAutonomyCall lowerAutonomyCall setVerifierCall paramCall
        haltedUntilCall setConsumerCall setCountsCall
    }
}
