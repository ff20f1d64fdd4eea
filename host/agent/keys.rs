//! Where private keys come from: the environment, a file, a keystore, or a development mnemonic; never a command line.

use std::{env, fs, path::PathBuf, str::FromStr};

use alloy::signers::local::{LocalSigner, MnemonicBuilder, PrivateKeySigner, coins_bip39::English};

/// A reference to a key, as it stands in flags and configuration: it names a place and holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRef {
    /// `env:NAME`: an environment variable holds the hex key.
    Env(String),
    /// `file:PATH`: a file holds the hex key; it must not be readable by others.
    File(PathBuf),
    /// `keystore:PATH`: an encrypted JSON keystore, its password in `ESCAPEMENT_KEYSTORE_PASSWORD` or in the file that
    /// `ESCAPEMENT_KEYSTORE_PASSWORD_FILE` names.
    Keystore(PathBuf),
    /// `dev:N`: account N of the public development mnemonic. Never holds value anywhere.
    Dev(u32),
}

/// Why a key is not available.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The reference has none of the four forms.
    #[error("`{0}` names no key: use env:NAME, file:PATH, keystore:PATH or dev:N (a key itself is never a flag)")]
    BadReference(String),
    /// The environment variable is not set.
    #[error("environment variable {0} is not set")]
    Unset(String),
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Path of the file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file may be read by other users.
    #[error("{path} may be read by other users (mode {mode:o}): chmod 600 it")]
    Exposed {
        /// Path of the file.
        path: PathBuf,
        /// Its mode bits.
        mode: u32,
    },
    /// What stands there is not a key.
    #[error("{0} does not hold a private key of 32 hex bytes")]
    NotAKey(String),
    /// The keystore cannot be opened.
    #[error("cannot open keystore {path}: {reason}")]
    Keystore {
        /// Path of the keystore.
        path: PathBuf,
        /// Why; never contains the password.
        reason: String,
    },
}

/// The mnemonic of development chains: public, so worth nothing.
pub const DEV_MNEMONIC: &str = "test test test test test test test test test test test junk";

impl FromStr for KeyRef {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        // The text is not echoed when it might be a key pasted by mistake, whole or nearly so.
        let pasted = text.split(|c: char| !c.is_ascii_hexdigit()).any(|run| run.len() >= 48);
        let bad = || KeyError::BadReference(if pasted { "(hidden)".into() } else { text.to_owned() });
        if pasted {
            return Err(bad());
        }
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.into())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("keystore", path)) if !path.is_empty() => Ok(Self::Keystore(path.into())),
            Some(("dev", n)) => n.parse().map(Self::Dev).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }
}

impl KeyRef {
    /// Fetches the key.
    ///
    /// # Errors
    /// A [`KeyError`]; none of them repeats key or password.
    pub fn load(&self) -> Result<PrivateKeySigner, KeyError> {
        match self {
            Self::Env(name) => parse(&env::var(name).map_err(|_| KeyError::Unset(name.clone()))?, name),
            Self::File(path) => parse(&read_private(path)?, &path.display().to_string()),
            Self::Keystore(path) => {
                let password = password()?;
                LocalSigner::decrypt_keystore(path, password)
                    .map_err(|e| KeyError::Keystore { path: path.clone(), reason: e.to_string() })
            }
            Self::Dev(index) => dev_key(*index),
        }
    }
}

/// Key number `index` of the public development mnemonic.
///
/// # Errors
/// [`KeyError::NotAKey`] if the derivation fails, which it does for no `u32`.
pub fn dev_key(index: u32) -> Result<PrivateKeySigner, KeyError> {
    let wrong = |_| KeyError::NotAKey(format!("account {index} of the development mnemonic"));
    MnemonicBuilder::<English>::default().phrase(DEV_MNEMONIC).index(index).map_err(wrong)?.build().map_err(wrong)
}

fn parse(text: &str, place: &str) -> Result<PrivateKeySigner, KeyError> {
    text.trim().parse().map_err(|_| KeyError::NotAKey(place.to_owned()))
}

fn password() -> Result<String, KeyError> {
    if let Ok(password) = env::var("ESCAPEMENT_KEYSTORE_PASSWORD") {
        return Ok(password);
    }
    let file = env::var("ESCAPEMENT_KEYSTORE_PASSWORD_FILE")
        .map_err(|_| KeyError::Unset("ESCAPEMENT_KEYSTORE_PASSWORD (or ESCAPEMENT_KEYSTORE_PASSWORD_FILE)".into()))?;
    Ok(read_private(&PathBuf::from(file))?.trim_end_matches(['\r', '\n']).to_owned())
}

fn read_private(path: &PathBuf) -> Result<String, KeyError> {
    let unreadable = |source| KeyError::Unreadable { path: path.clone(), source };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed { path: path.clone(), mode });
        }
    }
    fs::read_to_string(path).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_accepts_places_and_refuses_keys() {
        assert_eq!("env:A".parse::<KeyRef>().unwrap(), KeyRef::Env("A".into()));
        assert_eq!("dev:3".parse::<KeyRef>().unwrap(), KeyRef::Dev(3));
        assert_eq!("keystore:/k.json".parse::<KeyRef>().unwrap(), KeyRef::Keystore("/k.json".into()));
        let key = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
        let message = key.parse::<KeyRef>().unwrap_err().to_string();
        assert!(message.contains("(hidden)") && !message.contains("ac0974"), "{message}");
        for place in ["env:", "file:0x", "keystore:", "file:keys/"] {
            for key in [key, &key[1..]] {
                let message = format!("{place}{key}").parse::<KeyRef>().unwrap_err().to_string();
                assert!(message.contains("(hidden)") && !message.contains("c0974b"), "{message}");
            }
        }
        for bad in ["", "env:", "dev:x", "http:a"] {
            assert!(bad.parse::<KeyRef>().is_err(), "{bad}");
        }
    }

    #[test]
    fn dev_keys_are_those_of_the_usual_mnemonic() {
        assert_eq!(dev_key(0).unwrap().address().to_string(), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        assert_eq!(dev_key(9).unwrap().address().to_string(), "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720");
    }

    #[cfg(unix)]
    #[test]
    fn load_refuses_a_file_that_others_can_read() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let key = KeyRef::File(path.clone());
        assert!(matches!(key.load(), Err(KeyError::Exposed { mode: 0o644, .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(key.load().unwrap().address(), dev_key(0).unwrap().address());
    }
}
