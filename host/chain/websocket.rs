//! `eth_subscribe` and ordinary requests over one `WebSocket` connection.

use std::collections::BTreeMap;

use alloy::rpc::types::Filter;
use alloy_primitives::U256;
use axum::extract::ws::{Message, WebSocket};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::{
    chain::Event,
    error::ChainError,
    filter::check_filter,
    ledger::logs_of,
    rpc::{answer, render},
    server::{Shared, request_of, wait},
};

/// Most subscriptions of one connection.
const SUBSCRIPTION_LIMIT: usize = 1_000;

enum Subscription {
    Heads,
    Logs(Box<Filter>),
    Pending,
}

#[derive(Default)]
struct Session {
    subscriptions: BTreeMap<u64, Subscription>,
    last: u64,
}

/// Serves one connection until either side ends it.
pub(crate) async fn run(shared: Shared, mut socket: WebSocket) {
    let mut session = Session::default();
    let mut events = shared.chain.subscribe();
    let stop = shared.stop.clone();
    loop {
        let outgoing: Vec<Value> = tokio::select! {
            message = socket.recv() => {
                let Some(Ok(message)) = message else { return };
                let Some(body) = request_of(message) else { continue };
                match session.own(&body) {
                    Some(answer) => vec![answer],
                    None => shared.run(body).await.into_iter().collect(),
                }
            }
            event = events.recv() => match event {
                Ok(event) => session.notify(&event),
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "a subscriber is too slow");
                    continue;
                }
                Err(RecvError::Closed) => return,
            },
            () = wait(stop.clone()) => return,
        };
        for value in outgoing {
            if socket.send(Message::Text(value.to_string().into())).await.is_err() {
                return;
            }
        }
    }
}

impl Session {
    /// Answers the two methods that belong to the connection.
    fn own(&mut self, body: &[u8]) -> Option<Value> {
        let request: Value = serde_json::from_slice(body).ok()?;
        let id = request.get("id")?;
        let first = request.get("params").and_then(|params| params.get(0)).cloned();
        match request.get("method")?.as_str()? {
            "eth_subscribe" => {
                let filter = request.get("params").and_then(|params| params.get(1)).cloned();
                Some(answer(id, self.subscribe(first.as_ref(), filter)))
            }
            "eth_unsubscribe" => {
                let known = first
                    .and_then(|id| serde_json::from_value::<U256>(id).ok())
                    .and_then(|id| u64::try_from(id).ok())
                    .is_some_and(|id| self.subscriptions.remove(&id).is_some());
                Some(answer(id, Ok(json!(known))))
            }
            _ => None,
        }
    }

    fn subscribe(&mut self, kind: Option<&Value>, filter: Option<Value>) -> Result<Value, ChainError> {
        if self.subscriptions.len() >= SUBSCRIPTION_LIMIT {
            return Err(ChainError::TooLarge {
                what: "subscriptions of one connection",
                have: self.subscriptions.len() as u64 + 1,
                limit: SUBSCRIPTION_LIMIT as u64,
            });
        }
        let subscription = match kind.and_then(Value::as_str) {
            Some("newHeads") => Subscription::Heads,
            Some("newPendingTransactions") => Subscription::Pending,
            Some("logs") => {
                let filter = filter.unwrap_or_else(|| json!({}));
                let filter =
                    serde_json::from_value(filter).map_err(|error| ChainError::InvalidParams(error.to_string()))?;
                Subscription::Logs(Box::new(check_filter(filter)?))
            }
            _ => {
                return Err(ChainError::InvalidParams(
                    "subscription must be newHeads, logs or newPendingTransactions".to_owned(),
                ));
            }
        };
        self.last += 1;
        self.subscriptions.insert(self.last, subscription);
        Ok(json!(U256::from(self.last)))
    }

    fn notify(&self, event: &Event) -> Vec<Value> {
        let mut out = Vec::new();
        for (id, subscription) in &self.subscriptions {
            let results = match (subscription, event) {
                (Subscription::Heads, Event::Block(block)) => vec![render::header(block)],
                (Subscription::Pending, Event::Pending(hash)) => vec![json!(hash)],
                (Subscription::Logs(filter), Event::Block(block)) => block
                    .transactions
                    .iter()
                    .flat_map(|tx| logs_of(block, tx))
                    .filter(|log| filter.matches(&log.inner))
                    .map(|log| json!(log))
                    .collect(),
                _ => Vec::new(),
            };
            out.extend(results.into_iter().map(|result| {
                json!({
                    "jsonrpc": "2.0",
                    "method": "eth_subscription",
                    "params": { "subscription": U256::from(*id), "result": result },
                })
            }));
        }
        out
    }
}
