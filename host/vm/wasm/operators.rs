//! Ink price and stack effect of each WebAssembly operator.

#![allow(clippy::match_same_arms)] // the groups are those of the price table

use wasm_encoder::{BlockType, Instruction as I};

/// Price of an operator that may appear in a module and may never run: a block with one in it is out of ink.
pub const NEVER: u64 = u64::MAX;

/// Ink of a block's header, on top of its operators.
pub const BLOCK_HEADER_INK: u64 = 2_450;

/// Ink per byte of `memory.copy` and `memory.fill`, charged when they run.
pub const BULK_BYTE_INK: u64 = 100;

/// Arity of function types, as the passes need it.
pub trait Types {
    /// Parameters and results of a type index.
    fn of_type(&self, index: u32) -> (u32, u32);
    /// Parameters and results of a function index.
    fn of_function(&self, index: u32) -> (u32, u32);
}

/// Static ink of one operator.
pub fn ink(op: &I<'_>, types: &impl Types) -> u64 {
    match op {
        I::Unreachable | I::Return | I::Nop | I::I32Const(_) | I::I64Const(_) => 1,
        I::Block(_) | I::Loop(_) | I::Else | I::End => 1,
        I::Drop => 9,
        I::I32Add | I::I32Sub | I::I32And | I::I32Or | I::I32Xor => 70,
        I::I32Shl | I::I32ShrS | I::I32ShrU | I::I32Rotl | I::I32Rotr => 70,
        I::LocalGet(_) | I::LocalTee(_) => 75,
        I::I64Add | I::I64Sub | I::I64And | I::I64Or | I::I64Xor => 100,
        I::I64Shl | I::I64ShrS | I::I64ShrU | I::I64Rotl | I::I64Rotr => 100,
        I::I32WrapI64 | I::I64ExtendI32S | I::I64ExtendI32U => 100,
        I::I32Extend8S | I::I32Extend16S => 100,
        I::I64Extend8S | I::I64Extend16S | I::I64Extend32S => 100,
        I::I32Mul | I::I64Mul => 160,
        I::I32Eqz | I::I32Eq | I::I32Ne | I::I32LtS | I::I32LtU | I::I32GtS => 170,
        I::I32GtU | I::I32LeS | I::I32LeU | I::I32GeS | I::I32GeU => 170,
        I::I64Eqz | I::I64Eq | I::I64Ne | I::I64LtS | I::I64LtU | I::I64GtS => 225,
        I::I64GtU | I::I64LeS | I::I64LeU | I::I64GeS | I::I64GeU => 225,
        I::GlobalGet(_) => 225,
        I::LocalSet(_) | I::I32Clz | I::I32Ctz | I::I64Clz | I::I64Ctz => 210,
        I::GlobalSet(_) => 575,
        I::I32Load(_) | I::I32Load8S(_) | I::I32Load8U(_) => 670,
        I::I32Load16S(_) | I::I32Load16U(_) => 670,
        I::I64Load(_) | I::I64Load8S(_) | I::I64Load8U(_) | I::I64Load16S(_) => 680,
        I::I64Load16U(_) | I::I64Load32S(_) | I::I64Load32U(_) => 680,
        I::Br(_) | I::BrIf(_) | I::If(_) => 765,
        I::I32Store(_) | I::I32Store8(_) | I::I32Store16(_) => 825,
        I::I64Store(_) | I::I64Store8(_) | I::I64Store16(_) | I::I64Store32(_) => 950,
        I::MemoryCopy { .. } | I::MemoryFill(_) => 950,
        I::I32DivS | I::I32DivU | I::I32RemS | I::I32RemU => 1_120,
        I::I64DivS | I::I64DivU | I::I64RemS | I::I64RemU => 1_270,
        I::Select => 1_250,
        I::BrTable(labels, _) => 2_400 + 325 * labels.len() as u64,
        I::I32Popcnt => 2_650,
        I::I64Popcnt => 6_000,
        I::MemorySize(_) => 3_000,
        I::MemoryGrow(_) => 8_050,
        I::Call(_) => 3_800,
        I::CallIndirect { type_index, .. } => 13_610 + 650 * u64::from(types.of_type(*type_index).0),
        _ => NEVER,
    }
}

/// Whether a metered block ends with this operator.
pub const fn ends_block(op: &I<'_>) -> bool {
    matches!(
        op,
        I::End
            | I::Else
            | I::Return
            | I::Loop(_)
            | I::Br(_)
            | I::BrTable(..)
            | I::BrIf(_)
            | I::If(_)
            | I::Call(_)
            | I::CallIndirect { .. }
    )
}

