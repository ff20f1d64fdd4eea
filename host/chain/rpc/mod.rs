//! JSON-RPC 2.0: envelopes, batches, dispatch.
//!
//! [`Chain::handle`] takes the bytes of a request and returns the bytes of the answer, whatever
//! the bytes are. It blocks while the request runs; the server calls it off its event loop.

mod debug;
mod dev;
mod eth;
mod params;
pub(crate) mod render;

use serde_json::{Value, json};

use crate::{chain::Chain, error::ChainError};

/// Most requests in one batch.
const BATCH_LIMIT: usize = 1_000;

/// Bytes of answers after which the rest of a batch is refused.
const BATCH_ANSWER_LIMIT: usize = 64 << 20;

impl Chain {
    /// Answers a request body: a single call or a batch. `None` when nothing is to be answered,
    /// because every call in it was a notification.
    #[must_use]
    pub fn handle(&self, body: &[u8]) -> Option<Value> {
        match serde_json::from_slice::<Value>(body) {
            Ok(request) => self.handle_value(request),
            Err(error) => Some(failure(&Value::Null, -32700, &format!("parse error: {error}"))),
        }
    }

    /// As [`handle`](Self::handle), for a request that is parsed already.
    #[must_use]
    pub fn handle_value(&self, request: Value) -> Option<Value> {
        match request {
            Value::Array(batch) if batch.is_empty() => {
                Some(failure(&Value::Null, -32600, "invalid request: empty batch"))
            }
            Value::Array(batch) if batch.len() > BATCH_LIMIT => Some(failure(
                &Value::Null,
                -32600,
                &format!("invalid request: batch of {}, limit {BATCH_LIMIT}", batch.len()),
            )),
            Value::Array(batch) => self.batch(batch),
            single => self.single(single),
        }
    }

    /// Runs one method. In-process callers may use this instead of HTTP.
    ///
    /// # Errors
    /// [`ChainError::UnknownMethod`], or what the method refuses.
    pub fn request(&self, method: &str, params: Value) -> Result<Value, ChainError> {
        let params = params::Params::new(params)?;
        if let Some(result) = eth::call(self, method, &params) {
            return result;
        }
        if let Some(result) = dev::call(self, method, &params) {
            return result;
        }
        if let Some(result) = debug::call(self, method, &params) {
            return result;
        }
        Err(ChainError::UnknownMethod(method.chars().take(80).collect()))
    }

    fn batch(&self, batch: Vec<Value>) -> Option<Value> {
        let mut answers = Vec::with_capacity(batch.len());
        let mut size = 0;
        for request in batch {
            if size > BATCH_ANSWER_LIMIT {
                // Notifications are not answered, refused ones included.
                if let Some(id) = request.get("id") {
                    answers.push(failure(id, -32003, "response too large"));
                }
                continue;
            }
            if let Some(answer) = self.single(request) {
                size += weight(&answer);
                answers.push(answer);
            }
        }
        (!answers.is_empty()).then_some(Value::Array(answers))
    }

    fn single(&self, request: Value) -> Option<Value> {
        let Value::Object(mut request) = request else {
            return Some(failure(&Value::Null, -32600, "invalid request: not an object"));
        };
        let id = request.remove("id");
        if !matches!(id, None | Some(Value::Null | Value::String(_) | Value::Number(_))) {
            return Some(failure(&Value::Null, -32600, "invalid request: id"));
        }
        let shown = id.clone().unwrap_or(Value::Null);
        if request.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Some(failure(&shown, -32600, "invalid request: jsonrpc must be \"2.0\""));
        }
        let Some(Value::String(method)) = request.remove("method") else {
            return Some(failure(&shown, -32600, "invalid request: method"));
        };
        let params = request.remove("params").unwrap_or(Value::Null);
        let result = self.request(&method, params);
        if let Err(error) = &result {
            tracing::debug!(%method, %error, "refused");
        }
        id.map(|id| answer(&id, result))
    }
}

/// About how many bytes a value takes, here or written out.
fn weight(value: &Value) -> usize {
    const NODE: usize = 32;
    NODE + match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(weight).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + weight(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// The answer object of a finished call.
pub(crate) fn answer(id: &Value, result: Result<Value, ChainError>) -> Value {
    match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => {
            let mut answer = failure(id, error.code(), &error.to_string());
            if let Some(data) = error.data() {
                answer["error"]["data"] = json!(data);
            }
            answer
        }
    }
}

/// The answer object of a refused call.
pub(crate) fn failure(id: &Value, code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}
