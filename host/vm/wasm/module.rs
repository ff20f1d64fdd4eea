//! A parsed module: its sections, and the checks that need no look into function bodies.

use super::{
    error::{WasmError, limit},
    imports::{PAY_FOR_MEMORY_GROW, Signature, Ty, VM_HOOKS, signature},
    operators::Types,
    rules::Rules,
};
use std::collections::BTreeMap;
use wasmparser::{
    DataKind, Element, ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody, MemoryType, Operator, Parser,
    Payload, TypeRef, ValType, Validator,
};

/// What the passes need to know of a module.
#[derive(Debug, Default)]
pub struct Module<'a> {
    /// Function types by type index.
    pub types: Vec<FuncType>,
    /// Type index of each function, imported ones first.
    pub functions: Vec<u32>,
    /// Number of imported functions.
    pub imported: u32,
    /// Function index of `vm_hooks.pay_for_memory_grow`.
    pub pay_for_memory_grow: Option<u32>,
    /// Number of defined globals.
    pub globals: u32,
    /// The memory.
    pub memory: Option<MemoryType>,
    /// Bodies of the defined functions.
    pub bodies: Vec<FunctionBody<'a>>,
    /// Encoded length of the data segments.
    pub data_bytes: u64,
    /// Encoded length of the element segments.
    pub element_bytes: u64,
    tables: Vec<u64>,
    import_names: BTreeMap<(&'a str, &'a str), u32>,
}

impl Types for Module<'_> {
    fn of_type(&self, index: u32) -> (u32, u32) {
        self.types.get(index as usize).map_or((0, 0), |ty| (count(ty.params()), count(ty.results())))
    }

    fn of_function(&self, index: u32) -> (u32, u32) {
        self.functions.get(index as usize).map_or((0, 0), |ty| self.of_type(*ty))
    }
}

fn count(types: &[ValType]) -> u32 {
    u32::try_from(types.len()).unwrap_or(u32::MAX)
}

/// Parses and checks `wasm`.
pub fn parse(wasm: &[u8], rules: Rules) -> Result<Module<'_>, WasmError> {
    refuse_known_sections(wasm)?;
    Validator::new_with_features(rules.features()).validate_all(wasm)?;
    let mut module = Module::default();
    let mut exports = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::TypeSection(reader) => {
                for ty in reader.into_iter_err_on_gc_types() {
                    module.types.push(ty?);
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    module.import(&import?, rules)?;
                }
            }
            Payload::FunctionSection(reader) => {
                limit("functions", u64::from(reader.count()), 4_096)?;
                for ty in reader {
                    module.functions.push(ty?);
                }
            }
            Payload::TableSection(reader) => {
                for table in reader {
                    let table = table?.ty;
                    if !table.element_type.is_func_ref() {
                        return Err(WasmError::SegmentKind("tables must hold funcref"));
                    }
                    module.tables.push(table.initial);
                }
            }
            Payload::MemorySection(reader) => {
                limit("memories", u64::from(reader.count()), 1)?;
                for memory in reader {
                    module.memory = Some(memory?);
                }
            }
            Payload::GlobalSection(reader) => {
                limit("globals", u64::from(reader.count()), 32_768)?;
                module.globals = reader.count();
            }
            Payload::ExportSection(reader) => {
                limit("exports", u64::from(reader.count()), 1_024)?;
                for export in reader {
                    exports.push(export?);
                }
            }
            Payload::ElementSection(reader) => {
                limit("element segments", u64::from(reader.count()), 128)?;
                for element in reader {
                    module.element(&element?)?;
                }
            }
            Payload::DataSection(reader) => {
                limit("data segments", u64::from(reader.count()), 128)?;
                for data in reader {
                    module.data(&data?)?;
                }
            }
            Payload::CodeSectionEntry(body) => module.bodies.push(body),
            _ => {}
        }
    }
    limit("table entries", module.tables.iter().sum(), 4_096)?;
    limit("element bytes", module.element_bytes, 4_096)?;
    module.check_exports(&exports)?;
    module.check_memory(&exports, rules)?;
    Ok(module)
}

/// Sections with a plain reason of their own, before the validator speaks about features.
fn refuse_known_sections(wasm: &[u8]) -> Result<(), WasmError> {
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::StartSection { .. } => return Err(WasmError::Start),
            Payload::DataCountSection { .. } => return Err(WasmError::Section("data count")),
            Payload::TagSection(_) => return Err(WasmError::Section("tag")),
            _ => {}
        }
    }
    Ok(())
}

