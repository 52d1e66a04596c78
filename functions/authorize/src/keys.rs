//! Issuers' public keys: read on demand, cached for an hour, and used for longer while an issuer does not answer.
//! Invariant: in each instance one request at a time asks an issuer, and none within 30 s of an answer or a failure.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{
    future::{self, Either},
    lock,
};
use galley_domain::{
    access::key_sets::KeySets,
    kernel::{clock::Clock, error::BoxError},
};
use galley_edge::http::json;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use crate::{issuers::Issuers, jwk, unavailable::Unavailable};

/// Least time between requests to an issuer, so that unknown key ids or failures do not flood it.
const ASKED_AT_MOST: SignedDuration = SignedDuration::from_secs(30);
const KEPT: SignedDuration = SignedDuration::from_mins(60);
/// Keys older than this are not used: the issuer may have withdrawn them since.
const OLDEST: SignedDuration = SignedDuration::from_hours(24);
/// How long a request with usable keys waits for newer ones.
const REFRESHED_WITHIN: Duration = Duration::from_millis(500);
/// From this age on it waits until the issuer's timeout. Otherwise the keys of a slow issuer would never be renewed.
const OVERDUE: SignedDuration = SignedDuration::from_mins(2 * KEPT.as_mins());

/// The key sets of all issuers that have one.
#[derive(Debug)]
pub(crate) struct PublicKeys<K> {
    key_sets: K,
    sets: HashMap<String, Set>,
}

#[derive(Debug, Default)]
struct Set {
    known: Mutex<Known>,
    /// Held by the request that asks the issuer.
    asking: lock::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    read: Option<(Timestamp, Arc<[Value]>)>,
    failed_at: Option<Timestamp>,
}

/// What is known of a key without asking.
enum Look {
    /// All matching keys; empty when the issuer has none.
    Keys(Vec<DecodingKey>),
    /// The keys are usable but due for a refresh.
    Old(Vec<DecodingKey>, Patience),
    /// The last request to the issuer failed, less than `ASKED_AT_MOST` ago.
    Failed,
    Unread,
}

/// How long a request with usable keys waits for newer ones.
#[derive(Clone, Copy)]
enum Patience {
    Short,
    /// Until the request to the issuer times out.
    Long,
}

#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error("the issuer did not answer a moment ago")]
    FailedBefore,
    #[error("the issuer took too long")]
    TooSlow,
    #[error("the key set is no JSON object with keys")]
    Malformed,
}

impl<K: KeySets> PublicKeys<K> {
    pub(crate) fn of(issuers: &Issuers, key_sets: K) -> Self {
        let sets = issuers.key_sets().map(|url| (url.to_owned(), Set::default())).collect();
        Self { key_sets, sets }
    }

    /// The keys with that id that can verify `algorithm`.
    pub(crate) async fn find(
        &self,
        url: &str,
        (kid, algorithm): (&str, Algorithm),
        clock: &impl Clock,
    ) -> Result<Vec<DecodingKey>, Unavailable> {
        let Some(set) = self.sets.get(url) else { return Ok(Vec::new()) };
        let wanted = (kid, algorithm);
        match set.look(wanted, clock.now()) {
            Look::Keys(keys) => Ok(keys),
            Look::Failed => Err(failed_before()),
            Look::Old(keys, patience) => {
                // While one request asks the issuer, the others use the cached keys.
                let Some(_asking) = set.asking.try_lock() else { return Ok(keys) };
                let read = self.read(url, patience, clock).await;
                match set.note(read, clock.now()) {
                    Ok(()) => Ok(set.keys(wanted)),
                    // While an issuer does not answer, tokens signed with cached keys are still accepted.
                    Err(error) => {
                        tracing::warn!(%error, "an issuer's keys are old and could not be read again");
                        Ok(keys)
                    }
                }
            }
            Look::Unread => {
                let _asking = set.asking.lock().await;
                // The request that held the lock before may have got an answer or a failure.
                match set.look(wanted, clock.now()) {
                    Look::Keys(keys) | Look::Old(keys, _) => return Ok(keys),
                    Look::Failed => return Err(failed_before()),
                    Look::Unread => {}
                }
                let read = self.read(url, Patience::Long, clock).await;
                set.note(read, clock.now()).map_err(Unavailable::KeySet)?;
                Ok(set.keys(wanted))
            }
        }
    }

    async fn read(&self, url: &str, patience: Patience, clock: &impl Clock) -> Result<String, BoxError> {
        let asked = self.key_sets.key_set(url);
        match patience {
            Patience::Long => asked.await,
            Patience::Short => match future::select(Box::pin(asked), Box::pin(clock.sleep(REFRESHED_WITHIN))).await {
                Either::Left((read, _)) => read,
                Either::Right(_) => Err(Unread::TooSlow.into()),
            },
        }
    }
}

fn failed_before() -> Unavailable {
    Unavailable::KeySet(Unread::FailedBefore.into())
}

impl Set {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys(&self, (kid, algorithm): (&str, Algorithm)) -> Vec<DecodingKey> {
        let set = self.known().read.as_ref().map(|(_, set)| Arc::clone(set));
        set.iter().flat_map(|set| set.iter()).filter_map(|key| jwk::usable(key, kid, algorithm)).collect()
    }

    fn look(&self, wanted: (&str, Algorithm), now: Timestamp) -> Look {
        let (age, failed) = {
            let known = self.known();
            let since = |at: Timestamp| now.duration_since(at);
            let failed = known.failed_at.is_some_and(|at| since(at) < ASKED_AT_MOST);
            (known.read.as_ref().map(|(at, _)| since(*at)), failed)
        };
        let Some(age) = age.filter(|age| *age < OLDEST) else {
            return if failed { Look::Failed } else { Look::Unread };
        };
        let keys = self.keys(wanted);
        match (keys.is_empty(), failed) {
            (false, false) if age >= OVERDUE => Look::Old(keys, Patience::Long),
            (false, false) if age >= KEPT => Look::Old(keys, Patience::Short),
            (false, _) => Look::Keys(keys),
            (true, _) if age < ASKED_AT_MOST => Look::Keys(keys),
            (true, true) => Look::Failed,
            (true, false) => Look::Unread,
        }
    }

    /// Stores the issuer's answer or the failure.
    fn note(&self, read: Result<String, BoxError>, now: Timestamp) -> Result<(), BoxError> {
        let read = read.and_then(|text| listed(&text).ok_or_else(|| Unread::Malformed.into()));
        let mut known = self.known();
        match read {
            Ok(keys) => {
                *known = Known { read: Some((now, keys)), failed_at: None };
                Ok(())
            }
            Err(error) => {
                known.failed_at = Some(now);
                Err(error)
            }
        }
    }
}

/// The keys of a set, unchecked; each is checked when it is used.
fn listed(text: &str) -> Option<Arc<[Value]>> {
    let mut set = json::unambiguous(text.as_bytes())?;
    match set.get_mut("keys").map(Value::take) {
        Some(Value::Array(keys)) => Some(keys.into()),
        _ => None,
    }
}
