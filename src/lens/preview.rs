//! What an update would do: the model's outputs from the verifier, then the engine over an overlay.

use alloc::vec::Vec;

use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use escapement_core::{
    engine::{views, Word},
    update::Update,
};
use escapement_kit::{
    abi::{self, Malformed},
    vm,
};

use crate::{now, numbers, remote::Remote, Error, IVerifierView};

/// Eight outputs, big endian.
fn outputs(words: &[[u8; 4]]) -> [i32; 8] {
    let mut outputs = [0; 8];
    for (output, bytes) in outputs.iter_mut().zip(words) {
        *output = i32::from_be_bytes(*bytes);
    }
    outputs
}

/// Runs the engine over an overlay; the result is a `Preview`.
pub(crate) fn preview(remote: &Remote, update: &[u8], signatures: &[u8]) -> Result<Vec<u8>, Error> {
    let decoded = Update::decode(update).map_err(|_| Malformed)?;
    let hash = |data: &[u8]| -> Word { vm::keccak(data).0 };
    let answer = infer(remote, &decoded, update, signatures);
    let (ok, masks, reason) = match answer {
        Err(refusal) => (false, [0; 4], refusal),
        Ok(outputs) => match views::preview(remote, now(), &decoded, &outputs, hash) {
            Ok(done) => (true, [done.trip, done.applied, done.queued, done.shadow], Vec::new()),
            Err(violation) => (false, [0; 4], Error::from(violation).0),
        },
    };
    let mut out = numbers(&[32, ok.into()]);
    out.extend(numbers(&masks.map(u64::from)));
    abi::push(&mut out, 192);
    abi::push_bytes(&mut out, &reason);
    Ok(out)
}

/// The model's outputs: through the quorum if there are signatures, else from the model alone.
fn infer(remote: &Remote, decoded: &Update<'_>, update: &[u8], signatures: &[u8]) -> Result<[i32; 8], Vec<u8>> {
    let verifier = remote.verifier();
    if signatures.is_empty() {
        let mut call = IVerifierView::inferCall::SELECTOR.to_vec();
        call.extend_from_slice(decoded.model_id);
        abi::push(&mut call, 64);
        abi::push(&mut call, decoded.kpis.len() as u64);
        for kpi in decoded.kpis.iter() {
            // Sign-extended to a word.
            call.extend_from_slice(&[if kpi < 0 { 0xff } else { 0 }; 28]);
            call.extend_from_slice(&kpi.to_be_bytes());
        }
        let answer = vm::static_call(&verifier, &call)?;
        let mut lows = Vec::with_capacity(8);
        for word in answer.as_chunks::<32>().0 {
            lows.extend(word.last_chunk::<4>());
        }
        return if lows.len() == 8 {
            Ok(outputs(&lows.into_iter().copied().collect::<Vec<_>>()))
        } else {
            Err(Vec::new())
        };
    }
    let call = IVerifierView::verifyCall {
        controller: remote.controller(),
        update: update.to_vec().into(),
        signatures: signatures.to_vec().into(),
    };
    let answer = vm::static_call(&verifier, &call.abi_encode())?;
    let word = B256::try_from(answer.as_slice()).map_err(|_| Vec::new())?;
    Ok(outputs(word.as_chunks().0))
}
