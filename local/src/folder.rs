//! The folder that a stack keeps its state in. It is locked by one stack at a time, only its owner can read it, and each
//! file is replaced atomically. A file that cannot be read stops the start, because it may hold the only keys
//! to other data.

use std::{
    fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};

/// The names that Galley creates there. Other files belong to others, and so may the folder itself.
const OURS: [&str; 10] = [
    "lock",
    "dynamodb.sqlite",
    "dynamodb.sqlite-shm",
    "dynamodb.sqlite-wal",
    "secrets.json",
    "keys.json",
    "dead-letters.json",
    "logs",
    "backups",
    "demo",
];
const OWNERS_FILE: u32 = 0o600;
const OWNERS_FOLDER: u32 = 0o700;
/// How often, and how far apart, a folder that is in use is tried again.
const LOCK_TRIES: u32 = 25;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);
/// A log of this size is renamed at the next start of its function, replacing the previous old log.
const LOG_BYTES: u64 = 16 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{0} is the folder of a stack that runs; GALLEY_DATA names another")]
    InUse(PathBuf),
    #[error("{path} cannot be used")]
    Unusable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path} is damaged ({why}); mend it from a copy, or take it away and lose what was in it")]
    Damaged { path: PathBuf, why: String },
}

/// The locked folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    // Unlocked when it is closed, also by a crash.
    _lock: File,
    // Removed with the stack, where the caller named no folder.
    _scratch: Option<tempfile::TempDir>,
}

impl Folder {
    /// Creates or opens the folder. With `None` it is a temporary one, removed with the stack.
    ///
    /// # Errors
    /// `InUse` while another stack has it.
    pub fn open(path: Option<&Path>) -> Result<Self, FolderError> {
        let (path, scratch) = if let Some(path) = path {
            (path.to_owned(), None)
        } else {
            let scratch = tempfile::tempdir().map_err(unusable(&std::env::temp_dir()))?;
            (scratch.path().to_owned(), Some(scratch))
        };
        make(&path)?;
        let file = path.join("lock");
        let lock = private().create(true).truncate(false).write(true).open(&file).map_err(unusable(&file))?;
        match locked(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FolderError::InUse(path)),
            Err(TryLockError::Error(source)) => return Err(FolderError::Unusable { path: file, source }),
        }
        let folder = Self { path, _lock: lock, _scratch: scratch };
        folder.close_to_others()?;
        Ok(folder)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The value that `write` stored; `None` if there is none.
    pub(crate) fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, FolderError> {
        read(&self.path.join(name))
    }

    /// Stores a value, replacing the previous one.
    pub(crate) fn write(&self, name: &str, value: &impl Serialize) -> Result<(), FolderError> {
        let path = self.path.join(name);
        let bytes = serde_json::to_vec_pretty(value).map_err(|error| unusable(&path)(error.into()))?;
        replace(&path, &bytes)
    }

    /// The path of a file that only its owner can read; creates it if needed.
    pub(crate) fn file(&self, name: &str) -> Result<PathBuf, FolderError> {
        let path = self.path.join(name);
        private().create(true).append(true).open(&path).map_err(unusable(&path))?;
        Ok(path)
    }

    /// A folder in this folder.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, FolderError> {
        let path = self.path.join(name);
        make(&path)?;
        Ok(path)
    }

    /// Removes read access for others, which an earlier release allowed.
    fn close_to_others(&self) -> Result<(), FolderError> {
        let mut foreign = false;
        for entry in entries(&self.path)? {
            let ours = entry.file_name().is_some_and(|name| OURS.iter().any(|known| name == *known));
            foreign |= !ours;
            if ours && entry.is_dir() {
                set_mode(&entry, OWNERS_FOLDER)?;
                entries(&entry)?
                    .iter()
                    .filter(|file| file.is_file())
                    .try_for_each(|file| set_mode(file, OWNERS_FILE))?;
            } else if ours {
                set_mode(&entry, OWNERS_FILE)?;
            }
        }
        // A folder with foreign files, such as a home or a project, keeps its mode.
        if foreign { Ok(()) } else { set_mode(&self.path, OWNERS_FOLDER) }
    }
}

/// Reads a file's value; `None` if there is no file.
///
/// # Errors
/// `Damaged` when it is not what was written.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, FolderError> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| FolderError::Damaged { path: path.to_owned(), why: error.to_string() }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(path)(error)),
    }
}

/// Replaces a file atomically; only its owner can read it.
///
/// # Errors
/// When the file cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = || -> std::io::Result<()> {
        // Made with the mode of its owner's.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        File::open(folder)?.sync_all()
    };
    written().map_err(unusable(path))
}

