//! An admitted request: its route exists and its caller may use it. Only `Asked::admit` makes one.

use std::collections::BTreeSet;

use galley_domain::{
    access::{
        acts::Acting,
        limits::{RateClass, Window},
        role::{Access, Principal, Role},
        route::{OfFunction, Query, Route},
        tickets::Proof,
    },
    content::language::Language,
    idempotency::claim::{Claim, Keyed, SavedResponse},
    kernel::ids::{IdempotencyKey, SessionId, Subject, TaskId, TenantId, TraceId},
    review::action::{Approver, Seen},
    tenancy::settings::{Directory, Limits, NearDuplicates, Overrides},
};
use jiff::Timestamp;
use lambda_http::{
    Body, Request, RequestExt,
    http::{HeaderMap, HeaderValue},
    request::RequestContext,
};
use tracing::Span;

use super::{
    encoding::{takes_gzip, uncoded},
    error::{ApiError, FieldError, Problem},
    etag,
    slot::Slot,
    written::as_written,
};

/// The only API version there is, by its date.
pub const API_VERSION: &str = "2026-11-20";

/// A body may be this long.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

#[derive(Debug)]
pub struct Call {
    pub route: Route,
    pub trace_id: TraceId,
    principal: Option<Principal>,
    session: Option<SessionId>,
    proof: Option<Proof>,
    source_ip: Option<String>,
    overrides: Overrides,
    language: Option<Language>,
    targets: Option<Directory>,
    near_duplicates: Option<NearDuplicates>,
    approver: Option<Approver>,
    request_id: String,
    request: Request,
    slot: Slot,
}

/// A request whose route exists, with its caller. Nothing else has been checked yet.
#[derive(Debug)]
pub struct Asked(Call);

impl Asked {
    pub(super) fn of(request: Request, request_id: &str, trace_id: TraceId) -> Result<Self, ApiError> {
        let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
            return Err(ApiError::internal("the event is no HTTP API event"));
        };
        let route = context.route_key.as_deref().and_then(Route::from_key);
        let Some(route) = route.filter(|route| !route.is_hidden_at(request.raw_http_path())) else {
            return Err(no_route(request.method().as_str(), request.raw_http_path()));
        };
        let said =
            |name: &str| context.authorizer.as_ref().and_then(|authorizer| authorizer.fields.get(name)?.as_str());
        let identified = || {
            Some(Principal {
                tenant: TenantId::new(said("tenant")?).ok()?,
                subject: Subject::new(said("subject")?).ok()?,
                role: Role::from_name(said("role")?)?,
            })
        };
        let principal = identified();
        let session = said("session").and_then(|id| SessionId::new(id).ok());
        let proof = said("proof").and_then(|proof| serde_json::from_str(proof).ok());
        let source_ip = context.http.source_ip.clone();
        // If the authorizer's context has no limits, or unreadable ones, the usual limits apply.
        let overrides = said("limits").and_then(|limits| serde_json::from_str(limits).ok()).unwrap_or_default();
        let language = said("language").and_then(|tag| tag.parse().ok());
        let targets = said("targets").and_then(|targets| serde_json::from_str(targets).ok());
        let near_duplicates = said("near_duplicates").and_then(NearDuplicates::from_name);
        let approver = said("four_eyes").and_then(Approver::from_name);
        Ok(Self(Call {
            route,
            trace_id,
            principal,
            session,
            proof,
            source_ip,
            overrides,
            language,
            targets,
            near_duplicates,
            approver,
            request_id: request_id.to_owned(),
            request,
            slot: Slot::default(),
        }))
    }

    /// The rate class that the request is counted in.
    pub(super) const fn class(&self) -> RateClass {
        self.0.route.class()
    }

    /// The window that the request is counted in, if its class counts principals and there is one.
    pub(super) fn window(&self, usual: Limits, now: Timestamp) -> Option<Window> {
        let limit = self.0.limits(usual).per_minute(self.class())?;
        let Principal { tenant, subject, .. } = self.0.principal.as_ref()?;
        Some(Window::of(self.class(), tenant, subject, limit, now))
    }

    /// Admits the request; its handler takes the window from `slot` and counts it.
    pub(super) fn admit(self, slot: Slot) -> Result<Call, ApiError> {
        let Self(call) = self;
        match (&call.principal, call.route.access()) {
            (_, Access::Public) => {}
            (Some(principal), _) => permitted(principal, call.route)?,
            // API Gateway calls the authorizer first, so a principal is always there; without one the request is refused.
            (None, _) => return Err(ApiError::new(Problem::Forbidden)),
        }
        readable(call.route, call.request.headers())?;
        query_is_known(call.route, &call.request)?;
        Ok(Call { slot, ..call })
    }
}

