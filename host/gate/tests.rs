//! Each rule against a module that breaks it and nothing else.

use super::rules::{Fault, faults};
use super::snapshot::{Figures, Snapshot};

/// A sound module with `extra` fields, `before` those that must come first.
fn module(before: &str, memory: &str, extra: &str) -> Vec<u8> {
    let text = format!(
        r#"(module {before} (import "vm_hooks" "read_args" (func (param i32))) {memory}
            (func (export "user_entrypoint") (param i32) (result i32) i32.const 0) {extra})"#
    );
    wat::parse_str(text).unwrap()
}

const MEMORY: &str = r#"(memory (export "memory") 2)"#;

#[test]
fn faults_works_on_a_sound_module() {
    let extra = "(func (param i32) (memory.copy (local.get 0) (i32.const 1) (i32.const 2)))";
    assert_eq!(faults(&module("", MEMORY, extra)), []);
}

#[test]
fn faults_reverts_when_import_is_foreign() {
    let import = r#"(import "console" "log_i32" (func (param i32)))"#;
    let expected = Fault::Import { module: "console".into(), name: "log_i32".into() };
    assert_eq!(faults(&module(import, MEMORY, "")), [expected]);
}

#[test]
fn faults_reverts_when_memory_is_imported() {
    let import = r#"(import "vm_hooks" "memory" (memory 1))"#;
    let found = faults(&module(import, "", ""));
    assert!(found.contains(&Fault::Import { module: "vm_hooks".into(), name: "memory".into() }));
    assert!(found.contains(&Fault::Memories(0)));
}

#[test]
fn faults_reverts_when_start_section_exists() {
    assert_eq!(faults(&module("", MEMORY, "(func) (start 2)")), [Fault::Section("start")]);
}

#[test]
fn faults_reverts_when_data_is_counted() {
    // memory.init needs the count of segments, and with it the section that activation refuses.
    let extra = r#"(data "x") (func (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1)))"#;
    assert_eq!(faults(&module("", MEMORY, extra)), [Fault::Section("data count")]);
}

#[test]
fn faults_reverts_when_memory_is_large() {
    let memory = r#"(memory (export "memory") 3)"#;
    assert_eq!(faults(&module("", memory, "")), [Fault::Pages { found: 3 }]);
}

#[test]
fn faults_reverts_when_exports_are_missing() {
    let found = faults(&wat::parse_str("(module (memory 1))").unwrap());
    assert_eq!(found, [Fault::Export("user_entrypoint"), Fault::Export("memory")]);
}

#[test]
fn faults_reverts_when_custom_section_remains() {
    let mut wasm = module("", MEMORY, "");
    wasm.extend([0, 5, 4, b'n', b'a', b'm', b'e']);
    assert_eq!(faults(&wasm), [Fault::Custom("name".into())]);
    let mut wasm = module("", MEMORY, "");
    wasm.extend([0, 13, 12]);
    wasm.extend(b"project_hash");
    assert_eq!(faults(&wasm), []);
}

#[test]
fn faults_reverts_when_source_path_remains() {
    let extra = r#"(data (i32.const 0) "core-1.0/src/lib.rs")"#;
    assert_eq!(faults(&module("", MEMORY, extra)), [Fault::SourcePath]);
}

#[test]
fn faults_reverts_when_features_are_foreign() {
    let cases = [
        ("floats", "(func (drop (f32.const 1)))"),
        ("float types", "(func (param f64))"),
        ("SIMD", "(func (drop (v128.const i64x2 1 2)))"),
        ("reference types", "(func (drop (ref.null func)))"),
        ("several results", "(func (result i32 i32) i32.const 0 i32.const 0)"),
        ("tail calls", "(func return_call 2)"),
    ];
    for (what, extra) in cases {
        let found = faults(&module("", MEMORY, extra));
        assert!(matches!(found.as_slice(), [Fault::Invalid(_)]), "{what}: {found:?}");
    }
}

#[test]
fn faults_reverts_when_bytes_are_no_wasm() {
    assert!(matches!(faults(b"\0asm")[0], Fault::Invalid(_)));
}

fn figures() -> Figures {
    Figures {
        wasm_bytes: 10,
        compressed_bytes: 5,
        pages: 1,
        cached_init_gas: 100,
        uncached_init_gas: 200,
        code_hash: "0x01".into(),
    }
}

fn snapshot(figures: Figures) -> Snapshot {
    Snapshot { toolchain: "t".into(), contracts: [("token".to_owned(), figures)].into() }
}

#[test]
fn differences_works_on_each_figure() {
    let committed = snapshot(figures());
    assert!(committed.differences(&snapshot(figures())).is_empty());
    let changes: [fn(&mut Figures); 6] = [
        |f| f.wasm_bytes += 1,
        |f| f.compressed_bytes += 1,
        |f| f.pages += 1,
        |f| f.cached_init_gas += 1,
        |f| f.uncached_init_gas += 1,
        |f| f.code_hash.push('0'),
    ];
    for change in changes {
        let mut other = figures();
        change(&mut other);
        assert_eq!(committed.differences(&snapshot(other)).len(), 1);
    }
}

#[test]
fn differences_works_on_missing_and_new_contracts() {
    let none = Snapshot::default();
    assert_eq!(none.differences(&snapshot(figures())), ["token: not in the snapshot"]);
    assert_eq!(snapshot(figures()).differences(&none), ["token: in the snapshot, but not built"]);
}

#[test]
fn snapshot_works_through_its_file() {
    let file = std::env::temp_dir().join(format!("escapement-gate-{}.json", std::process::id()));
    snapshot(figures()).write(&file).unwrap();
    let back = Snapshot::read(&file);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(back.unwrap(), snapshot(figures()));
}
