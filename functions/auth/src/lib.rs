//! Signing in and out. A person signs in with GitHub and gets a token for fifteen minutes and a refresh token that works
//! once. An admin has set their role.

mod browser;
mod cookies;
mod terminal;

use galley_api::route::AuthRoute;
use galley_domain::{
    access::{
        allowance::Refused,
        limits::{Counted, LimitStore, RateClass, RateState, Window},
        people::PersonStore,
        role::Principal,
        sign_in::{
            self, Beginning, ISSUER, IdentityProvider, SIGN_IN_LASTS, Seals, SessionStore, SignIn, SignInError,
            SignedIn, TOKEN_LASTS,
        },
    },
    kernel::{
        clock::{Clock, Entropy},
        ids::TenantId,
    },
    publishing::hosts::Hosts,
    secrets::{key::Hs256Key, store::Secrets},
};
use galley_edge::{
    api::{BrowserTokenView, MeView, RefreshToken, TerminalSignIn, TokensView},
    http::{
        body,
        call::Call,
        counting,
        error::{ApiError, Problem},
        reply::Reply,
    },
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest, Sha256};

use browser::Return;

pub use cookies::Cookies;

/// Error codes of a provider that may be logged.
const REFUSALS: [&str; 4] = ["access_denied", "server_error", "temporarily_unavailable", "invalid_request"];
/// A browser that has begun this many sign-ins drops one, because the size of headers is limited.
const MOST_BEGUN: usize = 5;

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, P, E, C, X> {
    pub github: Option<Door<S, P, E, C>>,
    pub store: S,
    pub clock: C,
    pub secrets: X,
    /// Names the key that sessions' tokens are signed with.
    pub session_secret: String,
    pub per_minute: u32,
    /// Where the site is, and which tenants have domains of their own.
    pub site_url: String,
    pub hosts: Hosts,
}

/// One way to sign in: the identity provider, and the cookie that identifies the browser.
#[derive(Debug)]
pub struct Door<S, P, E, C> {
    pub sign_in: SignIn<S, P, E, C>,
    pub cookies: Cookies,
}

/// What a session's token says.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'static str,
    aud: &'static str,
    sub: &'a str,
    tenant: &'a str,
    role: &'static str,
    sid: &'a str,
    /// Makes each token unique, so that API Gateway's cached answer for one is never used for another.
    jti: &'a str,
    iat: i64,
    exp: i64,
}

