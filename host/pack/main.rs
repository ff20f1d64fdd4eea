//! Compresses a module as `cargo stylus` does: brotli at quality 11 by the C encoder of `brotli2` 0.3.2.
//!
//! Every brotli encoder makes a stream that a chain accepts, but each its own stream. The code hash of a program is the
//! hash of that stream, so only the same encoder gives the hash that `cargo stylus deploy` would put on chain.
//!
//! `stylus-pack FILE.wasm OUT.br`

use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;

/// What cargo-stylus compresses with; the window stays at the encoder's default of 22 bits.
const QUALITY: u32 = 11;

fn compress(wasm: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    brotli2::read::BrotliEncoder::new(wasm, QUALITY).read_to_end(&mut compressed)?;
    Ok(compressed)
}

fn run(input: &PathBuf, output: &PathBuf) -> io::Result<()> {
    fs::write(output, compress(&fs::read(input)?)?)
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(input), Some(output), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        eprintln!("usage: stylus-pack FILE.wasm OUT.br");
        return ExitCode::FAILURE;
    };
    match run(&input, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}: {error}", input.display());
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::compress;

    /// What the encoder of cargo-stylus 0.10.10 makes of this text. The encoder of a current brotli library makes another.
    #[test]
    fn compress_works_like_cargo_stylus() {
        let packed = compress(&b"escapement ".repeat(40)).unwrap();
        let expected = [
            0x1b, 0xb7, 0x01, 0x00, 0x8c, 0x54, 0xb5, 0xbf, 0x6a, 0x73, 0x4b, 0x90, 0x32, 0xba, 0x22, 0x84, 0xb5, 0x0a,
            0x36, 0x85, 0x67, 0x3a,
        ];
        assert_eq!(packed, expected);
    }
}
