//! From calldata to the functions of [`Verifier`] and back.
//!
//! Selectors come from `abi.sol` through `sol!`, so the table below cannot drift from the published interface: a function
//! missing here fails the test that calls each one.

use alloc::vec::Vec;
use core::borrow::BorrowMut;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use escapement_core::update::MAX_KPIS;
use escapement_kit::{
    abi::{self, Malformed, Reader},
    vm,
};
use stylus_sdk::{
    abi::Router,
    stylus_core::{ConstructorGuard, TopLevelStorage, ValueDenier},
    ArbResult,
};

use crate::{error::signed, Error, Verifier};

/// The published interface.
pub mod sol {
    #![allow(missing_docs)]
    alloy_sol_types::sol!("abi.sol");
}

use sol::IVerifier as I;

/// Longest list of accounts that is read; how many of them make a set is `set_signers`' business.
const MAX_LIST: usize = 256;

impl<S> Router<S> for Verifier
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        Some(storage.borrow_mut().dispatch(selector, input).map_err(|error| error.0))
    }

    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    fn constructor(storage: &mut S, input: &[u8]) -> Option<ArbResult> {
        Some(storage.borrow_mut().construct(input).map(|()| Vec::new()).map_err(|error| error.0))
    }
}

/// Selectors as the router compares them.
macro_rules! selectors {
    ($($name:ident = $call:ident;)+) => {
        $(const $name: u32 = u32::from_be_bytes(I::$call::SELECTOR);)+
    };
}

selectors! {
    VERIFY = verifyCall;
    DIGEST = digestCall;
    INFER = inferCall;
    REPORT = reportCall;
    REPORT_DIGEST = reportDigestCall;
    REPORT_OF = reportOfCall;
    SET_SIGNERS = setSignersCall;
    REVOKE_SIGNER = revokeSignerCall;
    REGISTER_MODEL = registerModelCall;
    SET_MODEL_ACTIVE = setModelActiveCall;
    SET_UPTIME_FEED = setUptimeFeedCall;
    SET_GUARDIAN = setGuardianCall;
    SIGNERS = signersCall;
    IS_SIGNER = isSignerCall;
    THRESHOLD = thresholdCall;
    SIGNER_EPOCH = signerEpochCall;
    MODEL = modelCall;
    CIRCUIT = circuitCall;
    IS_DEVELOPMENT_KEY = isDevelopmentKeyCall;
    UPTIME_FEED = uptimeFeedCall;
    GUARDIAN = guardianCall;
    OWNER = ownerCall;
    PENDING_OWNER = pendingOwnerCall;
    TRANSFER_OWNERSHIP = transferOwnershipCall;
    ACCEPT_OWNERSHIP = acceptOwnershipCall;
}

/// One word of result.
fn number(value: impl Into<u64>) -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    abi::push(&mut out, value.into());
    out
}

/// Words as result.
fn words(words: &[B256]) -> Vec<u8> {
    let mut out = Vec::with_capacity(words.len().saturating_mul(32));
    for word in words {
        abi::push_word(&mut out, word);
    }
    out
}

/// An address as result.
fn account(account: Address) -> Vec<u8> {
    account.into_word().to_vec()
}

/// Reads a list of accounts.
fn accounts(args: &mut Reader<'_>) -> Result<Vec<Address>, Malformed> {
    let words = args.words(MAX_LIST);
    if words.iter().any(|word| word.iter().take(12).any(|byte| *byte != 0)) {
        return Err(Malformed);
    }
    Ok(words.into_iter().map(Address::from_word).collect())
}

/// Reads a list of `int32` into their wire form.
fn values(args: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    let mut out = Vec::new();
    for word in args.words(MAX_KPIS) {
        let (sign, value) = word.split_at(28);
        // The sign fills the upper bytes.
        let fill = if value.first().is_some_and(|byte| *byte > 0x7f) { 0xff } else { 0 };
        if sign.iter().any(|byte| *byte != fill) {
            return Err(Malformed);
        }
        out.extend_from_slice(value);
    }
    Ok(out)
}

impl Verifier {
    /// Runs the constructor, at most once.
    fn construct(&mut self, input: &[u8]) -> Result<(), Error> {
        if vm::has_value() {
            return Err(Malformed.into());
        }
        self.check_constructor_slot().map_err(Error)?;
        let args = &mut Reader::new(input);
        let (owner, guardian) = (args.address(), args.address());
        let (signers, threshold) = (accounts(args)?, args.u8());
        args.end()?;
        self.constructor(owner, guardian, &signers, threshold)
    }

