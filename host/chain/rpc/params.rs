//! Positional parameters, checked one by one with errors that say which one is wrong.

use alloy::eips::BlockId;
use alloy_primitives::U256;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ChainError;

/// The parameters of one request.
#[derive(Debug)]
pub struct Params(Vec<Value>);

impl Params {
    /// Accepts an array or nothing. No method here takes named parameters.
    pub fn new(value: Value) -> Result<Self, ChainError> {
        match value {
            Value::Null => Ok(Self(Vec::new())),
            Value::Array(values) => Ok(Self(values)),
            _ => Err(ChainError::InvalidParams("non-array args".to_owned())),
        }
    }

    /// The parameter at `index`.
    pub fn get<T: DeserializeOwned>(&self, index: usize) -> Result<T, ChainError> {
        self.optional(index)?.ok_or_else(|| missing(index))
    }

    /// The parameter at `index`, or `None` where it is absent or null.
    pub fn optional<T: DeserializeOwned>(&self, index: usize) -> Result<Option<T>, ChainError> {
        match self.0.get(index) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value)
                .map(Some)
                .map_err(|error| ChainError::InvalidParams(format!("invalid argument {index}: {error}"))),
        }
    }

    /// As [`optional`](Self::optional) for a parameter that must be an object: what reads objects would take a list of
    /// their fields too.
    pub fn object<T: DeserializeOwned>(&self, index: usize) -> Result<Option<T>, ChainError> {
        match self.0.get(index) {
            None | Some(Value::Null | Value::Object(_)) => self.optional(index),
            Some(_) => Err(ChainError::InvalidParams(format!("invalid argument {index}: not an object"))),
        }
    }

    /// As [`object`](Self::object), but required.
    pub fn required_object<T: DeserializeOwned>(&self, index: usize) -> Result<T, ChainError> {
        self.object(index)?.ok_or_else(|| missing(index))
    }

    /// The parameter at `index` as it came.
    pub fn raw(&self, index: usize) -> Option<&Value> {
        self.0.get(index)
    }

    /// A block tag, number or hash; the newest block where absent.
    pub fn block(&self, index: usize) -> Result<BlockId, ChainError> {
        Ok(self.optional(index)?.unwrap_or_else(BlockId::latest))
    }

    /// A quantity: a hex string, a decimal string or a number, as development tools send all three.
    pub fn quantity(&self, index: usize) -> Result<u64, ChainError> {
        self.optional_quantity(index)?.ok_or_else(|| missing(index))
    }

    /// As [`quantity`](Self::quantity), or `None` where it is absent or null.
    pub fn optional_quantity(&self, index: usize) -> Result<Option<u64>, ChainError> {
        let value: Option<U256> =
            match self.0.get(index) {
                Some(Value::Number(number)) => Some(U256::from(number.as_u64().ok_or_else(|| {
                    ChainError::InvalidParams(format!("invalid argument {index}: not a whole number"))
                })?)),
                _ => self.optional(index)?,
            };
        value
            .map(|value| {
                u64::try_from(value)
                    .map_err(|_| ChainError::InvalidParams(format!("invalid argument {index}: above 64 bits")))
            })
            .transpose()
    }
}

fn missing(index: usize) -> ChainError {
    ChainError::InvalidParams(format!("missing value for required argument {index}"))
}