impl Call {
    /// The route, among those of one function.
    ///
    /// # Errors
    /// 404: another function answers it.
    pub fn of<R: OfFunction>(&self) -> Result<R, ApiError> {
        R::of(self.route).ok_or_else(|| ApiError::new(Problem::NoSuchRoute))
    }

    /// Records tenant and task in the span.
    pub(super) fn tell(&self, span: &Span) {
        if let Some(principal) = &self.principal {
            span.record("tenant", principal.tenant.as_str());
        }
        // Only a value with an id's form: ids are not masked in the log.
        if let Some(id) = self.path_parameter("task_id").and_then(|id| TaskId::new(id).ok()) {
            span.record("task_id", id.as_str());
        }
        tracing::debug!(method = %self.request.method(), route = self.route.path(), "admitted");
    }

    /// The caller.
    ///
    /// # Errors
    /// On a public route, which has none.
    pub fn principal(&self) -> Result<&Principal, ApiError> {
        self.principal.as_ref().ok_or_else(|| ApiError::internal("a public route has no principal"))
    }

    /// Whose request it is: the caller's tenant, or on a public route the one that its path names.
    pub(super) fn tenant(&self) -> Option<TenantId> {
        match &self.principal {
            Some(principal) => Some(principal.tenant.clone()),
            None => self.path_parameter("tenant").and_then(|name| TenantId::new(name).ok()),
        }
    }

    /// The caller's session, if they signed in.
    pub const fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// What the caller's identity was proven with. None: the authorizer is of an older release.
    pub const fn proof(&self) -> Option<&Proof> {
        self.proof.as_ref()
    }

    /// Who acts, with what, and what the route does.
    ///
    /// # Errors
    /// On a route that leaves no act.
    pub fn acting(&self) -> Result<Acting, ApiError> {
        self.acting_by(self.route)
    }

    /// Who acts, where the request does what another route does.
    ///
    /// # Errors
    /// As `acting`.
    pub fn acting_by(&self, route: Route) -> Result<Acting, ApiError> {
        let what = route.act().ok_or_else(|| ApiError::internal("the route leaves no act"))?;
        let credential = self.proof.as_ref().map(Proof::credential);
        Ok(Acting { principal: self.principal()?.clone(), credential, what, trace_id: self.trace_id.clone() })
    }

    /// Where the request comes from, as API Gateway saw it.
    pub fn source_ip(&self) -> Option<&str> {
        self.source_ip.as_deref()
    }

    /// The limits that the caller's tenant has in place of the usual ones.
    pub const fn overrides(&self) -> &Overrides {
        &self.overrides
    }

    /// What the caller's tenant writes in where a request does not say. None: the authorizer could not read it, or is of an older
    /// release.
    pub const fn language(&self) -> Option<Language> {
        self.language
    }

    /// The targets of the caller's tenant, as they were within the last minute. None: as of `language`.
    pub const fn targets(&self) -> Option<&Directory> {
        self.targets.as_ref()
    }

    /// What becomes of near duplicates. None: as of `language`.
    pub const fn near_duplicates(&self) -> Option<NearDuplicates> {
        self.near_duplicates
    }

    /// Who of the caller's tenant may approve a text. None: the authorizer could not read it, or is of a release that does not know it.
    pub const fn approver(&self) -> Option<Approver> {
        self.approver
    }

    /// The limits in force for the caller, where `usual` are those of the deployment.
    pub fn limits(&self, usual: Limits) -> Limits {
        let limits = self.overrides.of(usual);
        if self.session.is_some() { limits.of_session() } else { limits }
    }

