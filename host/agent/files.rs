//! Files that are written whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Writes a file whole or not at all: into a draft of a name nobody can foresee beside it, which then takes its name. A file
/// that is there keeps its permissions; of a link the file that it leads to is replaced. A new one is as private as the
/// process makes files.
///
/// # Errors
/// An [`io::Error`]; the file is as it was.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let there = path.try_exists()?;
    let target = if there { fs::canonicalize(path)? } else { path.to_owned() };
    if target.file_name().is_none() || target.is_dir() {
        return Err(io::Error::other("the path names no file"));
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut draft = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        draft.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut draft = draft.tempfile_in(folder)?;
    draft.write_all(text.as_bytes())?;
    if there {
        draft.as_file().set_permissions(fs::metadata(&target)?.permissions())?;
    }
    // What a rename puts in the place of a good file must be on the disk, and so must the rename.
    draft.as_file().sync_all()?;
    draft.persist(&target).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// CLI-36
    #[test]
    fn replace_follows_no_draft_and_keeps_what_a_file_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let read = |name: &str| fs::read_to_string(at(name)).unwrap();
        fs::write(at("victim"), "mine").unwrap();
        // The name that a draft might have, planted as a link.
        symlink(at("victim"), at(".file.new")).unwrap();
        fs::write(at("file"), "old").unwrap();
        fs::set_permissions(at("file"), fs::Permissions::from_mode(0o600)).unwrap();
        symlink(at("file"), at("link")).unwrap();
        replace(&at("link"), "new").unwrap();
        assert_eq!((read("victim"), read("file"), read("link")), ("mine".into(), "new".into(), "new".into()));
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
        assert_eq!(fs::metadata(at("file")).unwrap().permissions().mode() & 0o777, 0o600);
        replace(&at("fresh"), "x").unwrap();
        assert_eq!((read("fresh"), fs::read_dir(folder.path()).unwrap().count()), ("x".into(), 5), "no draft is left");
        assert!(replace(folder.path(), "x").is_err());
        assert!(replace(&at("no/such"), "x").is_err());
    }
}