impl<'a> Module<'a> {
    fn import(&mut self, import: &wasmparser::Import<'a>, rules: Rules) -> Result<(), WasmError> {
        let (module, name) = (import.module, import.name);
        let TypeRef::Func(type_index) = import.ty else {
            return Err(WasmError::ImportKind { module: module.to_owned(), name: name.to_owned() });
        };
        if name.starts_with("stylus") {
            return Err(WasmError::Reserved(name.to_owned()));
        }
        let Some(expected) = signature(module, name, rules.debug) else {
            return Err(WasmError::UnknownImport { module: module.to_owned(), name: name.to_owned() });
        };
        let found = self.types.get(type_index as usize);
        if !found.is_some_and(|found| same_type(&expected, found)) {
            return Err(WasmError::ImportType {
                module: module.to_owned(),
                name: name.to_owned(),
                expected: format!("{expected:?}"),
                found: found.map_or_else(String::new, ToString::to_string),
            });
        }
        if module == VM_HOOKS && name == PAY_FOR_MEMORY_GROW {
            self.pay_for_memory_grow = Some(self.imported);
        }
        self.import_names.insert((module, name), type_index);
        self.functions.push(type_index);
        self.imported += 1;
        if rules.limits_imports {
            limit("imports", u64::from(self.imported), 513)?;
        }
        Ok(())
    }

    fn element(&mut self, element: &Element<'a>) -> Result<(), WasmError> {
        let range = &element.range;
        self.element_bytes += range.end - range.start;
        let ElementKind::Active { table_index, offset_expr } = &element.kind else {
            return Err(WasmError::SegmentKind("element segments must be active"));
        };
        let offset = constant_offset(offset_expr)?;
        let ElementItems::Functions(items) = &element.items else {
            return Err(WasmError::SegmentKind("element items must be function indices"));
        };
        let table = table_index.unwrap_or(0) as usize;
        let size = self.tables.get(table).copied().unwrap_or(0);
        in_bounds("element", offset, u64::from(items.count()), size)
    }

    fn data(&mut self, data: &wasmparser::Data<'a>) -> Result<(), WasmError> {
        self.data_bytes += data.range.end - data.range.start;
        let DataKind::Active { offset_expr, .. } = &data.kind else {
            return Err(WasmError::SegmentKind("data segments must be active"));
        };
        let offset = constant_offset(offset_expr)?;
        let size = self.memory.map_or(0, |memory| memory.initial) * 65_536;
        in_bounds("data", offset, data.data.len() as u64, size)
    }

    fn check_exports(&self, exports: &[wasmparser::Export<'_>]) -> Result<(), WasmError> {
        let mut entrypoint = None;
        for export in exports {
            limit("bytes in an export name", export.name.len() as u64, 512)?;
            let last = export.name.rsplit("__").next().unwrap_or_default();
            if last.starts_with("stylus") {
                return Err(WasmError::Reserved(export.name.to_owned()));
            }
            if self.import_names.keys().any(|(_, name)| *name == last) {
                return Err(WasmError::ExportConflict(export.name.to_owned()));
            }
            if export.name == "user_entrypoint" && export.kind == ExternalKind::Func {
                entrypoint = Some(export.index);
            }
        }
        let ty =
            entrypoint.and_then(|index| self.functions.get(index as usize)).and_then(|ty| self.types.get(*ty as usize));
        let right = ty.is_some_and(|ty| ty.params() == [ValType::I32] && ty.results() == [ValType::I32]);
        if right { Ok(()) } else { Err(WasmError::MissingEntrypoint) }
    }

    fn check_memory(&self, exports: &[wasmparser::Export<'_>], rules: Rules) -> Result<(), WasmError> {
        let Some(memory) = self.memory else {
            return Err(WasmError::MissingMemory);
        };
        let exported = exports.iter().any(|export| export.name == "memory" && export.kind == ExternalKind::Memory);
        if !exported {
            return Err(WasmError::MissingMemory);
        }
        if memory.maximum != Some(memory.initial) && self.pay_for_memory_grow.is_none() {
            return Err(WasmError::MissingMemoryPay);
        }
        if memory.initial > u64::from(rules.page_limit) {
            return Err(WasmError::Memory { found: memory.initial, limit: u64::from(rules.page_limit) });
        }
        Ok(())
    }
}

fn same_type(expected: &Signature, found: &FuncType) -> bool {
    let same = |ty: Ty, found: ValType| {
        matches!(
            (ty, found),
            (Ty::I32, ValType::I32) | (Ty::I64, ValType::I64) | (Ty::F32, ValType::F32) | (Ty::F64, ValType::F64)
        )
    };
    let list = |expected: &[Ty], found: &[ValType]| {
        expected.len() == found.len() && expected.iter().zip(found).all(|(ty, found)| same(*ty, *found))
    };
    list(expected.params, found.params()) && list(expected.result.as_slice(), found.results())
}

fn constant_offset(expr: &wasmparser::ConstExpr<'_>) -> Result<u64, WasmError> {
    let mut reader = expr.get_operators_reader();
    let Operator::I32Const { value } = reader.read()? else {
        return Err(WasmError::SegmentKind("offsets must be i32 constants"));
    };
    Ok(u64::from(value.cast_unsigned()))
}

fn in_bounds(what: &'static str, offset: u64, len: u64, size: u64) -> Result<(), WasmError> {
    if offset + len > size {
        return Err(WasmError::Segment { what, offset, len, limit: size });
    }
    Ok(())
}
