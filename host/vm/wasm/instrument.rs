//! The passes over one function body: metering, per-byte pricing, depth and memory growth.

use super::{
    error::{WasmError, limit},
    module::Module,
    operators::{BLOCK_HEADER_INK, BULK_BYTE_INK, Heights, ends_block, ink, is_supported},
};
use wasm_encoder::{
    BlockType, Function, Instruction as I, ValType,
    reencode::{Reencode, RoundtripReencoder},
};

const MAX_FRAME_WORDS: u64 = 10_240;
const MAX_STACK_WORDS: u64 = 4_096;
const MAX_LOCALS: u64 = 348;
const MAX_OPERATORS: u64 = 65_536;

/// Indices of the globals that the passes add.
#[derive(Clone, Copy, Debug)]
pub struct Globals {
    ink_left: u32,
    ink_status: u32,
    scratch: u32,
    stack_left: u32,
}

impl Globals {
    /// The four globals after the module's own.
    pub const fn after(defined: u32) -> Self {
        Self { ink_left: defined, ink_status: defined + 1, scratch: defined + 2, stack_left: defined + 3 }
    }
}

/// Instruments one body. Returns the new function and its operator count.
pub fn function(
    module: &Module<'_>,
    globals: Globals,
    index: usize,
    body: &wasmparser::FunctionBody<'_>,
) -> Result<(Function, u64), WasmError> {
    let mut reencoder = RoundtripReencoder;
    let mut locals: Vec<(u32, ValType)> = Vec::new();
    let mut declared = 0;
    for entry in body.get_locals_reader()? {
        let (count, ty) = entry?;
        declared += u64::from(count);
        locals.push((count, reencoder.val_type(ty)?));
    }
    limit("locals in a function", declared, MAX_LOCALS)?;

    let mut source = Vec::new();
    for op in body.get_operators_reader()? {
        let op = reencoder.instruction(op?)?;
        if !is_supported(&op, module) {
            return Err(WasmError::Operator { operator: format!("{op:?}"), function: index });
        }
        source.push(op);
    }
    let metered = price_bulk(meter(source, module, globals), globals);
    let guarded = guard_depth(metered, module, globals, declared)?;
    let finished = pay_for_growth(guarded, module, globals)?;
    limit("operators in a function", finished.len() as u64, MAX_OPERATORS)?;

    let mut function = Function::new(locals);
    for op in &finished {
        function.instruction(op);
    }
    Ok((function, finished.len() as u64))
}

/// Charges each block in advance, before its first operator.
fn meter<'a>(source: Vec<I<'a>>, module: &Module<'_>, globals: Globals) -> Vec<I<'a>> {
    let mut out = Vec::with_capacity(source.len() * 2);
    let mut block = Vec::new();
    let mut cost = BLOCK_HEADER_INK;
    for op in source {
        cost = cost.saturating_add(ink(&op, module));
        let last = ends_block(&op);
        block.push(op);
        if last {
            charge(&mut out, globals, cost);
            out.append(&mut block);
            cost = BLOCK_HEADER_INK;
        }
    }
    out
}

fn charge(out: &mut Vec<I<'_>>, globals: Globals, cost: u64) {
    let cost = cost.cast_signed();
    out.extend([
        I::GlobalGet(globals.ink_left),
        I::I64Const(cost),
        I::I64LtU,
        I::If(BlockType::Empty),
        I::I32Const(1),
        I::GlobalSet(globals.ink_status),
        I::Unreachable,
        I::End,
        I::GlobalGet(globals.ink_left),
        I::I64Const(cost),
        I::I64Sub,
        I::GlobalSet(globals.ink_left),
    ]);
}

/// Charges the length operand of `memory.copy` and `memory.fill`.
fn price_bulk(source: Vec<I<'_>>, globals: Globals) -> Vec<I<'_>> {
    let mut out = Vec::with_capacity(source.len());
    for op in source {
        if matches!(op, I::MemoryCopy { .. } | I::MemoryFill(_)) {
            let price = || {
                [I::GlobalGet(globals.scratch), I::I64ExtendI32U, I::I64Const(BULK_BYTE_INK.cast_signed()), I::I64Mul]
            };
            out.extend([I::GlobalSet(globals.scratch), I::GlobalGet(globals.ink_left)]);
            out.extend(price());
            out.extend([
                I::I64LtU,
                I::If(BlockType::Empty),
                I::I32Const(1),
                I::GlobalSet(globals.ink_status),
                I::Unreachable,
                I::End,
                I::GlobalGet(globals.ink_left),
            ]);
            out.extend(price());
            out.extend([I::I64Sub, I::GlobalSet(globals.ink_left), I::GlobalGet(globals.scratch)]);
        }
        out.push(op);
    }
    out
}

/// Takes the frame's words from the stack budget on entry and gives them back before every return.
fn guard_depth<'a>(
    source: Vec<I<'a>>,
    module: &Module<'_>,
    globals: Globals,
    locals: u64,
) -> Result<Vec<I<'a>>, WasmError> {
    let mut heights = Heights::new();
    for op in &source {
        heights.step(op, module);
    }
    let worst = u64::from(heights.worst());
    let frame = worst + locals + 4;
    limit("stack words in a function", worst, MAX_STACK_WORDS)?;
    limit("words in a frame", frame, MAX_FRAME_WORDS)?;
    let frame = i32::try_from(frame).unwrap_or(i32::MAX);

    let mut out = Vec::with_capacity(source.len() + 32);
    out.extend([
        I::GlobalGet(globals.stack_left),
        I::I32Const(frame),
        I::I32LeU,
        I::If(BlockType::Empty),
        I::I32Const(0),
        I::GlobalSet(globals.stack_left),
        I::Unreachable,
        I::End,
        I::GlobalGet(globals.stack_left),
        I::I32Const(frame),
        I::I32Sub,
        I::GlobalSet(globals.stack_left),
    ]);
    let give_back = |out: &mut Vec<I<'a>>| {
        out.extend([
            I::GlobalGet(globals.stack_left),
            I::I32Const(frame),
            I::I32Add,
            I::GlobalSet(globals.stack_left),
            I::Return,
        ]);
    };
    let last = source.len().saturating_sub(1);
    for (position, op) in source.into_iter().enumerate() {
        if position == last {
            give_back(&mut out);
            out.push(op);
        } else if matches!(op, I::Return) {
            give_back(&mut out);
        } else {
            out.push(op);
        }
    }
    Ok(out)
}

/// Pays for the pages before `memory.grow` takes them.
fn pay_for_growth<'a>(source: Vec<I<'a>>, module: &Module<'_>, globals: Globals) -> Result<Vec<I<'a>>, WasmError> {
    if !source.iter().any(|op| matches!(op, I::MemoryGrow(_))) {
        return Ok(source);
    }
    let Some(pay) = module.pay_for_memory_grow else {
        return Err(WasmError::MissingMemoryPay);
    };
    let mut out = Vec::with_capacity(source.len() + 16);
    for op in source {
        if matches!(op, I::MemoryGrow(_)) {
            out.extend([
                I::GlobalSet(globals.scratch),
                I::GlobalGet(globals.scratch),
                I::GlobalGet(globals.scratch),
                I::Call(pay),
            ]);
        }
        out.push(op);
    }
    Ok(out)
}