impl<S, P, E, C, X> App<S, P, E, C, X>
where
    S: SessionStore + PersonStore + LimitStore,
    P: IdentityProvider,
    E: Entropy,
    C: Clock,
    X: Secrets,
{
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        let (store, now) = (&self.store, self.clock.now());
        match call.of::<AuthRoute>()? {
            AuthRoute::Me => counting::counted(store, now, &call, async { self.me(&call) }).await,
            AuthRoute::SignOut => {
                // Signing out is never refused, even when the caller's read window is used up.
                counting::never_refused(store, now, &call, self.sign_out(&call)).await
            }
            AuthRoute::SignIn => self.counted(&call, self.begin(&call)).await,
            AuthRoute::SignInCallback => self.counted(&call, self.end(&call)).await,
            AuthRoute::SignInAtTerminal => self.counted(&call, self.end_at_terminal(&call)).await,
            AuthRoute::RenewBrowser => self.counted(&call, self.renew(&call)).await,
            AuthRoute::RefreshSession => self.counted(&call, self.refresh(&call)).await,
        }
    }

    async fn counted(
        &self,
        call: &Call,
        answer: impl Future<Output = Result<Reply, ApiError>>,
    ) -> Result<Reply, ApiError> {
        let rate = self.count(call).await?;
        counting::rated(answer.await, Some(rate))
    }

    /// The caller is not known yet, so requests are counted by source address. What cannot be counted is refused.
    async fn count(&self, call: &Call) -> Result<RateState, ApiError> {
        let now = self.clock.now();
        let from = hex::encode(Sha256::digest(call.source_ip().unwrap_or_default()));
        let window = Window::new(RateClass::Auth, format!("ip/{from}"), self.per_minute, now);
        match self.store.count(&window).await? {
            Counted::Within { used } => Ok(window.state(used, now)),
            Counted::Exceeded => Err(Refused::RateLimited(window.state(window.limit, now)).into()),
        }
    }

    fn github(&self) -> Result<&Door<S, P, E, C>, ApiError> {
        let none = || ApiError::new(Problem::NotFound).detail("signing in with GitHub is not set up here");
        self.github.as_ref().ok_or_else(none)
    }

    async fn begin(&self, call: &Call) -> Result<Reply, ApiError> {
        let Door { sign_in, cookies } = self.github()?;
        let tenant = call.query("tenant").and_then(|tenant| TenantId::new(tenant).ok());
        // The answer does not reveal whether the tenant exists.
        let tenant = tenant.filter(|tenant| !tenant.is_system());
        let tenant = tenant.ok_or_else(|| ApiError::invalid("tenant", "must name the tenant to sign in to"))?;
        let back = Return::asked(call)?;
        let (id, url, kept) = if let Return::Terminal(loopback) = back {
            let challenge = terminal::challenge(call)?;
            let (id, url) = sign_in.begin_for(tenant, &challenge).await.map_err(refusal)?;
            (id, url, loopback.kept())
        } else {
            let Beginning { id, url, browser } = sign_in.begin(tenant).await.map_err(refusal)?;
            (id, url, back.marked(browser.expose_secret()))
        };
        let cookie = cookies.set(&id, &kept, SIGN_IN_LASTS.as_secs());
        let reply = Reply::empty(302).header("location", url).header("set-cookie", cookie);
        let forgotten = begun(call).map(|(id, _)| cookies.set(id, "", 0)).skip(MOST_BEGUN - 1);
        Ok(forgotten.fold(reply, |reply, cookie| reply.header("set-cookie", cookie)))
    }

    async fn end(&self, call: &Call) -> Result<Reply, ApiError> {
        let Door { sign_in, cookies } = self.github()?;
        if let Some(error) = call.query("error").filter(|error| !error.is_empty()) {
            // The person or GitHub refused.
            // Anyone can put any text into this parameter, so only the codes of RFC 6749 4.1.2.1 are logged.
            let reason = REFUSALS.into_iter().find(|known| *known == error).unwrap_or("another");
            tracing::info!(reason, "a sign-in was refused by the provider");
            let state = call.query("state").filter(|state| (1..=512).contains(&state.len()));
            let kept = state.as_deref().and_then(|state| begun_as(call, state));
            if let (Some(state), Some((_, Return::Terminal(loopback)))) = (&state, kept) {
                return Ok(loopback.sent(state, "error", reason));
            }
            return Err(ApiError::new(Problem::Forbidden).detail("GitHub did not let this person sign in"));
        }
        let needed = |name: &str| {
            let value = call.query(name).filter(|value| (1..=512).contains(&value.len()));
            value.ok_or_else(|| ApiError::invalid(name, "is required, as GitHub sends it"))
        };
        let (state, code) = (needed("state")?, needed("code")?);
        let (browser, back) = begun_as(call, &state).ok_or_else(|| refusal(SignInError::OtherBrowser))?;
        let reply = if let Return::Terminal(loopback) = back {
            loopback.sent(&state, "code", &code)
        } else {
            let keys = self.keys().await?;
            let signed_in = sign_in.end(&state, &code, browser, &Seals::of(&keys)).await.map_err(refusal)?;
            told(&signed_in);
            if back == Return::Console { cookies.to_console(&signed_in) } else { tokens(&signed_in, &keys)? }
        };
        Ok(reply.header("set-cookie", cookies.set(&sign_in::begun_id(&state), "", 0)))
    }

    /// The end of a sign-in for the program that has begun it.
    async fn end_at_terminal(&self, call: &Call) -> Result<Reply, ApiError> {
        let asked: TerminalSignIn = body::parse(call.json_bytes()?)?;
        let Door { sign_in, .. } = self.github()?;
        let (code, verifier) = (asked.code.expose_secret(), asked.verifier.expose_secret());
        let keys = self.keys().await?;
        let signed_in = sign_in.end(&asked.state, code, verifier, &Seals::of(&keys)).await.map_err(refusal)?;
        told(&signed_in);
        tokens(&signed_in, &keys)
    }

    /// The console's refresh: the next refresh token goes into the cookie, and into no answer that a script reads.
    async fn renew(&self, call: &Call) -> Result<Reply, ApiError> {
        let Door { sign_in, cookies } = self.github()?;
        let present = browser::refresh_token(call)?;
        let keys = self.keys().await?;
        let signed_in = sign_in.renew(&present, &Seals::of(&keys)).await.map_err(refusal)?;
        let (access_token, expires_in) = (access_token(&signed_in, &keys)?, TOKEN_LASTS.as_secs());
        let view = BrowserTokenView { access_token, token_type: "Bearer", expires_in };
        Ok(Reply::json(200, &view).header("set-cookie", cookies.renewed(&signed_in)))
    }

    async fn refresh(&self, call: &Call) -> Result<Reply, ApiError> {
        let asked: RefreshToken = body::parse(call.json_bytes()?)?;
        let Door { sign_in, .. } = self.github()?;
        let keys = self.keys().await?;
        let signed_in = sign_in.refresh(&asked.refresh_token, &Seals::of(&keys)).await.map_err(refusal)?;
        tokens(&signed_in, &keys)
    }

    /// The keys that sessions' tokens are signed with, newest first.
    async fn keys(&self) -> Result<Vec<Hs256Key>, ApiError> {
        Ok(Hs256Key::active(&self.secrets, &self.session_secret).await?)
    }

    fn me(&self, call: &Call) -> Result<Reply, ApiError> {
        let Principal { tenant, subject, role, .. } = call.principal()?.clone();
        let site_url = self.hosts.site(&tenant, &self.site_url);
        Ok(Reply::json(200, &MeView { tenant, subject, role, site_url }))
    }

    /// Ends the session. Its token works until API Gateway's cache expires, at most a minute. An API key has no session.
    async fn sign_out(&self, call: &Call) -> Result<Reply, ApiError> {
        if let Some(session) = call.session() {
            self.store.end_session(session).await?;
            tracing::info!(subject = %call.principal()?.subject, "signed out");
        }
        let reply = Reply::empty(204);
        Ok(match &self.github {
            Some(door) => reply.header("set-cookie", door.cookies.signed_out()),
            None => reply,
        })
    }
}

