//! Fakes of what is not the store.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use galley_domain::{
    content::blockers::Finish,
    generate::{Draft, DraftBrief, GeneratorError, Tokens},
    message::Message,
    ports::{Queue, QueueError, SecretError, Secrets, Writer},
    revision::Author,
};
use secrecy::SecretString;

/// Keeps what was sent; refuses while `broken`.
#[derive(Clone, Debug, Default)]
pub struct MemoryQueue {
    sent: Arc<Mutex<Vec<Message>>>,
    broken: Arc<std::sync::atomic::AtomicBool>,
}

impl MemoryQueue {
    pub fn take(&self) -> Vec<Message> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }

    pub fn break_down(&self) {
        self.broken.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Queue for MemoryQueue {
    async fn send(&self, message: &Message) -> Result<(), QueueError> {
        if self.broken.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(QueueError("the queue is broken".into()));
        }
        self.sent.lock().unwrap().push(message.clone());
        Ok(())
    }
}

/// The cached and the present versions of one secret.
#[derive(Clone, Debug)]
pub struct MemorySecrets {
    pub cached: Vec<&'static str>,
    pub fresh: Vec<&'static str>,
}

fn secrets(texts: &[&'static str]) -> Result<Vec<SecretString>, SecretError> {
    if texts.is_empty() {
        Err(SecretError::Missing)
    } else {
        Ok(texts.iter().map(|text| SecretString::from(*text)).collect())
    }
}

impl Secrets for MemorySecrets {
    async fn active(&self, _: &str) -> Result<Vec<SecretString>, SecretError> {
        secrets(&self.cached)
    }

    async fn refreshed(&self, _: &str) -> Result<Vec<SecretString>, SecretError> {
        secrets(&self.fresh)
    }
}

/// What a scripted writer does when it is asked.
#[derive(Debug)]
pub enum Script {
    Writes(&'static str),
    Breaks(Finish),
    IsDown {
        retry_after: Option<Duration>,
    },
    Refuses,
    /// Never answers.
    Hangs,
}

/// Follows its script, a step for each call, and keeps what it was told.
#[derive(Clone, Debug, Default)]
pub struct ScriptedWriter {
    script: Arc<Mutex<VecDeque<Script>>>,
    briefs: Arc<Mutex<Vec<DraftBrief>>>,
}

impl ScriptedWriter {
    pub fn new(script: impl IntoIterator<Item = Script>) -> Self {
        Self { script: Arc::new(Mutex::new(script.into_iter().collect())), briefs: Arc::default() }
    }

    pub fn briefs(&self) -> Vec<DraftBrief> {
        self.briefs.lock().unwrap().clone()
    }
}

impl Writer for ScriptedWriter {
    fn identity(&self) -> String {
        "scripted/1".to_owned()
    }

    fn time_limit(&self) -> Duration {
        Duration::from_mins(5)
    }

    async fn draft(&self, brief: &DraftBrief) -> Result<Draft, GeneratorError> {
        self.briefs.lock().unwrap().push(brief.clone());
        let step = self.script.lock().unwrap().pop_front().expect("a call that the script does not foresee");
        let draft = |title: &str, finish| Draft {
            title: title.to_owned(),
            markdown: "HTTP caching works by keeping a copy. ".repeat(40),
            finish,
            author: Author::Outline,
            tokens: Tokens::default(),
        };
        match step {
            Script::Writes(title) => Ok(draft(title, Finish::Complete)),
            Script::Breaks(finish) => Ok(draft("Broken off", finish)),
            Script::IsDown { retry_after } => Err(GeneratorError::Unavailable { retry_after, source: "down".into() }),
            Script::Refuses => Err(GeneratorError::Refused("no".to_owned())),
            Script::Hangs => std::future::pending().await,
        }
    }
}
