//! The test world with a proven policy beside the signed one: the same network, attested by proof.

use alloy_primitives::{Address, B256, Bytes, Signature, U256, keccak256};
use escapement_agent::bindings::verifier::IVerifier as V;
use escapement_core::{
    policy::{
        Arch, Model, SchemaEntry,
        proven::{Context, OwnedProven, PROOF_SIZE},
    },
    update::Update,
};
use escapement_e2e::{Receipt, Refusal, Shape, UpdateBuilder, World, report_of, steerable_policy};
use escapement_prover::{Proven, policy::proven};

use crate::common::prover_of;

/// A fifth of a step: below the limit of the policy, and inside the safe delta of every group.
pub const SMALL: i32 = 13_107;
/// Half a step: above it.
pub const LARGE: i32 = 32_768;
/// Limit of the policy: a quarter of a step.
pub const COSIGN_ABOVE: u32 = 16_384;

/// The equation does not hold.
pub const FALSE: V::VerifierProofRejected = V::VerifierProofRejected(5);
/// The pairing does not take the points.
pub const NO_POINT: V::VerifierProofRejected = V::VerifierProofRejected(4);

/// A world and its proven policy.
pub struct Bench {
    pub world: World,
    /// The network's file.
    pub network: Vec<u8>,
    /// The proven policy's parts.
    pub policy: OwnedProven,
    /// Its identity.
    pub model_id: B256,
}

/// The proven form of the network of the test world of an architecture.
pub fn policy(arch: Arch) -> (Vec<u8>, OwnedProven) {
    let (model, schema) = steerable_policy(arch);
    let network = model.encode().unwrap();
    let policy = proven(&Model::parse(&network).unwrap(), schema, COSIGN_ABOVE, &prover_of(arch).key().verifying);
    (network, policy)
}

/// Identity of a proven policy.
pub fn id(policy: &OwnedProven) -> B256 {
    keccak256(policy.encode().unwrap())
}

/// Identity of a schema.
pub fn schema_id(schema: &[SchemaEntry]) -> B256 {
    keccak256(schema.iter().flat_map(|entry| entry.to_bytes()).collect::<Vec<_>>())
}

impl Bench {
    pub fn new() -> Self {
        Self::on(World::new())
    }

    /// A world whose policies have this architecture.
    pub fn of(arch: Arch) -> Self {
        Self::on(World::of(Shape { arch, ..Shape::default() }))
    }

    /// Enters the proven policy in a world.
    pub fn on(world: World) -> Self {
        let (network, policy) = policy(world.shape.arch);
        let model_id = id(&policy);
        let bench = Self { world, network, policy, model_id };
        bench.register(&bench.policy).unwrap_or_else(|refusal| panic!("{refusal}"));
        bench
    }

    /// Registers a proven policy.
    pub fn register(&self, policy: &OwnedProven) -> Result<Receipt, Refusal> {
        self.register_code(&policy.code().unwrap(), id(policy), schema_id(&policy.schema))
    }

    /// Registers these bytes as a proven policy.
    pub fn register_code(&self, code: &[u8], model_id: B256, kpi_schema: B256) -> Result<Receipt, Refusal> {
        let data = self.world.net.code(self.world.deployer, code).unwrap();
        let call = V::registerModelCall { model_id, data, kpi_schema, kind: 1 };
        self.world.net.send(self.world.governance, self.world.verifier, &call)
    }

    /// An update of the proven policy.
    pub fn propose(&self, update_id: u64, outputs: &[(usize, i32)]) -> UpdateBuilder {
        let mut update = self.world.propose(update_id, outputs);
        update.inner.model_id = self.model_id.0;
        update
    }

    /// Brings the report that `update` rests on, signed by a quorum.
    pub fn report(&self, update: &UpdateBuilder) -> Result<Receipt, Refusal> {
        let (report, digest) = report_of(update, self.chain_id(), self.world.controller);
        self.report_signed(report.encode().unwrap().into(), self.world.quorum.sign(digest))
    }

    /// Brings a report with these signatures.
    pub fn report_signed(&self, report: Bytes, signatures: Bytes) -> Result<Receipt, Refusal> {
        let call = V::reportCall { controller: self.world.controller, report, signatures };
        self.world.net.send(self.world.stranger, self.world.verifier, &call)
    }