/// Floating-point operators that a module may contain although they can never run. All other ones are refused.
pub const fn is_inert_float(op: &I<'_>) -> bool {
    matches!(
        op,
        I::F32Const(_)
            | I::F64Const(_)
            | I::F32Load(_)
            | I::F64Load(_)
            | I::F32Store(_)
            | I::F64Store(_)
            | I::I32ReinterpretF32
            | I::I64ReinterpretF64
            | I::F32ReinterpretI32
            | I::F64ReinterpretI64
    )
}

/// Running height of the operand stack along a linear walk.
#[derive(Debug)]
pub struct Heights {
    height: u32,
    worst: u32,
    scopes: Vec<u32>,
}

impl Heights {
    /// At the start of a function body.
    pub fn new() -> Self {
        Self { height: 0, worst: 0, scopes: vec![0] }
    }

    /// Greatest height so far, in words.
    pub const fn worst(&self) -> u32 {
        self.worst
    }

    fn push(&mut self, count: u32) {
        self.height += count;
        self.worst = self.worst.max(self.height);
    }

    // Code after an unconditional branch may seem to pop what was never pushed; the height stops at zero.
    fn pop(&mut self, count: u32) {
        self.height = self.height.saturating_sub(count);
    }

    fn enter(&mut self, ty: BlockType, types: &impl Types) {
        match ty {
            BlockType::Empty => {}
            BlockType::Result(_) => self.push(1),
            BlockType::FunctionType(index) => {
                let (inputs, outputs) = types.of_type(index);
                self.push(outputs);
                self.pop(inputs);
            }
        }
        self.scopes.push(self.height);
    }

    fn call(&mut self, (inputs, outputs): (u32, u32)) {
        self.push(outputs);
        self.pop(inputs);
    }

    /// Accounts for one operator.
    pub fn step(&mut self, op: &I<'_>, types: &impl Types) {
        match op {
            I::I32Const(_) | I::I64Const(_) | I::F32Const(_) | I::F64Const(_) => self.push(1),
            I::LocalGet(_) | I::GlobalGet(_) | I::MemorySize(_) => self.push(1),
            I::Block(ty) | I::Loop(ty) => self.enter(*ty, types),
            I::If(ty) => {
                self.pop(1);
                self.enter(*ty, types);
            }
            I::Else => self.height = self.scopes.last().copied().unwrap_or(0),
            I::End => self.height = self.scopes.pop().unwrap_or(0),
            I::Call(function) => self.call(types.of_function(*function)),
            I::CallIndirect { type_index, .. } => {
                self.call(types.of_type(*type_index));
                self.pop(1);
            }
            I::MemoryCopy { .. } | I::MemoryFill(_) => self.pop(3),
            I::Select => self.pop(2),
            _ if is_store(op) => self.pop(2),
            I::Drop | I::LocalSet(_) | I::GlobalSet(_) => self.pop(1),
            I::BrIf(_) | I::BrTable(..) => self.pop(1),
            _ if is_binary(op) => self.pop(1),
            _ => {}
        }
    }
}

const fn is_store(op: &I<'_>) -> bool {
    matches!(
        op,
        I::I32Store(_)
            | I::I64Store(_)
            | I::F32Store(_)
            | I::F64Store(_)
            | I::I32Store8(_)
            | I::I32Store16(_)
            | I::I64Store8(_)
            | I::I64Store16(_)
            | I::I64Store32(_)
    )
}

#[rustfmt::skip]
const fn is_binary(op: &I<'_>) -> bool {
    matches!(
        op,
        I::I32Eq | I::I32Ne | I::I32LtS | I::I32LtU | I::I32GtS | I::I32GtU | I::I32LeS | I::I32LeU | I::I32GeS | I::I32GeU
            | I::I64Eq | I::I64Ne | I::I64LtS | I::I64LtU | I::I64GtS | I::I64GtU | I::I64LeS | I::I64LeU | I::I64GeS | I::I64GeU
            | I::I32Add | I::I32Sub | I::I32Mul | I::I32DivS | I::I32DivU | I::I32RemS | I::I32RemU
            | I::I32And | I::I32Or | I::I32Xor | I::I32Shl | I::I32ShrS | I::I32ShrU | I::I32Rotl | I::I32Rotr
            | I::I64Add | I::I64Sub | I::I64Mul | I::I64DivS | I::I64DivU | I::I64RemS | I::I64RemU
            | I::I64And | I::I64Or | I::I64Xor | I::I64Shl | I::I64ShrS | I::I64ShrU | I::I64Rotl | I::I64Rotr
    )
}

/// Whether the passes know this operator at all (priced, or an inert float).
pub fn is_supported(op: &I<'_>, types: &impl Types) -> bool {
    is_inert_float(op) || ink(op, types) != NEVER
}
