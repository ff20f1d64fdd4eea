//! Writes the inputs that fuzzing begins with, a folder for each target, and the dictionary: `fuzz_seeds FOLDER`.

use std::{env, fs, path::PathBuf};

use anyhow::Context as _;
use escapement_e2e::fuzz::seeds;

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).context("name the folder to write to")?);
    for (target, name, input) in seeds::all() {
        fs::create_dir_all(folder.join(target))?;
        fs::write(folder.join(target).join(name), input)?;
    }
    fs::write(folder.join("selectors.dict"), seeds::dictionary())?;
    Ok(())
}
