//! Attestation by proof: what a registered policy needs, and what is checked of an update.
//!
//! Nothing that a proof is about comes from whoever brings it, except the outputs: the observations are those of the
//! stored report, the commitment and the key are the registered ones, and the context is hashed here.

use alloy_primitives::{Address, B256, U256};
use escapement_core::{
    policy::proven::{Attestation, Context, Proven, DEVELOPMENT_CHAINS, DEVELOPMENT_KEYS},
    update::Update,
};
use escapement_kit::vm;

use crate::{
    error::{
        Error, VerifierAttestationLength, VerifierDevelopmentKey, VerifierModelHash, VerifierSchemaHash,
        VerifierSignaturesLength,
    },
    groth16, hash,
    models::Record,
    reports, Verifier,
};

/// Whether everybody can forge proofs for the circuit.
pub fn is_development(circuit_id: &B256) -> bool {
    DEVELOPMENT_KEYS.contains(&circuit_id.0)
}

/// keccak256 of the verifying key.
pub fn circuit_id(policy: &Proven<'_>) -> B256 {
    vm::keccak(policy.key.bytes())
}

/// Checks the code of the data contract of a proven policy once, before it is entered. That the commitment is that of the
/// network meant is what governance vouches for.
pub fn check_code(code: &[u8], model_id: B256, kpi_schema: B256) -> Result<(), Error> {
    let policy = Proven::from_code(code)?;
    check_schema(&policy, kpi_schema)?;
    let have = vm::keccak(policy.bytes);
    if have != model_id {
        return Err(VerifierModelHash { have, want: model_id }.into());
    }
    policy.check()?;
    groth16::check_key(policy.key)?;
    groth16::check_base(&policy)?;
    let (circuit_id, chain_id) = (circuit_id(&policy), vm::chain_id());
    if is_development(&circuit_id) && !DEVELOPMENT_CHAINS.contains(&chain_id) {
        return Err(VerifierDevelopmentKey { circuitId: circuit_id, chainId: U256::from(chain_id) }.into());
    }
    Ok(())
}

/// Refuses another schema than the policy's own.
fn check_schema(policy: &Proven<'_>, kpi_schema: B256) -> Result<(), Error> {
    let own = vm::keccak(policy.schema_bytes);
    if own != kpi_schema {
        return Err(VerifierSchemaHash { have: kpi_schema, want: own }.into());
    }
    Ok(())
}

impl Verifier {
    /// Checks the attestation of an update whose policy is proven, and returns the outputs it shows.
    pub(crate) fn verify_proven(
        &self,
        controller: Address,
        update: &Update<'_>,
        data: Address,
        attestation: &[u8],
    ) -> Result<B256, Error> {
        let Some(attestation) = Attestation::parse(attestation) else {
            let (have, want) = (U256::from(attestation.len()), U256::from(Attestation::HEAD));
            return Err(VerifierAttestationLength { have, want }.into());
        };
        let [report, digest] = reports::of_update(controller, update)?;
        // The code was hashed when it was registered and cannot change: it is only parsed here.
        let code = vm::code(&data);
        let policy = Proven::from_code(&code)?;
        check_schema(&policy, B256::new(*update.kpi_schema))?;
        let outputs = attestation.outputs();
        let context = Context {
            chain_id: vm::chain_id(),
            verifier: vm::this().0 .0,
            controller: controller.0 .0,
            model_id: *update.model_id,
            report: report.0,
            update: digest.0,
        };
        let context = context.hash(hash);
        let inputs = policy.public_inputs(context, &update.kpis, &outputs)?;
        groth16::check(&policy, attestation.proof, &inputs)?;
        if policy.needs_signatures(&outputs) {
            self.check_quorum(digest, attestation.signatures)?;
        } else if !attestation.signatures.is_empty() {
            let have = U256::from(attestation.signatures.len());
            return Err(VerifierSignaturesLength { have, want: U256::ZERO }.into());
        }
        Ok(B256::new(*attestation.packed))
    }
}

/// Circuit, commitment, widths and limit of a proven policy; zeros if it is none.
pub fn circuit(model_id: &B256) -> (B256, B256, [u8; 4], u32) {
    let record = Record::load(model_id);
    let code = vm::code(&record.data);
    match Proven::from_code(&code) {
        Ok(policy) if record.kind == crate::KIND_PROVEN => {
            (circuit_id(&policy), B256::new(*policy.commitment), policy.arch.widths(), policy.cosign_above)
        }
        _ => (B256::ZERO, B256::ZERO, [0; 4], 0),
    }
}
