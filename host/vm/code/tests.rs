//! Prefixes, compression and its limits.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use super::*;

#[test]
fn compress_works_there_and_back() {
    let data: Vec<u8> = (0..50_000u32).map(|i| ((i * i) >> 7) as u8).collect();
    let stream = compress(&data);
    assert_eq!(decompress(0, &stream, 50_000).unwrap(), data);
}

#[test]
fn decompress_reverts_when_truncated() {
    let stream = compress(&[7; 10_000]);
    let cut = &stream[..stream.len() - 1];
    assert!(matches!(decompress(0, cut, 131_072), Err(CodeError::Brotli(_))));
    assert!(matches!(decompress(0, &[], 131_072), Err(CodeError::Brotli(_))));
}

#[test]
fn decompress_reverts_when_bomb() {
    let bomb = compress(&vec![0; 200 << 20]);
    assert!(bomb.len() < 4_096, "{}", bomb.len());
    assert_eq!(decompress(0, &bomb, 131_072), Err(CodeError::TooLarge(131_072)));
    let full = compress(&vec![0; 131_072]);
    assert_eq!(decompress(0, &full, 131_072).unwrap().len(), 131_072);
}

#[test]
fn decompress_reverts_when_dictionary_is_unknown() {
    assert_eq!(decompress(1, &[], 10), Err(CodeError::Dictionary(1)));
}

#[test]
fn classify_works() {
    let root = root_code(9, &[Address::repeat_byte(1), Address::repeat_byte(2)]);
    let expected = CodeKind::Root {
        dictionary: 0,
        decompressed: 9,
        fragments: vec![Address::repeat_byte(1), Address::repeat_byte(2)],
    };
    assert_eq!(classify(&root, true).unwrap(), expected);
    assert_eq!(classify(&root, false).unwrap(), CodeKind::Evm);
    assert_eq!(classify(&root[..root.len() - 1], true), Err(CodeError::Root(43)));
    assert_eq!(classify(&fragment_code(b"ab"), true).unwrap(), CodeKind::Fragment(b"ab"));
    assert_eq!(classify(&[0xEF, 0xF0, 0x00], true).unwrap(), CodeKind::Evm);
    assert!(is_callable(&program_code(b""), false));
    assert!(!is_callable(&fragment_code(b"ab"), true) && is_deployable(&fragment_code(b"ab"), true));
    assert!(!is_deployable(&[0xEF, 0xF0, 0x03, 0x00], true));
}
