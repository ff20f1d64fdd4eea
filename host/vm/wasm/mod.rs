//! From the wasm of a program to the wasm that runs: checks, the five instrumentation passes, and the counts that prices follow from.
//!
//! The result is plain WebAssembly: any engine runs it, the ink is exact in each.

mod error;
mod imports;
mod instrument;
mod module;
mod operators;
mod rules;
#[cfg(test)]
mod tests;

pub use error::WasmError;
pub use imports::{DEBUG_FUNCTIONS, HOST_FUNCTIONS, HostFn, Signature, Ty, VM_HOOKS};
pub use rules::Rules;

use crate::params::ModuleShape;
use instrument::Globals;
use module::Module;
use operators::Types as _;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, ExportKind, ExportSection, FunctionSection, GlobalSection,
    GlobalType, ImportSection, MemorySection, TableSection, TypeSection, ValType,
    reencode::{Reencode, RoundtripReencoder},
};
use wasmparser::{ExternalKind, Parser, Payload};

/// Name of the exported global that holds the ink left.
pub const INK_LEFT: &str = "stylus_ink_left";
/// Name of the exported global that turns 1 when ink ran out.
pub const INK_STATUS: &str = "stylus_ink_status";
/// Name of the exported global that holds the stack words left; zero after an overflow.
pub const STACK_LEFT: &str = "stylus_stack_left";
const SCRATCH: &str = "stylus_scratch_global";

/// An instrumented module.
#[derive(Clone, Debug)]
pub struct Instrumented {
    /// The wasm to run.
    pub wasm: Vec<u8>,
    /// Counts for the start costs.
    pub shape: ModuleShape,
    /// Operators of all bodies after instrumentation.
    pub operators: u64,
    /// Encoded length of the data segments in bytes.
    pub data_bytes: u64,
    /// Encoded length of the element segments in bytes.
    pub element_bytes: u64,
}

/// Checks and instruments `wasm`.
///
/// # Errors
/// [`WasmError`] with the reason of the refusal.
pub fn instrument(wasm: &[u8], rules: &Rules) -> Result<Instrumented, WasmError> {
    let module = module::parse(wasm, *rules)?;
    let globals = Globals::after(module.globals);
    let mut code = CodeSection::new();
    let mut operators = 0;
    for (index, body) in module.bodies.iter().enumerate() {
        let (function, count) = instrument::function(&module, globals, index, body)?;
        code.function(&function);
        operators += count;
    }
    let shape = shape(&module, wasm);
    Ok(Instrumented {
        wasm: assemble(wasm, &module, &code)?,
        shape,
        operators,
        data_bytes: module.data_bytes,
        element_bytes: module.element_bytes,
    })
}

fn shape(module: &Module<'_>, wasm: &[u8]) -> ModuleShape {
    let defined = module.functions.iter().skip(module.imported as usize);
    let type_words = defined.clone().map(|ty| {
        let (params, results) = module.of_type(*ty);
        u64::from(params) + u64::from(results)
    });
    let pages = module.memory.map_or(0, |memory| memory.initial);
    ModuleShape {
        functions: defined.len() as u64,
        type_words: type_words.sum(),
        wasm_len: wasm.len() as u64,
        globals: u64::from(module.globals) + 4,
        segment_bytes: module.data_bytes + module.element_bytes,
        pages: u16::try_from(pages).unwrap_or(u16::MAX),
    }
}

/// Puts the sections together again: own globals after the module's, only the exports that the host needs, no names.
fn assemble(wasm: &[u8], module: &Module<'_>, code: &CodeSection) -> Result<Vec<u8>, WasmError> {
    let mut re = RoundtripReencoder;
    let mut types = TypeSection::new();
    let mut imports = ImportSection::new();
    let mut functions = FunctionSection::new();
    let mut tables = TableSection::new();
    let mut memories = MemorySection::new();
    let mut globals = GlobalSection::new();
    let mut exports = ExportSection::new();
    let mut elements = ElementSection::new();
    let mut data = DataSection::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::TypeSection(reader) => re.parse_type_section(&mut types, reader)?,
            Payload::ImportSection(reader) => re.parse_import_section(&mut imports, reader)?,
            Payload::FunctionSection(reader) => re.parse_function_section(&mut functions, reader)?,
            Payload::TableSection(reader) => re.parse_table_section(&mut tables, reader)?,
            Payload::MemorySection(reader) => re.parse_memory_section(&mut memories, reader)?,
            Payload::GlobalSection(reader) => re.parse_global_section(&mut globals, reader)?,
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export?;
                    let kept = matches!(
                        (export.name, export.kind),
                        ("user_entrypoint", ExternalKind::Func) | ("memory", ExternalKind::Memory)
                    );
                    if kept {
                        re.parse_export(&mut exports, export)?;
                    }
                }
            }
            Payload::ElementSection(reader) => re.parse_element_section(&mut elements, reader)?,
            Payload::DataSection(reader) => re.parse_data_section(&mut data, reader)?,
            _ => {}
        }
    }
    let added = [
        (INK_LEFT, ValType::I64, ConstExpr::i64_const(0)),
        (INK_STATUS, ValType::I32, ConstExpr::i32_const(0)),
        (SCRATCH, ValType::I32, ConstExpr::i32_const(0)),
        (STACK_LEFT, ValType::I32, ConstExpr::i32_const(0)),
    ];
    for (index, (name, val_type, init)) in (module.globals..).zip(added) {
        let ty = GlobalType { val_type, mutable: true, shared: false };
        globals.global(ty, &init);
        exports.export(name, ExportKind::Global, index);
    }

    let mut out = wasm_encoder::Module::new();
    out.section(&types)
        .section(&imports)
        .section(&functions)
        .section(&tables)
        .section(&memories)
        .section(&globals)
        .section(&exports)
        .section(&elements)
        .section(code)
        .section(&data);
    Ok(out.finish())
}
