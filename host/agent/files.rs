//! Files that are written whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Writes a file whole or not at all: into a draft beside it, which then takes its name.
///
/// # Errors
/// An [`io::Error`]; the file is as it was.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("the path names no file"))?;
    let draft = path.with_file_name(format!(".{}.new", name.to_string_lossy()));
    let mut file = File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    // What a rename puts in the place of a good file must be on the disk.
    file.sync_all()?;
    fs::rename(draft, path)
}
