//! Signing in with somebody else's word for who a person is: OAuth 2's authorization code with PKCE, a state that works
//! once and in one browser, and then a short session with a refresh token that works once too.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    access::{
        people::{Person, PersonStore},
        role::Principal,
    },
    kernel::{
        clock::{Clock, Entropy},
        error::{BoxError, StoreError},
        ids::{SessionId, Subject, TenantId},
    },
    secrets::key::Hs256Key,
};
use std::future::Future;

/// Who issues the sessions' tokens, and for whom.
pub const ISSUER: &str = "galley";
/// How long a session's token works.
pub const TOKEN_LASTS: SignedDuration = SignedDuration::from_mins(15);
/// How long a person may take at the provider's.
pub const SIGN_IN_LASTS: SignedDuration = SignedDuration::from_mins(10);
/// How long a session may be refreshed.
const SESSION_LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a browser that has lost an answer may ask for it again.
const REPEATED_WITHIN_S: i64 = 10;
/// Of two tabs that renew at the same moment, the one that comes second may have looked at its clock first, or at one that is behind.
const CLOCKS_DIFFER_S: i64 = 5;

/// Between a refresh token's random part and its seal; in neither alphabet.
const SEALED: char = '~';
const TAG_BYTES: usize = 16;
/// What the seals' own keys are derived by.
const SEALS: &[u8] = b"galley refresh tokens";
/// What a successor is derived by, so that it is no seal.
const SUCCESSOR: &[u8] = b"galley successor";

/// A sign-in that has begun. Found by the hash of its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Where the person wants to be let in. Somebody may be known in several tenants.
    pub tenant: TenantId,
    /// PKCE's: proves to the provider that who began is who ends.
    pub verifier: String,
    /// The hash of what the browser holds, or the terminal that opened it.
    pub browser: String,
    pub expires_at: Timestamp,
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: SessionId,
    pub tenant: TenantId,
    pub subject: Subject,
    /// The hash of the one refresh token that works.
    pub refresh: String,
    pub ended: bool,
    pub expires_at: Timestamp,
}

impl Session {
    pub fn lasts(&self, now: Timestamp) -> bool {
        !self.ended && now < self.expires_at
    }
}

/// What a browser needs to begin.
#[derive(Debug)]
pub struct Beginning {
    /// Tells this sign-in from others that the browser has begun.
    pub id: String,
    /// Where the person says yes.
    pub url: String,
    /// What the browser keeps, and shows when it comes back.
    pub browser: SecretString,
}

/// RFC 7636's S256: the hash of a verifier that whoever begins keeps to themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    /// 43 characters of base64url. `None` for anything else.
    pub fn new(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == Sha256::output_size())?;
        Some(Self(hex::encode(bytes)))
    }
}

