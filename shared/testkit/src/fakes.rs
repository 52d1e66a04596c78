//! Fakes of what is not the store.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use galley_domain::{
    content::blockers::Finish,
    generate::{Draft, DraftBrief, GeneratorError, Tokens},
    ledger::{Quote, Spent},
    message::Message,
    money::MicroUsd,
    ports::{Queue, QueueError, SecretError, Secrets, Writer},
    revision::Author,
};
use secrecy::SecretString;
use uuid::Uuid;

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

    async fn send_all(&self, messages: &[Message]) -> Vec<Result<(), QueueError>> {
        let mut sent = Vec::new();
        for message in messages {
            sent.push(self.send(message).await);
        }
        sent
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
    /// Writes once it is let go.
    Waits(&'static str),
    /// Never answers.
    Hangs,
}

/// Follows its script, a step for each call, and keeps what it was told.
#[derive(Clone, Debug, Default)]
pub struct ScriptedWriter {
    script: Arc<Mutex<VecDeque<Script>>>,
    briefs: Arc<Mutex<Vec<DraftBrief>>>,
    asked: Arc<Mutex<Vec<Uuid>>>,
    released: Arc<tokio::sync::Notify>,
}

/// What a scripted call reserves, and what it costs.
pub const RESERVED: MicroUsd = MicroUsd::from_micros(1000);
pub const COST: MicroUsd = MicroUsd::from_micros(300);

impl ScriptedWriter {
    pub fn new(script: impl IntoIterator<Item = Script>) -> Self {
        Self { script: Arc::new(Mutex::new(script.into_iter().collect())), ..Self::default() }
    }

    /// Lets one waiting call end.
    pub fn let_go(&self) {
        self.released.notify_one();
    }

    /// The ids of the calls, in order.
    pub fn asked(&self) -> Vec<Uuid> {
        self.asked.lock().unwrap().clone()
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

    fn quote(&self, _: &DraftBrief) -> Result<Option<Quote>, GeneratorError> {
        Ok(Some(Quote {
            provider: "scripted".to_owned(),
            model: "script".to_owned(),
            prompt_version: "1".to_owned(),
            prompt_sha256: String::new(),
            reserved: RESERVED,
        }))
    }

    async fn draft(&self, brief: &DraftBrief, call: Uuid) -> Result<Draft, GeneratorError> {
        self.briefs.lock().unwrap().push(brief.clone());
        self.asked.lock().unwrap().push(call);
        let step = self.script.lock().unwrap().pop_front().expect("a call that the script does not foresee");
        let draft = |title: &str, finish| Draft {
            title: title.to_owned(),
            markdown: "HTTP caching works by keeping a copy. ".repeat(40),
            finish,
            author: Author::Outline,
            tokens: Tokens { input: 10, output: 20 },
            cost: COST,
            response_sha256: String::new(),
        };
        match step {
            Script::Writes(title) => Ok(draft(title, Finish::Complete)),
            Script::Breaks(finish) => Ok(draft("Broken off", finish)),
            Script::IsDown { retry_after } => {
                Err(GeneratorError::Unavailable { retry_after, spent: Spent::Nothing, source: "down".into() })
            }
            Script::Refuses => Err(GeneratorError::Refused { reason: "no".to_owned(), spent: Spent::Nothing }),
            Script::Waits(title) => {
                self.released.notified().await;
                Ok(draft(title, Finish::Complete))
            }
            Script::Hangs => std::future::pending().await,
        }
    }
}