fn access_token(signed_in: &SignedIn, keys: &[Hs256Key]) -> Result<SecretString, ApiError> {
    let key = keys.first().ok_or_else(|| ApiError::internal("the session secret has no value"))?;
    signed(signed_in, key)
}

fn tokens(signed_in: &SignedIn, keys: &[Hs256Key]) -> Result<Reply, ApiError> {
    let access_token = access_token(signed_in, keys)?;
    let (expires_in, refresh_token) = (TOKEN_LASTS.as_secs(), signed_in.refresh_token.clone());
    Ok(Reply::json(200, &TokensView { access_token, token_type: "Bearer", expires_in, refresh_token }))
}

fn signed(signed_in: &SignedIn, key: &Hs256Key) -> Result<SecretString, ApiError> {
    let principal = &signed_in.principal;
    let expires = signed_in.expires_at.as_second();
    let claims = Claims {
        iss: ISSUER,
        aud: ISSUER,
        sub: principal.subject.as_str(),
        tenant: principal.tenant.as_str(),
        role: principal.role.name(),
        sid: signed_in.session.as_str(),
        jti: &signed_in.token_id,
        iat: expires - TOKEN_LASTS.as_secs(),
        exp: expires,
    };
    let key = EncodingKey::from_secret(key.bytes());
    let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key);
    token.map(Into::into).map_err(|error| ApiError::internal(&error.to_string()))
}

/// The cookies of sign-ins that the browser began: id and value. Other cookies may belong to others and be unreadable.
fn begun(call: &Call) -> impl Iterator<Item = (&str, &str)> {
    let readable = call.headers().get_all("cookie").into_iter().filter_map(|value| value.to_str().ok());
    let pairs = readable.flat_map(|all| all.split(';'));
    pairs.filter_map(|pair| pair.trim().split_once('=')).filter_map(|(name, value)| {
        let id = name.strip_prefix(cookies::BEGUN)?;
        // Only ids of our form are set again, even if the cookie was planted.
        (id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some((id, value))
    })
}

/// What the browser kept of the sign-in with this state, and where that leads.
fn begun_as<'a>(call: &'a Call, state: &str) -> Option<(&'a str, Return)> {
    let id = sign_in::begun_id(state);
    begun(call).find(|(known, _)| *known == id).map(|(_, value)| Return::read(value))
}

fn told(signed_in: &SignedIn) {
    tracing::info!(subject = %signed_in.principal.subject, tenant = %signed_in.principal.tenant, "signed in");
}

fn refusal(error: SignInError) -> ApiError {
    let over = |error: &SignInError| ApiError::new(Problem::SignInOver).detail(error.to_string());
    match error {
        SignInError::Unknown | SignInError::OtherBrowser | SignInError::CodeRefused | SignInError::SessionOver => {
            over(&error)
        }
        SignInError::NotLetIn(subject) => {
            // The admin needs the subject to admit the person.
            ApiError::new(Problem::Forbidden)
                .detail(format!("nobody has let {subject} in: ask an admin of your tenant"))
        }
        SignInError::Store(error) => error.into(),
        SignInError::Provider(error) => {
            tracing::warn!(%error, "the identity provider gave no valid answer");
            ApiError::new(Problem::Unavailable).detail("GitHub did not answer").retry_after(5)
        }
        SignInError::Entropy(error) => ApiError::internal(&error.to_string()),
    }
}