/// Somebody's session, as it is handed out.
#[derive(Debug)]
pub struct SignedIn {
    pub principal: Principal,
    pub session: SessionId,
    pub refresh_token: SecretString,
    /// Of the token that is made for it.
    pub token_id: String,
    pub expires_at: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    #[error("the sign-in is unknown, was ended, or took too long")]
    Unknown,
    #[error("the sign-in was begun in another browser")]
    OtherBrowser,
    #[error("the provider does not know the code")]
    CodeRefused,
    #[error("nobody has let this person in")]
    NotLetIn(Subject),
    #[error("the refresh token does not work, or its session is over")]
    SessionOver,
    #[error("the provider did not answer as it should")]
    Provider(#[source] BoxError),
    #[error("the system gave no randomness")]
    Entropy(#[source] BoxError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What refresh tokens are sealed with, by which one that worked before is told from one that somebody made up.
#[derive(Debug)]
pub struct Seals(Vec<Mac256>);

type Mac256 = Hmac<Sha256>;

impl Seals {
    /// Of the keys that sessions' tokens are signed with, the newest first; not the keys themselves, which sign other things.
    pub fn of(keys: &[Hs256Key]) -> Self {
        let derived = keys.iter().filter_map(|key| {
            let mut seal = Mac256::new_from_slice(key.bytes()).ok()?;
            seal.update(SEALS);
            Mac256::new_from_slice(&seal.finalize().into_bytes()).ok()
        });
        Self(derived.collect())
    }

    fn tag(seal: &Mac256, session: &SessionId, random: &str) -> Mac256 {
        let mut mac = seal.clone();
        mac.update(session.as_str().as_bytes());
        mac.update(random.as_bytes());
        mac
    }

    fn seal(&self, session: &SessionId, random: &str) -> String {
        let Some(seal) = self.0.first() else { return random.to_owned() };
        let tag = Self::tag(seal, session, random).finalize().into_bytes();
        format!("{random}{SEALED}{}", URL_SAFE_NO_PAD.encode(tag.get(..TAG_BYTES).unwrap_or(&tag)))
    }

    /// The secret that replaces `secret` when it is shown at `at`: whoever knows the keys can make it again, nobody else.
    fn successor(&self, session: &SessionId, secret: &str, at: Timestamp) -> Option<String> {
        let mut mac = self.0.first()?.clone();
        mac.update(SUCCESSOR);
        mac.update(session.as_str().as_bytes());
        mac.update(secret.as_bytes());
        mac.update(&at.as_second().to_be_bytes());
        Some(self.seal(session, &URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
    }

    /// Whether `secret` was once handed out in this session.
    fn is_ours(&self, session: &SessionId, secret: &str) -> bool {
        let Some((random, tag)) = secret.split_once(SEALED) else { return false };
        let tag = URL_SAFE_NO_PAD.decode(tag).ok().filter(|tag| tag.len() == TAG_BYTES);
        tag.is_some_and(|tag| {
            self.0.iter().any(|seal| Self::tag(seal, session, random).verify_truncated_left(&tag).is_ok())
        })
    }
}

/// What signing in needs.
#[derive(Debug)]
pub struct SignIn<S, P, E, C> {
    pub store: S,
    pub provider: P,
    pub entropy: E,
    pub clock: C,
}

impl<S: SessionStore + PersonStore, P: IdentityProvider, E: Entropy, C: Clock> SignIn<S, P, E, C> {
    /// # Errors
    /// When there is no randomness, or the store does not answer.
    pub async fn begin(&self, tenant: TenantId) -> Result<Beginning, SignInError> {
        let browser = self.random()?;
        let (id, url) = self.begun(tenant, hash(&browser)).await?;
        Ok(Beginning { id, url, browser: browser.into() })
    }

    /// As `begin`, for a terminal that has a browser opened: only who knows the verifier of its challenge ends the sign-in. Gives
    /// the sign-in's id and where the person says yes.
    ///
    /// # Errors
    /// As `begin`.
    pub async fn begin_for(&self, tenant: TenantId, challenge: &Challenge) -> Result<(String, String), SignInError> {
        self.begun(tenant, challenge.0.clone()).await
    }

    async fn begun(&self, tenant: TenantId, browser: String) -> Result<(String, String), SignInError> {
        let (state, verifier) = (self.random()?, self.random()?);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let begun = Begun { tenant, verifier, browser, expires_at: self.clock.now() + SIGN_IN_LASTS };
        self.store.keep_begun(&hash(&state), &begun).await?;
        Ok((begun_id(&state), self.provider.authorize_url(&state, &challenge)))
    }

    /// Ends a sign-in with what the provider sent along. The state works once, whatever comes of it.
    ///
    /// # Errors
    /// See `SignInError`; nobody is signed in.
    pub async fn end(&self, state: &str, code: &str, browser: &str, seals: &Seals) -> Result<SignedIn, SignInError> {
        let now = self.clock.now();
        let begun = self.store.take_begun(&hash(state)).await?.filter(|begun| now < begun.expires_at);
        let begun = begun.ok_or(SignInError::Unknown)?;
        // Both are hashes: how long the comparison takes tells nothing of what is compared.
        if hash(browser) != begun.browser {
            return Err(SignInError::OtherBrowser);
        }
        let known = self.provider.identify(code, &begun.verifier).await.map_err(SignInError::Provider)?;
        let subject = known.ok_or(SignInError::CodeRefused)?;
        let person = self.let_in(&begun.tenant, subject).await?;
        let id = SessionId::new(hash(&self.random()?)).map_err(|error| SignInError::Entropy(error.into()))?;
        let secret = seals.seal(&id, &self.random()?);
        let session = Session {
            id,
            tenant: person.tenant.clone(),
            subject: person.subject.clone(),
            refresh: hash(&secret),
            ended: false,
            expires_at: now + SESSION_LASTS,
        };
        self.store.start_session(&session).await?;
        Ok(signed_in(person, &session.id, &secret, now))
    }

    /// A new token for the refresh token, which then works no more. One that has worked before ends the session: either
    /// it or its successor is in the wrong hands. One that never was ends nothing, for anybody can make it up: a session's
    /// id stands in every access token.
    ///
    /// # Errors
    /// `SessionOver`, `NotLetIn`, or what stops the store.
    pub async fn refresh(&self, token: &SecretString, seals: &Seals) -> Result<SignedIn, SignInError> {
        let (id, secret) = token.expose_secret().split_once('.').ok_or(SignInError::SessionOver)?;
        let id = SessionId::new(id).map_err(|_| SignInError::SessionOver)?;
        let (now, next) = (self.clock.now(), seals.seal(&id, &self.random()?));
        let Some(session) = self.store.refresh_session(&id, &hash(secret), &hash(&next), now).await? else {
            if seals.is_ours(&id, secret) {
                self.store.end_session(&id).await?;
            }
            return Err(SignInError::SessionOver);
        };
        let person = self.let_in(&session.tenant, session.subject).await?;
        Ok(signed_in(person, &id, &next, now))
    }

    /// As `refresh`, for a browser, which may lose an answer: whoever shows the same token again within ten seconds gets the
    /// same successor. Later it ends the session.
    ///
    /// # Errors
    /// As `refresh`.
    pub async fn renew(&self, token: &SecretString, seals: &Seals) -> Result<SignedIn, SignInError> {
        let (id, secret) = token.expose_secret().split_once('.').ok_or(SignInError::SessionOver)?;
        let id = SessionId::new(id).map_err(|_| SignInError::SessionOver)?;
        let now = self.clock.now();
        let next = seals.successor(&id, secret, now).ok_or(SignInError::SessionOver)?;
        let (session, next) = match self.store.refresh_session(&id, &hash(secret), &hash(&next), now).await? {
            Some(session) => (session, next),
            None => self.repeated(&id, secret, seals, now).await?,
        };
        let person = self.let_in(&session.tenant, session.subject).await?;
        Ok(signed_in(person, &id, &next, now))
    }

    /// The session and the successor that the token has had already, if that was just now.
    async fn repeated(
        &self,
        id: &SessionId,
        secret: &str,
        seals: &Seals,
        now: Timestamp,
    ) -> Result<(Session, String), SignInError> {
        if !seals.is_ours(id, secret) {
            return Err(SignInError::SessionOver);
        }
        let session = self.store.session(id).await?.filter(|session| session.lasts(now));
        let session = session.ok_or(SignInError::SessionOver)?;
        let moments = (-CLOCKS_DIFFER_S..=REPEATED_WITHIN_S).map(|ago| now - SignedDuration::from_secs(ago));
        let mut successors = moments.filter_map(|at| seals.successor(id, secret, at));
        if let Some(next) = successors.find(|next| hash(next) == session.refresh) {
            return Ok((session, next));
        }
        self.store.end_session(id).await?;
        Err(SignInError::SessionOver)
    }

    /// The reserved tenant is for keys alone.
    async fn let_in(&self, tenant: &TenantId, subject: Subject) -> Result<Person, SignInError> {
        self.store.person(tenant, &subject).await?.filter(|_| !tenant.is_system()).ok_or(SignInError::NotLetIn(subject))
    }

    fn random(&self) -> Result<String, SignInError> {
        Ok(URL_SAFE_NO_PAD.encode(self.entropy.secret().map_err(SignInError::Entropy)?))
    }
}

fn signed_in(person: Person, session: &SessionId, secret: &str, now: Timestamp) -> SignedIn {
    SignedIn {
        principal: Principal { tenant: person.tenant, subject: person.subject, role: person.role },
        session: session.clone(),
        refresh_token: format!("{session}.{secret}").into(),
        token_id: hash(&format!("jti {secret}")),
        expires_at: now + TOKEN_LASTS,
    }
}

/// The name under which a browser keeps what binds this sign-in to it.
pub fn begun_id(state: &str) -> String {
    let mut id = hash(state);
    id.truncate(16);
    id
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Sign-ins that have begun, and sessions.
pub trait SessionStore: Send + Sync {
    fn keep_begun(&self, state: &str, begun: &Begun) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes it away: of two who ask, one gets it.
    fn take_begun(&self, state: &str) -> impl Future<Output = Result<Option<Begun>, StoreError>> + Send;

    fn start_session(&self, session: &Session) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn session(&self, id: &SessionId) -> impl Future<Output = Result<Option<Session>, StoreError>> + Send;

    /// Puts the hash `next` in the place of `present`. `None` when that is not the present one, or the session is over.
    fn refresh_session(
        &self,
        id: &SessionId,
        present: &str,
        next: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Session>, StoreError>> + Send;

    /// Ends it, if there is one.
    fn end_session(&self, id: &SessionId) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Somebody who says who people are.
pub trait IdentityProvider: Send + Sync {
    /// Where a person says that we may know.
    fn authorize_url(&self, state: &str, challenge: &str) -> String;

    /// Who it was. `None`: the code is not one of theirs, or was used.
    fn identify(&self, code: &str, verifier: &str) -> impl Future<Output = Result<Option<Subject>, BoxError>> + Send;
}
