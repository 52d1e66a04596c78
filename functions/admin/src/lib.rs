//! What admins ask: keys for their people; and what operators do: what is stuck and why, dead letters sent back.

use galley_domain::{
    api_keys::{self, KeyError, NewKey},
    ids::KeyId,
    ports::{Clock, DeadLetters, DueStore, Entropy, KeyStore, Queue, Secrets},
    redrive::{self, Redrive},
    route::Route,
    stuck,
};
use galley_edge::{
    api::{KeyView, MadeKeyView, StuckList, StuckView},
    cursor::Cursors,
    http::{
        body,
        call::Call,
        error::{ApiError, Problem},
        reply::Reply,
    },
    telemetry::chain,
};

/// What this function runs on.
#[derive(Debug)]
pub struct App<S, Q, D, C, E, X> {
    pub store: S,
    pub queue: Q,
    pub letters: D,
    pub clock: C,
    pub entropy: E,
    pub cursors: Cursors<X>,
}

impl<S, Q, D, C, E, X> App<S, Q, D, C, E, X>
where
    S: DueStore + KeyStore,
    Q: Queue,
    D: DeadLetters,
    C: Clock,
    E: Entropy,
    X: Secrets,
{
    /// # Errors
    /// Every refusal, as a problem.
    pub async fn handle(&self, call: Call) -> Result<Reply, ApiError> {
        match call.route {
            Route::MakeKey => self.make_key(&call).await,
            Route::ListKeys => self.keys(&call).await,
            Route::RevokeKey => self.revoke_key(&call).await,
            Route::ListStuck => self.stuck(&call).await,
            Route::Redrive => self.redrive(&call).await,
            _ => Err(ApiError::new(Problem::NoSuchRoute)),
        }
    }

    /// Takes no `Idempotency-Key`: a saved answer never holds a secret, so there would be nothing to give again.
    async fn make_key(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let asked: NewKey = body::parse(call.json_bytes()?)?;
        let made = api_keys::make(&self.store, &self.entropy, &self.clock, by, asked).await;
        let (key, text) = made.map_err(|error| match error {
            KeyError::Forbidden(_) => ApiError::new(Problem::Forbidden),
            KeyError::InvalidExpiry => ApiError::invalid("expires_at", error.to_string()),
            KeyError::Entropy(_) => ApiError::internal(&chain(&error)),
            KeyError::Store(error) => ApiError::unavailable(&error),
        })?;
        let (tenant, subject) = (&key.principal.tenant, &key.principal.subject);
        tracing::info!(prefix = key.prefix, %tenant, %subject, role = key.principal.role.name(), by = %by.subject, "a key was made");
        let location = format!("/api/admin/keys/{}", key.id);
        Ok(Reply::json(201, &MadeKeyView::of(key, text)).header("location", location))
    }

    async fn keys(&self, call: &Call) -> Result<Reply, ApiError> {
        let tenant = &call.principal()?.tenant;
        let scope = format!("keys/{tenant}");
        let after = self.cursors.after(call, &scope).await?;
        let page =
            self.store.keys(tenant, call.limit()?, after).await.map_err(|error| ApiError::unavailable(&error))?;
        self.cursors.page(page.map(KeyView::from), &scope).await
    }

    /// A key is revoked for good. Whoever used it in the last minute may be let in until that is over: API Gateway
    /// keeps the authorizer's answer so long.
    async fn revoke_key(&self, call: &Call) -> Result<Reply, ApiError> {
        let by = call.principal()?;
        let id: KeyId = call.named("key_id")?;
        let revoked = self.store.revoke_key(&by.tenant, &id).await.map_err(|error| ApiError::unavailable(&error))?;
        if !revoked {
            return Err(ApiError::new(Problem::NotFound));
        }
        tracing::info!(key = %id, by = %by.subject, "a key was revoked");
        Ok(Reply::empty(204))
    }

    async fn stuck(&self, call: &Call) -> Result<Reply, ApiError> {
        let limit = usize::try_from(call.limit()?).unwrap_or(usize::MAX);
        let now = self.clock.now();
        let found = stuck::stuck(&self.store, self.clock.pace(), now, limit).await;
        let (stuck, total) = found.map_err(|error| ApiError::unavailable(&error))?;
        let data = stuck.into_iter().map(|stuck| StuckView::of(stuck, now)).collect();
        Ok(Reply::json(200, &StuckList { data, total }))
    }

    /// Asking twice moves what is left: a repeat needs no key.
    async fn redrive(&self, call: &Call) -> Result<Reply, ApiError> {
        let asked: Redrive = body::parse(call.json_bytes()?)?;
        let redriven = redrive::redrive(&self.letters, &self.queue, asked).await;
        let redriven = redriven.map_err(|error| ApiError::unavailable(&error))?;
        let by = &call.principal()?.subject;
        tracing::info!(queue = asked.queue.name(), moved = redriven.moved, unreadable = redriven.unreadable, %by, "redriven");
        Ok(Reply::json(200, &redriven))
    }
}
