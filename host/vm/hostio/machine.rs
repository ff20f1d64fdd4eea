//! The guest as host functions see it: ink and memory.

use super::guest::{Ending, Exports, FrameEnv, Guest, Recording};
use crate::{params::write_ink, trace::HostCall};
use alloy_primitives::{Address, B256, U256};
use wasmi::{StoreContextMut, Val};

/// Ink and memory of a guest.
pub struct Machine<'a> {
    store: StoreContextMut<'a, Guest>,
    exports: Exports,
}

impl<'a> Machine<'a> {
    /// The guest of this store; none before its exports are known.
    pub fn new(store: StoreContextMut<'a, Guest>) -> Option<Self> {
        let exports = store.data().exports?;
        Some(Self { store, exports })
    }

    /// The store's data.
    pub fn guest(&mut self) -> &mut Guest {
        self.store.data_mut()
    }

    /// Constants of the invocation.
    pub fn env(&self) -> &FrameEnv {
        &self.store.data().env
    }

    /// Ink left.
    pub fn ink(&self) -> u64 {
        match self.exports.ink_left.get(&self.store) {
            Val::I64(ink) => ink.cast_unsigned(),
            _ => 0,
        }
    }

    /// Sets the ink left.
    pub fn set_ink(&mut self, ink: u64) {
        // The type is the instrumentation's own, so setting cannot fail.
        let _ = self.exports.ink_left.set(&mut self.store, Val::I64(ink.cast_signed()));
    }

    /// Ink per gas.
    pub fn ink_price(&self) -> u64 {
        u64::from(self.env().ink_price)
    }

    /// Gas left, rounded down.
    pub fn gas_left(&self) -> u64 {
        self.ink() / self.ink_price().max(1)
    }

    /// Takes ink.
    pub fn buy_ink(&mut self, ink: u64) -> Result<(), Ending> {
        let left = self.ink();
        if left < ink {
            self.set_ink(0);
            return Err(Ending::OutOfInk);
        }
        self.set_ink(left - ink);
        Ok(())
    }

    /// Takes gas.
    pub fn buy_gas(&mut self, gas: u64) -> Result<(), Ending> {
        let ink = gas.saturating_mul(self.ink_price());
        self.buy_ink(ink)
    }

    /// Fails unless this much gas is left; takes nothing.
    pub fn require_gas(&self, gas: u64) -> Result<(), Ending> {
        let ink = gas.saturating_mul(self.ink_price());
        if self.ink() < ink {
            return Err(Ending::OutOfInk);
        }
        Ok(())
    }

    /// Pays for writing `len` bytes to the guest.
    pub fn pay_write(&mut self, len: u32) -> Result<(), Ending> {
        self.buy_ink(write_ink(len))
    }

    /// Reads guest memory.
    pub fn read(&mut self, ptr: u32, len: u32) -> Result<Vec<u8>, Ending> {
        let memory = self.exports.memory.data(&self.store);
        let bytes = (ptr as usize)
            .checked_add(len as usize)
            .and_then(|end| memory.get(ptr as usize..end))
            .ok_or(Ending::Failure)?;
        Ok(bytes.to_vec())
    }

    /// Reads a fixed number of bytes.
    pub fn read_array<const N: usize>(&mut self, ptr: u32) -> Result<[u8; N], Ending> {
        let memory = self.exports.memory.data(&self.store);
        memory.get(ptr as usize..).and_then(|bytes| bytes.first_chunk::<N>()).copied().ok_or(Ending::Failure)
    }

    /// Reads a 32-byte word.
    pub fn read_word(&mut self, ptr: u32) -> Result<B256, Ending> {
        let word = B256::new(self.read_array(ptr)?);
        self.note_arg(word.as_slice());
        Ok(word)
    }

    /// Reads a big-endian integer.
    pub fn read_u256(&mut self, ptr: u32) -> Result<U256, Ending> {
        self.read_word(ptr).map(Into::into)
    }

    /// Reads an address.
    pub fn read_address(&mut self, ptr: u32) -> Result<Address, Ending> {
        let address = Address::new(self.read_array(ptr)?);
        self.note_arg(address.as_slice());
        Ok(address)
    }

    /// Writes guest memory.
    pub fn write(&mut self, ptr: u32, bytes: &[u8]) -> Result<(), Ending> {
        self.exports.memory.write(&mut self.store, ptr as usize, bytes).map_err(|_| Ending::Failure)
    }

    /// Writes guest memory and records the bytes as an output.
    pub fn output(&mut self, ptr: u32, bytes: &[u8]) -> Result<(), Ending> {
        self.write(ptr, bytes)?;
        self.note_out(bytes);
        Ok(())
    }

    /// Writes a length, little-endian.
    pub fn write_len(&mut self, ptr: u32, len: usize) -> Result<(), Ending> {
        let len = u32::try_from(len).map_err(|_| Ending::Failure)?;
        self.write(ptr, &len.to_le_bytes())?;
        self.note_out(&len.to_be_bytes());
        Ok(())
    }

    /// Starts the record of a host call, when tracing.
    pub fn record(&mut self) {
        if self.guest().trace.is_some() {
            let start_ink = self.ink();
            self.guest().recording = Some(Recording { start_ink, ..Recording::default() });
        }
    }

    /// Adds to the inputs of the record.
    pub fn note_arg(&mut self, bytes: &[u8]) {
        if let Some(recording) = &mut self.guest().recording {
            recording.args.extend(bytes);
        }
    }

    /// Adds to the outputs of the record.
    pub fn note_out(&mut self, bytes: &[u8]) {
        if let Some(recording) = &mut self.guest().recording {
            recording.outs.extend(bytes);
        }
    }

    /// Ends the record of a host call.
    pub fn recorded(&mut self, name: &str) {
        let end_ink = self.ink();
        let guest = self.guest();
        if let (Some(recording), Some(trace)) = (guest.recording.take(), &mut guest.trace)
            && guest.budget.take(recording.args.len() + recording.outs.len())
        {
            trace.push(HostCall {
                name: name.to_owned(),
                args: recording.args.into(),
                outs: recording.outs.into(),
                start_ink: recording.start_ink,
                end_ink,
                address: recording.address,
                steps: recording.steps,
            });
        }
    }
}
