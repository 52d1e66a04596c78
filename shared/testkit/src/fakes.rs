//! Fakes of what is not the store.

mod models;
mod target;

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use galley_domain::{
    kernel::{clock::Entropy, error::BoxError, ids::Generation, url::PublicUrl},
    outbox::deliver::{CallbackSender, Undelivered},
    queue::{
        dead_letters::{DeadLetter, DeadLetters},
        message::{Lane, Message, Queue, QueueError, RecordQueue},
    },
    secrets::store::{SecretError, Secrets},
};
use secrecy::SecretString;
use uuid::Uuid;

pub use models::{COST, NoModels, Script, ScriptedModel, ScriptedWeb, WithSpare, good_text, scripted_catalogue};
pub use target::{MemoryTarget, Moment, Post};

/// Randomness that is another each time and the same in each test.
#[derive(Debug, Default)]
pub struct Numbered(AtomicU8);

impl Entropy for Numbered {
    fn secret(&self) -> Result<[u8; 32], BoxError> {
        Ok([self.0.fetch_add(1, Ordering::SeqCst); 32])
    }
}

/// Keeps what was sent; refuses while `broken`. Its own records are those of the lane `Work`.
#[derive(Clone, Debug, Default)]
pub struct MemoryQueue {
    held: Arc<Mutex<Queued>>,
    broken: Arc<std::sync::atomic::AtomicBool>,
}

#[derive(Debug, Default)]
struct Queued {
    sent: Vec<Message>,
    letters: HashMap<Lane, Vec<Letter>>,
    /// Messages that were taken and may come again, by their handle.
    taken: HashMap<String, Message>,
    handles: u64,
}

#[derive(Clone, Debug)]
struct Letter {
    id: Uuid,
    handle: String,
    body: String,
    reason: String,
    hidden: bool,
}

impl MemoryQueue {
    pub fn take(&self) -> Vec<Message> {
        std::mem::take(&mut self.held().sent)
    }

    /// Takes the messages of a lane, with what may have them come again.
    pub fn take_of(&self, lane: Lane) -> Vec<(String, String)> {
        let mut held = self.held();
        let (taken, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut held.sent).into_iter().partition(|message| message.kind.lane() == lane);
        held.sent = left;
        taken
            .into_iter()
            .map(|message| {
                let handle = held.handle();
                let body = serde_json::to_string(&message).unwrap();
                held.taken.insert(handle.clone(), message);
                (body, handle)
            })
            .collect()
    }

    pub fn break_down(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    fn held(&self) -> MutexGuard<'_, Queued> {
        self.held.lock().unwrap()
    }
}

impl Queued {
    fn handle(&mut self) -> String {
        self.handles += 1;
        self.handles.to_string()
    }

    fn letter(&mut self, lane: Lane, letter: &DeadLetter) -> Option<&mut Letter> {
        self.letters.get_mut(&lane)?.iter_mut().find(|held| held.handle == letter.handle)
    }
}

impl Queue for MemoryQueue {
    async fn send(&self, message: &Message) -> Result<(), QueueError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(QueueError("the queue is broken".into()));
        }
        self.held().sent.push(message.clone());
        Ok(())
    }

    /// There is no time in here: what is to wait is there at once.
    async fn send_after(&self, message: &Message, _: Duration) -> Result<(), QueueError> {
        self.send(message).await
    }

    async fn send_all(&self, messages: &[Message]) -> Vec<Result<(), QueueError>> {
        let mut sent = Vec::new();
        for message in messages {
            sent.push(self.send(message).await);
        }
        sent
    }
}

impl RecordQueue for MemoryQueue {
    async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError> {
        let mut held = self.held();
        let (handle, reason) = (held.handle(), reason.to_owned());
        let letter = Letter { id: Uuid::now_v7(), handle, body: body.to_owned(), reason, hidden: false };
        held.letters.entry(Lane::Work).or_default().push(letter);
        Ok(())
    }

    async fn delay(&self, receipt_handle: &str, _: Duration) -> Result<(), QueueError> {
        let mut held = self.held();
        let message = held.taken.remove(receipt_handle);
        held.sent.extend(message);
        Ok(())
    }
}

impl DeadLetters for MemoryQueue {
    async fn receive(&self, lane: Lane) -> Result<Vec<DeadLetter>, QueueError> {
        let mut held = self.held();
        let letters = held.letters.entry(lane).or_default().iter_mut();
        Ok(letters
            .filter(|letter| !letter.hidden)
            .map(|letter| {
                letter.hidden = true;
                DeadLetter {
                    id: letter.id,
                    body: letter.body.clone(),
                    reason: Some(letter.reason.clone()),
                    sent_at: None,
                    handle: letter.handle.clone(),
                }
            })
            .collect())
    }

    async fn remove(&self, lane: Lane, letter: &DeadLetter) -> Result<(), QueueError> {
        self.held().letters.entry(lane).or_default().retain(|held| held.handle != letter.handle);
        Ok(())
    }

    async fn leave(&self, lane: Lane, letter: &DeadLetter) -> Result<(), QueueError> {
        if let Some(held) = self.held().letter(lane, letter) {
            held.hidden = false;
        }
        Ok(())
    }
}

/// Carries nothing, answers what it is told to, and keeps what it was given.
#[derive(Clone, Debug, Default)]
pub struct ScriptedCallbackSender {
    answers: Arc<Mutex<VecDeque<Result<u16, Undelivered>>>>,
    posted: Arc<Mutex<Vec<Posted>>>,
}

/// One request, as it would have gone out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl ScriptedCallbackSender {
    pub fn new(answers: impl IntoIterator<Item = Result<u16, Undelivered>>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Self::default() }
    }

    pub fn posted(&self) -> Vec<Posted> {
        self.posted.lock().unwrap().clone()
    }
}

impl CallbackSender for ScriptedCallbackSender {
    async fn post(&self, url: &PublicUrl, headers: &[(&'static str, String)], body: &str) -> Result<u16, Undelivered> {
        let posted = Posted { url: url.as_str().to_owned(), headers: headers.to_vec(), body: body.to_owned() };
        self.posted.lock().unwrap().push(posted);
        self.answers.lock().unwrap().pop_front().expect("a request that the script does not foresee")
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

    async fn of_generation(&self, _: &str, _: &Generation) -> Result<Vec<SecretString>, SecretError> {
        secrets(&self.fresh)
    }
}
