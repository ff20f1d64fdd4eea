//! Everything the minter refuses, as Solidity errors that carry the numbers.
//!
//! Their arguments are single words, so they are encoded by hand, in a third of the bytes that the generated encoders
//! take in the module; a test compares the two for every error.

use alloc::vec::Vec;

use alloy_primitives::{B256, U256};
use alloy_sol_types::{sol, SolError};
#[cfg(feature = "export-abi")]
use escapement_kit::proxied::{
    ProxiedAlreadyInitialized, ProxiedExpiring, ProxiedLayoutMismatch, ProxiedNotInitialized, ProxiedNotNewer,
    ProxiedNotThroughProxy,
};
use openzeppelin_stylus::access::ownable::{self, OwnableInvalidOwner, OwnableUnauthorizedAccount};

sol! {
    /// The next epoch that can be rolled opens at `opensAt`.
    #[derive(Debug)]
    error MinterTooEarly(uint64 opensAt);
    /// An epoch must last between `shortest` and `longest` seconds.
    #[derive(Debug)]
    error MinterBadEpochLength(uint32 length, uint32 shortest, uint32 longest);
    /// The account must be a contract.
    #[derive(Debug)]
    error MinterWithoutCode(address account);
    /// New tokens cannot go to the zero address.
    #[derive(Debug)]
    error MinterInvalidRecipient(address recipient);
    /// `target` failed without a reason. (A reason is passed on as it is.)
    #[derive(Debug)]
    error MinterCallFailed(address target);
    /// `target` answered `length` bytes, or a number too large for what it means.
    #[derive(Debug)]
    error MinterBadAnswer(address target, uint256 length);
    /// The breaker is not tripped.
    #[derive(Debug)]
    error MinterNotTripped(address caller);
    /// An amount exceeds 256 bits, or time ran backwards.
    #[derive(Debug)]
    error MinterArithmetic(uint256 supply, uint64 time);
}

/// Declares the error type: its variants, and the words each one is encoded as.
macro_rules! errors {
    (passed on: [$($passed:ident),+]; $($(#[$doc:meta])* $variant:ident($error:ident) => |$e:ident| [$($word:expr),+];)+) => {
        /// Everything the minter refuses.
        #[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
        pub enum Error {
            $($(#[$doc])* $variant($error),)+
            /// The revert data of the proxy life cycle, the controller or the token, as it came.
            Passed(Vec<u8>),
        }

        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })+

        impl From<Error> for Vec<u8> {
            fn from(error: Error) -> Self {
                match error {
                    $(Error::$variant($e) => encode($error::SELECTOR, &[$($word),+]),)+
                    Error::Passed(data) => data,
                }
            }
        }

        #[cfg(feature = "export-abi")]
        impl stylus_sdk::abi::export::internal::InnerTypes for Error {
            fn inner_types() -> Vec<stylus_sdk::abi::export::internal::InnerType> {
                use stylus_sdk::abi::export::internal::InnerType;
                fn entry<E: SolError + 'static>() -> InnerType {
                    let name = alloc::format!("error {};", E::SIGNATURE.replace(',', ", "));
                    InnerType { name, id: core::any::TypeId::of::<E>() }
                }
                alloc::vec![$(entry::<$error>(),)+ $(entry::<$passed>(),)+]
            }
        }
    };
}

errors! {
    passed on: [
        ProxiedNotThroughProxy, ProxiedAlreadyInitialized, ProxiedNotInitialized, ProxiedNotNewer,
        ProxiedLayoutMismatch, ProxiedExpiring
    ];
    /// See [`MinterTooEarly`].
    TooEarly(MinterTooEarly) => |e| [number(e.opensAt)];
    /// See [`MinterBadEpochLength`].
    BadEpochLength(MinterBadEpochLength) => |e| [number(e.length.into()), number(e.shortest.into()), number(e.longest.into())];
    /// See [`MinterWithoutCode`].
    WithoutCode(MinterWithoutCode) => |e| [e.account.into_word()];
    /// See [`MinterInvalidRecipient`].
    InvalidRecipient(MinterInvalidRecipient) => |e| [e.recipient.into_word()];
    /// See [`MinterCallFailed`].
    CallFailed(MinterCallFailed) => |e| [e.target.into_word()];
    /// See [`MinterBadAnswer`].
    BadAnswer(MinterBadAnswer) => |e| [e.target.into_word(), e.length.into()];
    /// See [`MinterNotTripped`].
    NotTripped(MinterNotTripped) => |e| [e.caller.into_word()];
    /// See [`MinterArithmetic`].
    Arithmetic(MinterArithmetic) => |e| [e.supply.into(), number(e.time)];
    /// The caller is not governance.
    UnauthorizedAccount(OwnableUnauthorizedAccount) => |e| [e.account.into_word()];
    /// The zero address cannot be made governance.
    InvalidOwner(OwnableInvalidOwner) => |e| [e.owner.into_word()];
}

impl From<ownable::Error> for Error {
    fn from(error: ownable::Error) -> Self {
        match error {
            ownable::Error::UnauthorizedAccount(e) => Self::UnauthorizedAccount(e),
            ownable::Error::InvalidOwner(e) => Self::InvalidOwner(e),
        }
    }
}

impl From<Vec<u8>> for Error {
    fn from(data: Vec<u8>) -> Self {
        Self::Passed(data)
    }
}

/// Selector and words in a row.
#[inline(never)]
fn encode(selector: [u8; 4], words: &[B256]) -> Vec<u8> {
    let mut out = Vec::with_capacity(words.len().saturating_mul(32).saturating_add(4));
    out.extend_from_slice(&selector);
    for word in words {
        out.extend_from_slice(word.as_slice());
    }
    out
}

/// A number as a word.
#[inline(never)]
fn number(value: u64) -> B256 {
    U256::from_limbs([value, 0, 0, 0]).into()
}