    /// The window that this call is counted in, if its route's class counts principals. Returned only once.
    pub fn take_window(&self) -> Option<Window> {
        self.slot.take()
    }

    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// A header that Galley reads: `admit` has seen that it is text and comes once.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the client takes an answer in gzip.
    pub fn takes_gzip(&self) -> bool {
        takes_gzip(self.request.headers())
    }

    pub fn path(&self) -> &str {
        self.request.raw_http_path()
    }

    pub fn path_parameter(&self, name: &str) -> Option<String> {
        self.request.path_parameters_ref().and_then(|parameters| parameters.first(name)).map(str::to_owned)
    }

    pub fn query(&self, name: &str) -> Option<String> {
        self.request.query_string_parameters_ref().and_then(|parameters| parameters.first(name)).map(str::to_owned)
    }

    /// The raw bytes, base64 already undone.
    ///
    /// # Errors
    /// 413 over 256 KiB, 415 for a compressed body.
    pub fn bytes(&self) -> Result<&[u8], ApiError> {
        // `identity` is no encoding (RFC 9110, 8.4.1).
        let plain = |value: &HeaderValue| {
            let codings = value.to_str().unwrap_or("unreadable").split(',').map(str::trim);
            codings.filter(|coding| !coding.is_empty()).all(|coding| coding.eq_ignore_ascii_case("identity"))
        };
        if !self.request.headers().get_all("content-encoding").iter().all(plain) {
            return Err(ApiError::new(Problem::UnsupportedMediaType).detail("the body must not be compressed"));
        }
        let bytes: &[u8] = match self.request.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        };
        if bytes.len() > MAX_BODY_BYTES {
            return Err(ApiError::new(Problem::BodyTooLarge));
        }
        Ok(bytes)
    }

    /// The body's media type, in lower case and without parameters.
    pub fn media_type(&self) -> String {
        let media_type = self.header("content-type").unwrap_or_default();
        media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Whether the body's character set is ours: UTF-8, of which ASCII is a part, or none is named.
    fn is_in_utf8(&self) -> bool {
        let parameters = self.header("content-type").unwrap_or_default().to_ascii_lowercase();
        let charset = parameters.split(';').skip(1).find_map(|one| one.trim().strip_prefix("charset="));
        charset.is_none_or(|name| ["utf-8", "utf8", "us-ascii"].contains(&name.trim_matches('"')))
    }

    /// The bytes of a body that says it is JSON.
    ///
    /// # Errors
    /// As `bytes`, and 415 for another media type.
    pub fn json_bytes(&self) -> Result<&[u8], ApiError> {
        let bytes = self.bytes()?;
        let (known, media_type) = (self.route.media_types(), self.media_type());
        // What takes the place of something else is said, or a body that got lost would undo all of it.
        if bytes.is_empty() && self.route.method() == "PUT" {
            return Err(ApiError::new(Problem::MalformedJson).detail("the body must be a JSON object; there is none"));
        }
        let detail = if bytes.is_empty() {
            return Ok(bytes);
        } else if !known.contains(&media_type.as_str()) {
            format!("the body must be {}", known.join(" or "))
        } else if !self.is_in_utf8() {
            "the body must be in UTF-8".to_owned()
        } else {
            return Ok(bytes);
        };
        Err(ApiError::new(Problem::UnsupportedMediaType).detail(detail))
    }

    /// The claim that an `Idempotency-Key` makes.
    ///
    /// # Errors
    /// 400 when the key breaks its rule.
    pub fn claim(&self) -> Result<Option<Claim>, ApiError> {
        self.idempotency_key()?.map(|key| self.claim_with(&key)).transpose()
    }

    /// The claim, with what is kept of the answer.
    ///
    /// # Errors
    /// As `claim`.
    pub fn keyed<T>(&self, render: fn(&T) -> SavedResponse) -> Result<Keyed<T>, ApiError> {
        Ok(Keyed { claim: self.claim()?, render })
    }

    fn idempotency_key(&self) -> Result<Option<IdempotencyKey>, ApiError> {
        let key = self.header("idempotency-key").map(IdempotencyKey::new).transpose();
        key.map_err(|error| ApiError::invalid("Idempotency-Key", error.to_string()))
    }

    /// The claim that one item of a bulk makes under the bulk's key.
    ///
    /// # Errors
    /// As `claim`.
    pub fn item_claim(&self, index: usize, item: &[u8]) -> Result<Option<Claim>, ApiError> {
        let Some(whole) = self.idempotency_key()? else { return Ok(None) };
        let Principal { tenant, subject, .. } = self.principal()?;
        let (method, path) = (self.request.method().as_str(), self.path());
        Ok(Some(match IdempotencyKey::new(format!("{whole}/{index}")) {
            Ok(key) => Claim::new(tenant, subject, method, path, &key, item),
            // The key is too long for the index, so the index goes into the path. A cut key could equal another one.
            Err(_) => Claim::new(tenant, subject, method, &format!("{path}/{index}"), &whole, item),
        }))
    }

    fn claim_with(&self, key: &IdempotencyKey) -> Result<Claim, ApiError> {
        let principal = self.principal()?;
        let (method, path) = (self.request.method().as_str(), self.path());
        Ok(Claim::new(&principal.tenant, &principal.subject, method, path, key, self.bytes()?))
    }

    /// The versions that `If-Match` names; `None` for all. A weak tag, and one that is none of ours, matches no version
    /// (RFC 9110, 13.1.1).
    ///
    /// # Errors
    /// 400 when it is no list of entity tags.
    pub fn if_match(&self) -> Result<Option<Seen>, ApiError> {
        let tags = self.opaque_tags()?;
        Ok(tags.map(|tags| Seen(tags.into_iter().filter_map(version_in).collect())))
    }

    /// The tags that `If-Match` names, of what has no version; `None` for all.
    ///
    /// # Errors
    /// As `if_match`.
    pub fn if_match_tags(&self) -> Result<Option<Vec<String>>, ApiError> {
        let tags = self.opaque_tags()?;
        Ok(tags.map(|tags| tags.into_iter().map(|opaque| format!("\"{opaque}\"")).collect()))
    }

    /// What strong tags of `If-Match` have in their quotes.
    fn opaque_tags(&self) -> Result<Option<Vec<&str>>, ApiError> {
        match self.header("if-match").map(str::trim) {
            None | Some("*") => Ok(None),
            Some(list) => match etag::list(list) {
                Some(tags) => {
                    let strong = tags.into_iter().filter(|tag| !tag.is_weak);
                    Ok(Some(strong.map(|tag| uncoded(tag.opaque)).collect()))
                }
                None => Err(ApiError::invalid("If-Match", "must be `*` or ETags in quotes, with commas between them")),
            },
        }
    }

    /// Whether the client asks for HTML rather than for JSON (RFC 9110, 12.5.1): it names it, and likes it no less.
    pub fn prefers_html(&self) -> bool {
        let ranges = self.request.headers().get_all("accept").into_iter().filter_map(|value| value.to_str().ok());
        let (mut html, mut json, mut text) = (None, 0.0, 0.0);
        for range in ranges.flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok());
            match name.as_str() {
                "text/html" => html = Some(quality.unwrap_or(0.0)),
                "text/*" => text = quality.unwrap_or(0.0),
                "application/json" => json = quality.unwrap_or(0.0),
                _ => {}
            }
        }
        let html = html.unwrap_or(text);
        html > 0.0 && html >= json
    }

    /// Whether the client has what `etag` names already.
    pub fn not_modified(&self, etag: &str) -> bool {
        etag::is_held(self.request.headers(), etag)
    }
}