/// Opens a log for appending; only its owner can read it.
pub(crate) fn log(path: &Path) -> Result<File, FolderError> {
    if std::fs::metadata(path).is_ok_and(|known| known.len() > LOG_BYTES) {
        std::fs::rename(path, path.with_extension("log.1")).map_err(unusable(path))?;
    }
    private().create(true).append(true).open(path).map_err(unusable(path))
}

/// Locks the file. A process that is being started holds all open files of its parent until it calls `exec`,
/// including the lock of a stack that has just stopped; so a lock that is held is retried for half a second.
fn locked(lock: &File) -> Result<(), TryLockError> {
    for _ in 1..LOCK_TRIES {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
            decided => return decided,
        }
    }
    lock.try_lock()
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(OWNERS_FILE);
    options
}

/// Creates a folder that only its owner can enter; an existing one is left unchanged.
///
/// # Errors
/// When the system refuses.
pub fn make(path: &Path) -> Result<(), FolderError> {
    DirBuilder::new().recursive(true).mode(OWNERS_FOLDER).create(path).map_err(unusable(path))
}

fn set_mode(path: &Path, mode: u32) -> Result<(), FolderError> {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).map_err(unusable(path))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let read = || std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
    read().map_err(unusable(folder))
}

fn unusable(path: &Path) -> impl FnOnce(std::io::Error) -> FolderError + '_ {
    |source| FolderError::Unusable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    type Keys = BTreeMap<String, String>;

    #[test]
    fn two_stacks_do_not_share_a_folder() {
        let around = tempfile::tempdir().unwrap();
        let path = around.path().join("data");
        let first = Folder::open(Some(&path)).unwrap();
        assert!(matches!(Folder::open(Some(&path)), Err(FolderError::InUse(_))));
        drop(first);
        Folder::open(Some(&path)).unwrap();
    }

    #[test]
    fn a_damaged_file_is_named_and_left_alone() {
        let folder = Folder::open(None).unwrap();
        folder.write("keys.json", &Keys::from([("admin".into(), "k".into())])).unwrap();
        let path = folder.path().join("keys.json");
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let refused = folder.read::<Keys>("keys.json").unwrap_err();
            assert!(refused.to_string().starts_with(&format!("{} is damaged", path.display())), "{refused}");
            assert_eq!(std::fs::read(&path).unwrap(), &whole[..length]);
        }
        assert_eq!(folder.read::<Keys>("missing.json").unwrap(), None);
        std::fs::create_dir(folder.path().join("folder.json")).unwrap();
        assert!(matches!(folder.read::<Keys>("folder.json"), Err(FolderError::Unusable { .. })));
    }

    #[test]
    fn others_read_nothing_of_it() {
        let around = tempfile::tempdir().unwrap();
        let path = around.path().join("data");
        let folder = Folder::open(Some(&path)).unwrap();
        folder.write("secrets.json", &Keys::new()).unwrap();
        folder.write("secrets.json", &Keys::new()).unwrap();
        let logs = folder.folder("logs").unwrap();
        log(&logs.join("F.log")).unwrap();
        let files = [path.join("secrets.json"), folder.file("dynamodb.sqlite").unwrap(), logs.join("F.log")];
        for file in files {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
        assert_eq!((mode(&path), mode(&logs)), (0o700, 0o700));
        // Nothing is left over of what was replaced.
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 4);
    }

    #[test]
    fn what_an_earlier_release_left_open_is_closed() {
        let around = tempfile::tempdir().unwrap();
        let path = around.path().join("data");
        std::fs::create_dir_all(path.join("logs")).unwrap();
        let files = ["dynamodb.sqlite", "dynamodb.sqlite-wal", "keys.json", "logs/F.log"].map(|name| path.join(name));
        for file in &files {
            std::fs::write(file, "x").unwrap();
            set_mode(file, 0o644).unwrap();
        }
        set_mode(&path, 0o755).unwrap();
        drop(Folder::open(Some(&path)).unwrap());
        assert!(files.iter().all(|file| mode(file) == 0o600));
        assert_eq!((mode(&path), mode(&path.join("logs"))), (0o700, 0o700));
        // A folder with foreign files keeps its mode, and so do those files.
        std::fs::write(path.join("letter.txt"), "x").unwrap();
        set_mode(&path, 0o755).unwrap();
        set_mode(&path.join("letter.txt"), 0o644).unwrap();
        drop(Folder::open(Some(&path)).unwrap());
        assert_eq!((mode(&path), mode(&path.join("letter.txt"))), (0o755, 0o644));
    }

    #[test]
    fn a_log_does_not_grow_for_ever() {
        let around = tempfile::tempdir().unwrap();
        let path = around.path().join("F.log");
        File::create(&path).unwrap().set_len(LOG_BYTES + 1).unwrap();
        assert_eq!(log(&path).unwrap().metadata().unwrap().len(), 0);
        assert!(around.path().join("F.log.1").exists());
    }
}
