//! The chain over HTTP and `WebSocket`.
//!
//! Requests run on blocking threads, at most [`CONCURRENCY`] at a time, so that a slow contract
//! keeps neither the event loop nor the other clients waiting. A request that panics (which would be a
//! defect) ends that request only.

use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, State,
        ws::{Message, WebSocketUpgrade},
    },
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinHandle,
};

use crate::{chain::Chain, config::Mining, rpc};

/// Largest request body in bytes.
pub const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// Most requests that run at once.
const CONCURRENCY: usize = 64;

/// Longest pause between looks at the mining mode.
const IDLE_POLL: Duration = Duration::from_millis(200);

/// A running server. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Server {
    local_addr: SocketAddr,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Its HTTP address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.local_addr)
    }

    /// Stops accepting, lets running requests finish, and waits for that.
    pub async fn shutdown(mut self) {
        // The receivers live as long as the tasks; without any there is nothing to stop.
        let _ = self.stop.send(true);
        for task in self.tasks.drain(..) {
            // A task that panicked has ended too.
            let _ = task.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub chain: Chain,
    permits: Arc<Semaphore>,
    pub stop: watch::Receiver<bool>,
}

impl Shared {
    /// Runs a request on a blocking thread.
    pub async fn run(&self, body: impl AsRef<[u8]> + Send + 'static) -> Option<Value> {
        // The semaphore is never closed.
        let _permit = self.permits.acquire().await;
        let chain = self.chain.clone();
        let work = tokio::task::spawn_blocking(move || chain.handle(body.as_ref()));
        work.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a request failed");
            Some(rpc::failure(&Value::Null, -32603, "internal error: the request panicked"))
        })
    }
}

/// Serves `chain` at `addr`; port 0 picks a free one.
///
/// # Errors
/// The error of binding the address.
pub async fn serve(chain: Chain, addr: SocketAddr) -> io::Result<Server> {
    let listener = TcpListener::bind(addr).await?;
    let local_addr = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let shared = Shared { chain: chain.clone(), permits: Arc::new(Semaphore::new(CONCURRENCY)), stop: stopped.clone() };
    let router = Router::new()
        .route("/", post(over_http).get(over_websocket).options(preflight))
        .route("/health", get(|| async { "ok" }))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(shared);
    let server = tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(wait(stopped.clone()));
        if let Err(error) = served.await {
            tracing::error!(%error, "the server ended");
        }
    });
    let miner = tokio::spawn(mine_at_intervals(chain, stop.subscribe()));
    Ok(Server { local_addr, stop, tasks: vec![server, miner] })
}

/// Resolves when the server is told to stop.
pub(crate) async fn wait(mut stopped: watch::Receiver<bool>) {
    // An error means that the handle was dropped, which stops the server too.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Makes blocks while the mode is interval mining. Looks at the mode often, so that a change of it counts at once.
async fn mine_at_intervals(chain: Chain, mut stopped: watch::Receiver<bool>) {
    let (mut mode, mut since) = (chain.mining_mode(), Instant::now());
    loop {
        let pause = match mode {
            Mining::Interval(period) => period.saturating_sub(since.elapsed()).min(IDLE_POLL),
            Mining::Instant | Mining::Manual => IDLE_POLL,
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        if mode != chain.mining_mode() {
            (mode, since) = (chain.mining_mode(), Instant::now());
        }
        if let Mining::Interval(period) = mode
            && since.elapsed() >= period
        {
            since = Instant::now();
            let chain = chain.clone();
            match tokio::task::spawn_blocking(move || chain.mine()).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::error!(%error, "mining failed"),
                Err(error) => tracing::error!(%error, "mining panicked"),
            }
        }
    }
}

async fn over_http(State(shared): State<Shared>, body: Bytes) -> Response {
    match shared.run(body).await {
        Some(answer) => with_cors(
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], answer.to_string()).into_response(),
        ),
        None => with_cors(StatusCode::NO_CONTENT.into_response()),
    }
}

/// Lets pages of any origin talk to the chain. Its keys are public anyway.
async fn preflight() -> Response {
    with_cors(StatusCode::NO_CONTENT.into_response())
}

fn with_cors(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST, GET, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

async fn over_websocket(State(shared): State<Shared>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.max_message_size(BODY_LIMIT).on_upgrade(move |socket| crate::websocket::run(shared, socket))
}

/// The text of a message that carries a request.
pub(crate) fn request_of(message: Message) -> Option<Vec<u8>> {
    match message {
        Message::Text(text) => Some(text.as_bytes().to_vec()),
        Message::Binary(bytes) => Some(bytes.to_vec()),
        _ => None,
    }
}
