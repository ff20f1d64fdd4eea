//! Where the repository's own files are.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// The nearest folder upwards that holds the deployments' policies: the repository.
pub fn repository() -> Result<PathBuf> {
    let here = env::current_dir()?;
    here.ancestors()
        .find(|folder| folder.join("deployments/policies").is_dir())
        .map(Path::to_owned)
        .context("this is not inside the repository (no deployments/policies above): give the folders as options")
}

/// The folder of the built contracts.
pub fn contracts(given: Option<PathBuf>) -> Result<PathBuf> {
    match given {
        Some(folder) => Ok(folder),
        None => Ok(repository()?.join("target/contracts")),
    }
}
