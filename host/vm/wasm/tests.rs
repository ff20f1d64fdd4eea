//! What is refused and why, and what the instrumentation counts.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use super::*;
use crate::{
    Params,
    testing::{import, program, wasm},
};

fn rules() -> Rules {
    Rules::of(&Params::arbitrum_one(), 0)
}

fn refused(text: &str) -> WasmError {
    instrument(&wasm(text), &rules()).unwrap_err()
}

/// A module with the given fields around a plain entry point and memory.
fn with(fields: &str) -> String {
    format!(
        "(module {fields} (memory (export \"memory\") 1 1)
         (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))"
    )
}

fn with_body(body: &str) -> String {
    program(&[], body)
}

#[test]
fn instrument_works_and_counts() {
    let text = format!(
        "(module {} (memory (export \"memory\") 1)
         (global (mut i32) (i32.const 0))
         (data (i32.const 8) \"abc\")
         (func $f (param i64 i64) (result i64) (local.get 0))
         (func (export \"user_entrypoint\") (param i32) (result i32)
            (drop (memory.grow (i32.const 1))) (i32.const 0)))",
        import("pay_for_memory_grow")
    );
    let source = wasm(&text);
    let done = instrument(&source, &rules()).unwrap();
    let shape = done.shape;
    assert_eq!((shape.functions, shape.type_words, shape.globals, shape.pages), (2, 5, 5, 1));
    assert_eq!(shape.wasm_len, source.len() as u64);
    // One flag byte, three of offset expression, one of length and three of data.
    assert_eq!((done.data_bytes, shape.segment_bytes), (8, 8));
    wasmparser::Validator::new_with_features(rules().features()).validate_all(&done.wasm).unwrap();
}

#[test]
fn instrument_works_without_a_global_section() {
    let done = instrument(&wasm(&with("")), &rules()).unwrap();
    let engine = wasmi::Engine::default();
    let module = wasmi::Module::new(&engine, &done.wasm).unwrap();
    let exports: Vec<_> = module.exports().map(|export| export.name().to_owned()).collect();
    for name in ["memory", "user_entrypoint", INK_LEFT, INK_STATUS, STACK_LEFT] {
        assert!(exports.iter().any(|export| export == name), "{name}");
    }
}

#[test]
fn instrument_drops_other_exports() {
    let text = with("(func (export \"helper\")) (global (export \"__heap_base\") i32 (i32.const 7))");
    let done = instrument(&wasm(&text), &rules()).unwrap();
    let module = wasmi::Module::new(&wasmi::Engine::default(), &done.wasm).unwrap();
    assert!(!module.exports().any(|export| ["helper", "__heap_base"].contains(&export.name())));
}

#[test]
fn instrument_reverts_when_start_section() {
    assert_eq!(refused(&with("(func $s) (start $s)")), WasmError::Start);
}

#[test]
fn instrument_reverts_when_float_arithmetic() {
    let error = refused(&with_body("(drop (f32.add (f32.const 1) (f32.const 2))) (i32.const 0)"));
    assert!(matches!(error, WasmError::Operator { .. }), "{error}");
    assert!(error.to_string().contains("no implementation"));
    // Constants and loads may stand in a module; they can only never run.
    instrument(&wasm(&with_body("(drop (f64.const 1)) (i32.const 0)")), &rules()).unwrap();
}

#[test]
fn instrument_reverts_when_simd() {
    let error = refused(&with_body("(drop (v128.const i64x2 1 2)) (i32.const 0)"));
    assert!(error.to_string().contains("SIMD"), "{error}");
}

#[test]
fn instrument_reverts_when_reference_types() {
    let error = refused(&with("(table 1 externref)"));
    assert!(error.to_string().contains("reference types"), "{error}");
}

#[test]
fn instrument_reverts_when_sign_extension_is_not_the_only_extension() {
    instrument(&wasm(&with_body("(i32.extend8_s (local.get $len))")), &rules()).unwrap();
    let tail = with("(func $f (return_call $f))");
    assert!(refused(&tail).to_string().contains("tail call"));
}

#[test]
fn instrument_reverts_when_multi_value_from_60() {
    let text = with("(func (result i32 i32) (i32.const 1) (i32.const 2))");
    assert!(refused(&text).to_string().contains("multi-value"), "{}", refused(&text));
    let old = Rules::of(&Params::for_version(51).unwrap(), 0);
    instrument(&wasm(&text), &old).unwrap();
}

#[test]
fn instrument_reverts_when_memory_is_missing() {
    let body = "(func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0))";
    assert_eq!(refused(&format!("(module {body})")), WasmError::MissingMemory);
    let hidden = format!("(module (memory 1 1) {body})");
    assert_eq!(refused(&hidden), WasmError::MissingMemory);
}

#[test]
fn instrument_reverts_when_entrypoint_is_missing_or_wrong() {
    let none = "(module (memory (export \"memory\") 1 1))";
    assert_eq!(refused(none), WasmError::MissingEntrypoint);
    let wrong = "(module (memory (export \"memory\") 1 1) (func (export \"user_entrypoint\") (param i64) (result i32) (i32.const 0)))";
    assert_eq!(refused(wrong), WasmError::MissingEntrypoint);
}

#[test]
fn instrument_reverts_when_growth_is_not_paid() {
    let text = "(module (memory (export \"memory\") 1)
        (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))";
    let error = refused(text);
    assert_eq!(error, WasmError::MissingMemoryPay);
    assert!(error.to_string().contains("pay_for_memory_grow"));
}

