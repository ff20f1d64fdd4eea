//! Subscriptions over `WebSocket`, spoken by hand so that the test needs no client library.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::needless_pass_by_value)]

mod common;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use alloy_primitives::Address;
use common::{COUNTER, start};
use serde_json::{Value, json};

struct Socket(TcpStream);

impl Socket {
    fn open(addr: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write!(
            stream,
            "GET / HTTP/1.1\r\nHost: {addr}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        .unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
        Self(stream)
    }

    /// Sends one masked text frame (the mask of zeros leaves the text readable).
    fn send(&mut self, value: &Value) {
        let text = value.to_string();
        let length = u16::try_from(text.len()).unwrap();
        let mut frame = vec![0x81, 0xfe];
        frame.extend(length.to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.0.write_all(&frame).unwrap();
    }

    /// Reads one text frame.
    fn read(&mut self) -> Value {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).unwrap();
        assert_eq!(head[0], 0x81);
        let length = match head[1] {
            126 => {
                let mut long = [0; 2];
                self.0.read_exact(&mut long).unwrap();
                u16::from_be_bytes(long).into()
            }
            short => usize::from(short),
        };
        let mut text = vec![0; length];
        self.0.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn call(&mut self, id: u64, method: &str, params: Value) -> Value {
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let answer = self.read();
        assert_eq!(answer["id"], id);
        answer
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_work() {
    let (chain, server) = start().await;
    let counter = Address::repeat_byte(0xcc);
    chain.set_code(counter, COUNTER.into()).unwrap();
    let addr = server.local_addr();
    let from = chain.accounts()[0].address;
    let talk = move || {
        let mut socket = Socket::open(addr);
        assert_eq!(socket.call(1, "eth_chainId", json!([]))["result"], "0x64aba");
        let heads = socket.call(2, "eth_subscribe", json!(["newHeads"]))["result"].clone();
        let filter = json!(["logs", { "address": counter }]);
        let logs = socket.call(3, "eth_subscribe", filter)["result"].clone();
        assert_ne!(heads, logs);
        assert_eq!(socket.call(4, "eth_subscribe", json!(["weather"]))["error"]["code"], -32602);
        // The answer and the two notifications come in any order.
        socket.send(&json!({
            "jsonrpc": "2.0", "id": 5, "method": "eth_sendTransaction",
            "params": [{ "from": from, "to": counter }],
        }));
        let (mut answer, mut head, mut log) = (Value::Null, Value::Null, Value::Null);
        for _ in 0..3 {
            let message = socket.read();
            if message.get("id").is_some() {
                answer = message["result"].clone();
            } else if message["params"]["subscription"] == heads {
                head = message["params"]["result"].clone();
            } else {
                assert_eq!(message["params"]["subscription"], logs);
                log = message["params"]["result"].clone();
            }
        }
        assert_eq!(head["number"], "0x1");
        assert_eq!(log["transactionHash"], answer);
        assert_eq!(log["blockHash"], head["hash"]);
        assert_eq!(socket.call(6, "eth_unsubscribe", json!([heads]))["result"], true);
        assert_eq!(socket.call(7, "eth_unsubscribe", json!([heads]))["result"], false);
        // Only the log subscription is left: an empty block says nothing.
        assert_eq!(socket.call(8, "evm_mine", json!([]))["result"], "0x0");
        assert_eq!(socket.call(9, "eth_blockNumber", json!([]))["result"], "0x2");
        socket
    };
    let socket = tokio::task::spawn_blocking(talk).await.unwrap();
    server.shutdown().await;
    drop(socket);
}