/// The version in a task's tag. What stands after a dot says how often it was given to somebody, which decides nothing.
fn version_in(opaque: &str) -> Option<u64> {
    match opaque.split_once('.') {
        None => as_written(opaque),
        Some((version, assigned)) => as_written::<u32>(assigned).and_then(|_| as_written(version)),
    }
}

/// The headers that Galley reads, other than webhooks'. An unreadable tracing header is ignored, and a
/// cookie may belong to another application.
const READ: [&str; 6] =
    ["api-version", "content-type", "idempotency-key", "if-match", "if-none-match", "last-event-id"];

/// Headers that may be empty. Browsers send an empty `Last-Event-ID` before the first event with an id.
const MAY_BE_EMPTY: [&str; 2] = ["content-type", "last-event-id"];

/// Whether the caller's role may do this.
///
/// # Errors
/// 403, with the role that it takes.
pub fn permitted(principal: &Principal, route: Route) -> Result<(), ApiError> {
    principal.may(route).map_err(|_| {
        let Principal { tenant, role, .. } = principal;
        let needs = if tenant.is_system() {
            "Below `admin`, the tenant `system` reads /metrics and does nothing else.".to_owned()
        } else {
            route.access().needs()
        };
        ApiError::new(Problem::Forbidden).detail(format!("{needs} The caller is `{}` of `{tenant}`.", role.name()))
    })
}