#[test]
fn instrument_reverts_when_imports_are_bad() {
    let unknown = with("(import \"vm_hooks\" \"storage_store_bytes32\" (func (param i32 i32)))");
    assert!(matches!(refused(&unknown), WasmError::UnknownImport { .. }));
    let module = with("(import \"env\" \"read_args\" (func (param i32)))");
    assert!(matches!(refused(&module), WasmError::UnknownImport { .. }));
    let ty = with("(import \"vm_hooks\" \"read_args\" (func (param i64)))");
    assert!(matches!(refused(&ty), WasmError::ImportType { .. }));
    let kind = with("(import \"vm_hooks\" \"read_args\" (global i32))");
    assert!(matches!(refused(&kind), WasmError::ImportKind { .. }));
    let reserved = with("(import \"vm_hooks\" \"stylus_ink_left\" (func))");
    assert!(matches!(refused(&reserved), WasmError::Reserved(_)));
    let console = with("(import \"console\" \"log_i32\" (func (param i32)))");
    assert!(matches!(refused(&console), WasmError::UnknownImport { .. }));
    let debug = Rules::of(&Params::arbitrum_one().with_debug(alloy_primitives::Address::ZERO), 0);
    instrument(&wasm(&console), &debug).unwrap();
}

#[test]
fn instrument_reverts_when_exports_take_reserved_names() {
    assert!(matches!(refused(&with("(func (export \"stylus_x\"))")), WasmError::Reserved(_)));
    assert!(matches!(refused(&with("(func (export \"a__stylus_x\"))")), WasmError::Reserved(_)));
    let text = with(&(import("msg_sender") + "(func (export \"x__msg_sender\"))"));
    assert_eq!(refused(&text), WasmError::ExportConflict("x__msg_sender".to_owned()));
}

#[test]
fn instrument_reverts_when_there_are_too_many() {
    let many = |field: &str, count: usize| with(&field.repeat(count));
    let cases = [
        ("functions", many("(func)", 4_096), 4_097, 4_096),
        ("imports", many(&import("msg_sender").replace("$msg_sender", ""), 514), 514, 513),
        ("data segments", many("(data (i32.const 0) \"\")", 129), 129, 128),
        ("table entries", with("(table 4097 funcref)"), 4_097, 4_096),
        ("locals in a function", with(&format!("(func (local {}))", "i32 ".repeat(349))), 349, 348),
    ];
    for (what, text, found, limit) in cases {
        assert_eq!(refused(&text), WasmError::TooMany { what, found, limit });
    }
    let body = with_body(&("(drop (i32.const 0))".repeat(33_000) + "(i32.const 0)"));
    assert!(matches!(refused(&body), WasmError::TooMany { what: "operators in a function", limit: 65_536, .. }));
}

#[test]
fn instrument_reverts_when_memory_is_too_large() {
    let text = "(module (memory (export \"memory\") 129 129)
        (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))";
    assert_eq!(refused(text), WasmError::Memory { found: 129, limit: 128 });
    let open = Rules::of(&Params::arbitrum_one(), 128);
    let error = instrument(&wasm(&with("")), &open).unwrap_err();
    assert_eq!(error, WasmError::Memory { found: 1, limit: 0 });
}

#[test]
fn instrument_reverts_when_segments_are_out_of_bounds() {
    let data = with("(data (i32.const 65535) \"ab\")");
    assert!(matches!(refused(&data), WasmError::Segment { what: "data", .. }));
    let element = with("(table 1 funcref) (func $f) (elem (i32.const 1) $f)");
    assert!(matches!(refused(&element), WasmError::Segment { what: "element", .. }));
}

#[test]
fn instrument_reverts_when_data_count_section() {
    let mut module = wasm_encoder::Module::new();
    let source = wasm(&with(""));
    // A data count of zero in front of the code section.
    for payload in Parser::new(0).parse_all(&source) {
        let payload = payload.unwrap();
        if matches!(payload, Payload::CodeSectionStart { .. }) {
            module.section(&wasm_encoder::DataCountSection { count: 0 });
        }
        if let Some((id, range)) = payload.as_section() {
            module.section(&wasm_encoder::RawSection { id, data: &source[range.start as usize..range.end as usize] });
        }
    }
    let error = instrument(&module.finish(), &rules()).unwrap_err();
    assert_eq!(error, WasmError::Section("data count"));
}

#[test]
fn instrument_reverts_when_not_wasm() {
    for bytes in [&b""[..], b"\0asm", b"\0asm\x01\0\0\0\xFF", b"hello world"] {
        let error = instrument(bytes, &rules()).unwrap_err();
        assert!(matches!(error, WasmError::Invalid(_) | WasmError::MissingEntrypoint), "{bytes:?}: {error}");
    }
}

proptest::proptest! {
    // Whatever the bytes, the answer is a result.
    #[test]
    fn instrument_never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = instrument(&bytes, &rules());
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend(&bytes);
        let _ = instrument(&module, &rules());
    }

    // One changed byte of a real module: refused or still valid for the engine.
    #[test]
    fn instrument_never_makes_an_invalid_module(at in 8usize..400, value in proptest::num::u8::ANY) {
        let mut module = wasm(&program(&["read_args", "write_result", "storage_load_bytes32"],
            "(call $read_args (i32.const 0)) (block $b (br_if $b (local.get $len)) (call $write_result (i32.const 0) (local.get $len))) (i32.const 0)"));
        let at = at % module.len();
        module[at] = value;
        if let Ok(done) = instrument(&module, &rules()) {
            wasmparser::Validator::new_with_features(rules().features()).validate_all(&done.wasm).unwrap();
        }
    }
}
