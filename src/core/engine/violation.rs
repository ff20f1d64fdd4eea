//! Every way an update, a queued change or a configuration can break the law, with its numbers.
//!
//! One table gives the rules, their stable codes, Solidity signatures and selectors. A violation is a
//! rule and up to four numbers in one plain layout, so that one loop encodes all of the typed errors
//! and a contract needs no code per error: it reverts with [`Violation::encode`].

use crate::word::low32;

#[cfg(test)]
mod tests;

/// A broken rule and its numbers. Moments are seconds of `block.timestamp`, values are in the slot's unit.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Violation {
    rule: Rule,
    /// Four numbers of 32 bits, or two of 64 bits as high and low halves: small, because every
    /// fallible function copies it.
    halves: [u32; 4],
}

macro_rules! violations {
    ($( $(#[$doc:meta])* $code:literal $selector:literal $kind:ident $name:ident $make:ident($( $field:ident: $ty:ty ),*), )+) => {
        /// The rules by their stable code; the codes never change meaning.
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
        #[repr(u8)]
        pub enum Rule {
            $( $(#[$doc])* $name = $code, )+
        }

        impl Violation {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $make($( $field: $ty ),*) -> Self {
                    let given: &[$kind] = &[$( $kind::from($field) ),*];
                    $kind::violation(Rule::$name, given)
                }
            )+

            /// Solidity error of each rule, in the order of the codes: code, selector, name, types and
            /// names of the numbers. For hosts.
            #[cfg(not(target_arch = "wasm32"))]
            pub const SIGNATURES: &'static [(u8, u32, &'static str, &'static [(&'static str, &'static str)])] = &[
                $( ($code, $selector, stringify!($name), &[$( (stringify!($ty), stringify!($field)) ),*]), )+
            ];
        }

        /// Selector, count of numbers and their width in bytes, in the order of the codes from 1 on.
        #[allow(clippy::cast_possible_truncation)] // 4 or 8
        pub(super) const TABLE: &[(u32, u8, u8)] =
            &[$( ($selector, count(&[$( stringify!($field) ),*]), ($kind::BITS / 8) as u8), )+];
    };
}

mod list;

pub use list::Rule;
use list::TABLE;

#[allow(clippy::cast_possible_truncation)]
const fn count(fields: &[&str]) -> u8 {
    // No rule has more than four numbers; the tests compare the table with the signatures.
    fields.len() as u8
}

/// How numbers of one width are kept.
trait Numbers: Sized {
    fn violation(rule: Rule, given: &[Self]) -> Violation;
}

impl Numbers for u32 {
    #[allow(clippy::inline_always)] // folds to the numbers at the call, a third of the size
    #[inline(always)]
    fn violation(rule: Rule, given: &[u32]) -> Violation {
        let at = |index| given.get(index).copied().unwrap_or(0);
        Violation::new(rule, at(0), at(1), at(2), at(3))
    }
}

impl Numbers for u64 {
    #[allow(clippy::inline_always)] // folds to the numbers at the call, a third of the size
    #[inline(always)]
    fn violation(rule: Rule, given: &[u64]) -> Violation {
        let high = |index| given.get(index).map_or(0, |number| low32(number >> 32));
        let low = |index| given.get(index).map_or(0, |number| low32(*number));
        Violation::new(rule, high(0), low(0), high(1), low(1))
    }
}

impl Violation {
    #[inline(never)]
    fn new(rule: Rule, a: u32, b: u32, c: u32, d: u32) -> Self {
        Self { rule, halves: [a, b, c, d] }
    }

    /// The rule.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Stable number of the rule.
    #[must_use]
    pub fn code(&self) -> u8 {
        self.rule as u8
    }

    fn row(&self) -> (u32, u8, u8) {
        TABLE.get(usize::from(self.code().wrapping_sub(1))).copied().unwrap_or_default()
    }

    /// The numbers in the order of the Solidity signature, absent ones zero.
    #[must_use]
    pub fn numbers(&self) -> [u64; 4] {
        let [a, b, c, d] = self.halves.map(u64::from);
        if self.row().2 == 8 {
            [(a << 32) | b, (c << 32) | d, 0, 0]
        } else {
            [a, b, c, d]
        }
    }

    /// The Solidity error: selector, numbers (see [`Violation::numbers`]) and how many of these it has.
    #[must_use]
    pub fn parts(&self) -> (u32, [u64; 4], usize) {
        let (selector, count, _) = self.row();
        (selector, self.numbers(), count.into())
    }

    /// The Solidity revert data, `selector ‖ numbers as 32-byte words`, and its length in `out`.
    #[must_use]
    pub fn encode(&self) -> ([u8; 132], usize) {
        let (selector, numbers, count) = self.parts();
        let mut out = [0; 132];
        if let Some((head, words)) = out.split_first_chunk_mut::<4>() {
            *head = selector.to_be_bytes();
            for (word, number) in words.chunks_exact_mut(32).zip(numbers) {
                if let Some(field) = word.last_chunk_mut::<8>() {
                    *field = number.to_be_bytes();
                }
            }
        }
        (out, count.saturating_mul(32).saturating_add(4))
    }

    /// Whether an attested update that breaks this rule says something about its signers: it broke
    /// a rule they could have checked when they signed. Lateness, races and halts do not, since
    /// whoever relays an update chooses the moment.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        matches!(self.code(), 2..=4 | 6 | 12..=14 | 16..=22)
    }
}