/// A header that is unreadable or not supported on this route is refused, not ignored: otherwise a write that asked for a
/// condition would be made unconditionally.
///
/// # Errors
/// 400, naming the headers.
pub fn readable(route: Route, headers: &HeaderMap) -> Result<(), ApiError> {
    let wrong = READ.iter().filter_map(|name| {
        let mut values = headers.get_all(*name).iter();
        let message = match (values.next().map(HeaderValue::to_str), values.next()) {
            (None, _) => return None,
            (Some(Err(_)), _) => "must be visible ASCII characters",
            (_, Some(_)) => "must come once",
            (Some(Ok("")), None) if !MAY_BE_EMPTY.contains(name) => "must not be empty",
            (Some(Ok(_)), None) if *name == "if-match" && !route.takes_if_match() => {
                "is not taken here: what this changes or shows has no version to compare"
            }
            // Ignored on reads, and on public routes, whose clients may send the header with every request.
            (Some(Ok(_)), None)
                if *name == "idempotency-key"
                    && route.method() != "GET"
                    && route.access() != Access::Public
                    && !route.takes_idempotency_key() =>
            {
                if route.is_repeatable() {
                    "is not taken here: a repeat comes to the same without it"
                } else {
                    "is not taken here: a repeat would be a request of its own"
                }
            }
            // On a GET the header allows a 304; on a write it means "only if nothing exists yet" (RFC 9110, 13.1.2).
            (Some(Ok(_)), None) if *name == "if-none-match" && route.method() != "GET" => "is not taken by a write",
            (Some(Ok(_)), None) => return None,
        };
        Some(FieldError::new(*name, message))
    });
    let wrong: Vec<FieldError> = wrong.collect();
    if !wrong.is_empty() {
        return Err(ApiError::invalid_fields(wrong));
    }
    match headers.get("api-version") {
        Some(version) if version != API_VERSION => Err(ApiError::new(Problem::UnknownApiVersion)),
        _ => Ok(()),
    }
}

/// An unknown parameter is refused: if it were ignored, the answer would not be the one that the caller asked for.
///
/// # Errors
/// 400, naming the parameters.
pub fn query_is_known(route: Route, request: &Request) -> Result<(), ApiError> {
    let (Query::Only(known), Some(given)) = (route.query(), request.query_string_parameters_ref()) else {
        return Ok(());
    };
    let names: BTreeSet<&str> = given.iter().map(|(name, _)| name).collect();
    let wrong = names.into_iter().filter_map(|name| {
        let message = match (known.iter().any(|(known, _)| *known == name), given.all(name)) {
            (false, _) => "is not a known parameter",
            (true, Some(values)) if values.len() > 1 => "must come once",
            (true, Some(values)) if values.iter().any(|value| value.is_empty()) => "must not be empty",
            _ => return None,
        };
        Some(FieldError::new(name, message))
    });
    let wrong: Vec<FieldError> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(ApiError::invalid_fields(wrong)) }
}

/// 405 with the allowed methods, or 404.
fn no_route(method: &str, path: &str) -> ApiError {
    match allowed(path) {
        Some(allowed) if !Route::methods_of(path).contains(&method) => {
            ApiError::new(Problem::MethodNotAllowed).header("allow", allowed)
        }
        _ => ApiError::new(Problem::NoSuchRoute),
    }
}

/// The methods of a path, as `Allow` names them. `None`: there is no such path.
pub(super) fn allowed(path: &str) -> Option<String> {
    let methods = Route::methods_of(path);
    (!methods.is_empty()).then(|| format!("{}, OPTIONS", methods.join(", ")))
}