    pub fn chain_id(&self) -> u64 {
        self.world.net.chain.chain_id()
    }

    /// The context of `update` here.
    pub fn context(&self, update: &UpdateBuilder) -> Context {
        let controller = self.world.controller;
        let bytes = update.bytes();
        Context {
            chain_id: self.chain_id(),
            verifier: self.world.verifier.0.0,
            controller: controller.0.0,
            model_id: update.inner.model_id,
            report: report_of(update, self.chain_id(), controller).1.0,
            update: Update::decode(&bytes).unwrap().digest(self.chain_id(), &controller.0.0, |data| keccak256(data).0),
        }
    }

    /// Outputs and proof for the observations of `update`, bound to `context`.
    pub fn prove_for(&self, update: &UpdateBuilder, context: &Context) -> Vec<u8> {
        self.proven(update, context).attestation(&[])
    }

    /// The proof for the observations of `update`, bound to `context`, with what it shows.
    pub fn proven(&self, update: &UpdateBuilder, context: &Context) -> Proven {
        let model = Model::parse(&self.network).unwrap();
        let observations: Vec<i32> =
            self.policy.schema.iter().zip(&update.inner.kpis).map(|(entry, kpi)| entry.observe(*kpi)).collect();
        let context = context.hash(|data| keccak256(data).0);
        prover_of(self.policy.arch).prove(&model, &observations, &context).unwrap()
    }

    /// Outputs and proof for `update`.
    pub fn prove(&self, update: &UpdateBuilder) -> Vec<u8> {
        self.prove_for(update, &self.context(update))
    }

    /// Submits `update` with this attestation as a stranger.
    pub fn submit(&self, update: &UpdateBuilder, attestation: &[u8]) -> Result<Receipt, Refusal> {
        self.world.submit_signed(update, attestation.to_vec().into())
    }

    /// Asks the verifier alone.
    pub fn verify(&self, update: &UpdateBuilder, attestation: &[u8]) -> Result<B256, Refusal> {
        self.verify_for(self.world.controller, update, attestation)
    }

    /// Asks the verifier alone, for another controller.
    pub fn verify_for(&self, controller: Address, update: &UpdateBuilder, bytes: &[u8]) -> Result<B256, Refusal> {
        let call = V::verifyCall { controller, update: update.bytes(), signatures: bytes.to_vec().into() };
        self.world.net.view(self.world.verifier, &call)
    }

    /// An update whose report is stored, and its proof.
    pub fn ready(&self, update_id: u64, outputs: &[(usize, i32)]) -> (UpdateBuilder, Vec<u8>) {
        let update = self.propose(update_id, outputs);
        self.report(&update).unwrap_or_else(|refusal| panic!("{refusal}"));
        let proof = self.prove(&update);
        (update, proof)
    }

    /// Asserts that the verifier refuses with `error`, the controller too, and that nothing is written.
    #[track_caller]
    pub fn refused<E: alloy_sol_types::SolError>(&self, update: &UpdateBuilder, attestation: &[u8], error: &E) {
        let before = self.world.storage();
        escapement_e2e::refused(self.verify(update, attestation), error);
        escapement_e2e::refused(self.submit(update, attestation), error);
        assert_eq!(self.world.storage(), before, "nothing was written");
    }
}

/// `bytes` with the word at `at` replaced by what `change` makes of it.
pub fn with_word(bytes: &[u8], at: usize, change: impl FnOnce(U256) -> U256) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let word = change(U256::from_be_slice(&bytes[at..at + 32]));
    out[at..at + 32].copy_from_slice(&word.to_be_bytes::<32>());
    out
}

/// Refusal of signatures over another digest: the first one is by somebody who is no signer.
pub fn nobody(signatures: &[u8], digest: B256) -> V::VerifierUnknownSigner {
    let signature = Signature::from_raw(&signatures[..65]).unwrap();
    V::VerifierUnknownSigner { _0: 0, _1: signature.recover_address_from_prehash(&digest).unwrap() }
}

/// Where the proof of an attestation is.
pub const PROOF: std::ops::Range<usize> = 32..32 + PROOF_SIZE;
