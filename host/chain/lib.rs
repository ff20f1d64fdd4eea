//! The embedded Stylus chain: blocks, state, JSON-RPC.
