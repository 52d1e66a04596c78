//! Where keys are kept between two commands: one file that its owner alone can read.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use etcetera::{BaseStrategy, choose_base_strategy};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use crate::fail::Failure;

/// How long one command waits for another that changes the profiles; a renewal waits for an answer of the API.
const LOCKED_FOR: Duration = Duration::from_mins(1);
const LOOKED_AT: Duration = Duration::from_millis(50);

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
    /// An API key, or the token of a session.
    #[serde(serialize_with = "exposed")]
    pub(crate) token: SecretString,
    /// What somebody who signed in with a browser goes on by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) renewal: Option<Renewal>,
    /// Who it was at the login, for `galley profiles`; one that was kept before this was told has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) who: Option<Who>,
}

/// Whose a key is. No secret: whoever has the key is told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Who {
    pub(crate) subject: String,
    pub(crate) role: String,
    pub(crate) tenant: String,
}

/// How the token of a session is followed by the next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Renewal {
    /// Works once: a second use ends the session.
    #[serde(serialize_with = "exposed")]
    pub(crate) refresh_token: SecretString,
    pub(crate) expires_at: Timestamp,
}

impl Profile {
    /// Whether its token is one of a session that needs another within `spell`.
    pub(crate) fn is_due_within(&self, spell: SignedDuration, now: Timestamp) -> bool {
        self.renewal.as_ref().is_some_and(|renewal| renewal.expires_at < now + spell)
    }
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

    /// By a new file that takes the place of the old one, so that it is never half written or open to others.
    fn write_to(&self, path: &Path) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::here(format!("{} cannot be written: {error}", path.display()));
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

/// The profiles, while no other command changes them.
#[derive(Debug)]
pub(crate) struct Locked {
    pub(crate) all: Profiles,
    path: PathBuf,
    /// Is unlocked when it is closed, also by the end of a process that dies.
    _lock: fs::File,
}

impl Locked {
    pub(crate) async fn open() -> Result<Self, Failure> {
        Self::of(file()?, LOCKED_FOR).await
    }

    async fn of(path: PathBuf, most: Duration) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::here(format!("{} cannot be locked: {error}", path.display()));
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
        let mut options = fs::OpenOptions::new();
        let lock = options.write(true).create(true).truncate(false).mode(0o600).open(path.with_extension("lock"));
        let (lock, began) = (lock.map_err(failed)?, Instant::now());
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(fs::TryLockError::WouldBlock) if began.elapsed() < most => tokio::time::sleep(LOOKED_AT).await,
                Err(error) => return Err(failed(error.into())),
            }
        }
        Ok(Self { all: Profiles::read_from(&path)?, path, _lock: lock })
    }

    pub(crate) fn write(self) -> Result<(), Failure> {
        self.all.write_to(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Profiles {
        let profile =
            Profile { url: "https://a.example".into(), streams: None, token: "k".into(), renewal: None, who: None };
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

    #[tokio::test]
    async fn two_commands_do_not_change_the_profiles_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profiles.json");
        let mut first = Locked::of(path.clone(), Duration::ZERO).await.unwrap();
        let second = Locked::of(path.clone(), Duration::ZERO).await;
        assert!(matches!(second, Err(Failure::Here { .. })), "not while the first has it");
        let waiting = tokio::spawn(Locked::of(path.clone(), LOCKED_FOR));
        tokio::task::yield_now().await;
        first.all = one();
        first.write().unwrap();
        let waited = waiting.await.unwrap().unwrap();
        assert_eq!(waited.all.current.as_deref(), Some("a"), "it reads what the first has written");
    }

    #[test]
    fn a_session_is_due_before_its_token_ends_and_a_key_never() {
        let now = Timestamp::UNIX_EPOCH;
        let mut profile = one().profiles.remove("a").unwrap();
        assert!(!profile.is_due_within(SignedDuration::from_hours(9000), now));
        let expires_at = now + SignedDuration::from_mins(15);
        profile.renewal = Some(Renewal { refresh_token: "r".into(), expires_at });
        assert!(!profile.is_due_within(SignedDuration::from_mins(15), now));
        assert!(profile.is_due_within(SignedDuration::from_mins(15), now + SignedDuration::from_secs(1)));
        let written = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&written).unwrap().renewal.unwrap().expires_at, expires_at);
    }

    #[test]
    fn a_profile_of_an_older_login_is_read_and_says_nobody() {
        let older = r#"{"current":"a","profiles":{"a":{"url":"https://a.example","token":"k"}}}"#;
        assert_eq!(serde_json::from_str::<Profiles>(older).unwrap().profiles["a"].who, None);
        assert!(!serde_json::to_string(&one()).unwrap().contains("who"));
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