    /// Runs the function with this selector. No function takes value.
    // One table of the whole surface reads better than its halves.
    #[allow(clippy::too_many_lines)]
    pub(crate) fn dispatch(&mut self, selector: u32, input: &[u8]) -> Result<Vec<u8>, Error> {
        if vm::has_value() {
            return Err(Malformed.into());
        }
        let args = &mut Reader::new(input);
        match selector {
            VERIFY | REPORT => {
                let (controller, first, signatures) = (args.address(), args.bytes(), args.bytes());
                args.end()?;
                if selector == VERIFY {
                    return Ok(self.verify(controller, first, signatures)?.to_vec());
                }
                self.report(controller, first, signatures)?;
            }
            DIGEST | REPORT_DIGEST => {
                let (controller, bytes) = (args.address(), args.bytes());
                args.end()?;
                let digest = match selector {
                    DIGEST => self.digest(controller, bytes)?,
                    _ => self.report_digest(controller, bytes)?,
                };
                return Ok(digest.to_vec());
            }
            REPORT_OF => {
                let (controller, report_id) = (args.address(), args.uint(u64::MAX));
                args.end()?;
                return Ok(self.report_of(controller, report_id).to_vec());
            }
            INFER => {
                let (model_id, kpis) = (args.word(), values(args)?);
                args.end()?;
                let outputs = self.infer(model_id, &kpis)?;
                return Ok(words(&outputs.map(signed)));
            }
            SET_SIGNERS => {
                let (signers, threshold) = (accounts(args)?, args.u8());
                args.end()?;
                self.set_signers(&signers, threshold)?;
            }
            REGISTER_MODEL => {
                let (model_id, data, schema, kind) = (args.word(), args.address(), args.word(), args.u8());
                args.end()?;
                self.register_model(model_id, data, schema, kind)?;
            }
            SET_MODEL_ACTIVE => {
                let (model_id, active) = (args.word(), args.uint(1) == 1);
                args.end()?;
                self.set_model_active(model_id, active)?;
            }
            SET_UPTIME_FEED => {
                let (feed, grace) = (args.address(), args.u32());
                args.end()?;
                self.set_uptime_feed(feed, grace)?;
            }
            REVOKE_SIGNER | SET_GUARDIAN | TRANSFER_OWNERSHIP | IS_SIGNER => {
                let account = args.address();
                args.end()?;
                match selector {
                    REVOKE_SIGNER => self.revoke_signer(account)?,
                    SET_GUARDIAN => self.set_guardian(account)?,
                    TRANSFER_OWNERSHIP => self.transfer_ownership(account)?,
                    _ => return Ok(number(self.is_signer(account))),
                }
            }
            MODEL | CIRCUIT | IS_DEVELOPMENT_KEY => {
                let model_id = args.word();
                args.end()?;
                return Ok(self.about_model(selector, model_id));
            }
            _ => {
                args.end()?;
                return self.dispatch_plain(selector);
            }
        }
        Ok(Vec::new())
    }

    /// A view of a policy.
    fn about_model(&self, selector: u32, model_id: B256) -> Vec<u8> {
        match selector {
            MODEL => {
                let (data, schema, kind, active) = self.model(model_id);
                words(&[data.into_word(), schema, abi::word(kind.into()), abi::word(active.into())])
            }
            CIRCUIT => {
                let (circuit, commitment, widths, cosign_above) = self.circuit(model_id);
                let widths = B256::right_padding_from(&widths);
                words(&[circuit, commitment, widths, abi::word(cosign_above.into())])
            }
            _ => number(self.is_development_key(model_id)),
        }
    }

    /// Runs a function without arguments.
    fn dispatch_plain(&mut self, selector: u32) -> Result<Vec<u8>, Error> {
        Ok(match selector {
            SIGNERS => {
                let signers = self.signers();
                let mut out = number(32u64);
                abi::push(&mut out, signers.len() as u64);
                for signer in signers {
                    abi::push_word(&mut out, &signer.into_word());
                }
                out
            }
            THRESHOLD => number(self.threshold()),
            SIGNER_EPOCH => number(self.signer_epoch()),
            UPTIME_FEED => {
                let (feed, grace) = self.uptime_feed();
                let mut out = account(feed);
                abi::push(&mut out, grace.into());
                out
            }
            GUARDIAN => account(self.guardian()),
            OWNER => account(self.owner()),
            PENDING_OWNER => account(self.pending_owner()),
            ACCEPT_OWNERSHIP => {
                self.accept_ownership()?;
                Vec::new()
            }
            _ => return Err(Malformed.into()),
        })
    }
}

#[cfg(feature = "export-abi")]
impl stylus_sdk::abi::export::GenerateAbi for Verifier {
    const NAME: &'static str = "Verifier";

    fn fmt_abi(f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let text = include_str!("abi.sol");
        f.write_str(text.find("interface").and_then(|start| text.get(start..)).unwrap_or_default())
    }

    fn fmt_constructor_signature(f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("constructor(address owner, address guardian, address[] memory signers, uint8 threshold)")
    }
}
