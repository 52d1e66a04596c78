//! Where keys are kept between two commands: one file that its owner alone can read.

use std::{
    collections::BTreeMap,
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use etcetera::{BaseStrategy, choose_base_strategy};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use crate::fail::Failure;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Profiles {
    /// The one that is used where none is named.
    pub(crate) current: Option<String>,
    pub(crate) profiles: BTreeMap<String, Profile>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) url: String,
    /// Where streams are, if elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) streams: Option<String>,
    #[serde(serialize_with = "exposed")]
    pub(crate) token: SecretString,
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// The file, in the folder that the system has for settings; `GALLEY_CONFIG_DIR` names another.
pub(crate) fn file() -> Result<PathBuf, Failure> {
    if let Some(folder) = std::env::var_os("GALLEY_CONFIG_DIR").filter(|folder| !folder.is_empty()) {
        return Ok(Path::new(&folder).join("profiles.json"));
    }
    let strategy = choose_base_strategy()
        .map_err(|_| Failure::todo("there is no home folder to keep keys in", "Set HOME or GALLEY_CONFIG_DIR."))?;
    Ok(strategy.config_dir().join("galley").join("profiles.json"))
}

impl Profiles {
    pub(crate) fn read() -> Result<Self, Failure> {
        Self::read_from(&file()?)
    }

    fn read_from(path: &Path) -> Result<Self, Failure> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::here(format!("{} cannot be read: {error}", path.display()))),
        };
        let open_to_others = fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0);
        if open_to_others {
            let todo =
                format!("Others may have read the keys in it. `chmod 600 {}`, and change the keys.", path.display());
            return Err(Failure::todo(format!("{} can be read by others", path.display()), todo));
        }
        serde_json::from_slice(&text).map_err(|error| {
            Failure::todo(format!("{} is damaged: {error}", path.display()), "Remove it, and log in again.")
        })
    }

    pub(crate) fn write(&self) -> Result<(), Failure> {
        self.write_to(&file()?)
    }

    /// By a new file that takes the place of the old one, so that it is never half written or open to others.
    fn write_to(&self, path: &Path) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::here(format!("{} cannot be written: {error}", path.display()));
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).map_err(failed)?;
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        let written = file.write_all(&text).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, path));
        written.map_err(|error| {
            let _ = fs::remove_file(&beside);
            failed(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Profiles {
        let profile = Profile { url: "https://a.example".into(), streams: None, token: "k".into() };
        Profiles { current: Some("a".into()), profiles: [("a".to_owned(), profile)].into() }
    }

    #[test]
    fn nobody_else_reads_the_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/profiles.json");
        one().write_to(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Profiles::read_from(&path).unwrap().current.as_deref(), Some("a"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Profiles::read_from(&path), Err(Failure::Here { .. })), "and it says so");
        one().write_to(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn no_file_is_no_profile_and_a_damaged_one_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profiles.json");
        assert!(Profiles::read_from(&path).unwrap().profiles.is_empty());
        fs::write(&path, "{").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(Profiles::read_from(&path), Err(Failure::Here { .. })));
    }
}
