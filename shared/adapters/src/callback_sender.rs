//! Posts to hosts that clients name. A host is resolved once, all its addresses must be public, and the connection
//! goes to one of the checked addresses, which prevents DNS rebinding.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    str::FromStr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use dns_lookup::LookupErrorKind;
use galley_domain::{
    generation::services::LinkState,
    kernel::{error::BoxError, net::is_public, url::PublicUrl},
    outbox::deliver::{CallbackSender, Undelivered},
};
use reqwest::{
    Client, Method, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::CONTENT_TYPE,
    redirect::Policy,
};

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(15);
/// Only the status of an answer is used. This much of its body is read, so that the connection can be reused.
const MAX_ANSWER: usize = 16 * 1024;

/// Names mapped to an address of this machine, for the local stack and its tests: `name=127.0.0.1:4000`, several
/// separated by commas. They are called without TLS. Empty on every deployment.
#[derive(Clone, Debug, Default)]
pub struct StandIns(BTreeMap<String, SocketAddr>);

#[derive(Debug, thiserror::Error)]
#[error("must be name=address:port of this machine, with commas between")]
pub struct InvalidStandIns;

impl FromStr for StandIns {
    type Err = InvalidStandIns;

    fn from_str(text: &str) -> Result<Self, InvalidStandIns> {
        let one = |part: &str| {
            let (name, address) = part.trim().split_once('=').ok_or(InvalidStandIns)?;
            let address: SocketAddr = address.parse().map_err(|_| InvalidStandIns)?;
            if address.ip().is_loopback() { Ok((name.to_owned(), address)) } else { Err(InvalidStandIns) }
        };
        text.split(',').filter(|part| !part.trim().is_empty()).map(one).collect::<Result<_, _>>().map(Self)
    }
}

#[derive(Clone, Debug)]
pub struct HttpCallbackSender {
    stand_ins: StandIns,
    lookup: fn(Name) -> Found,
    // Built on first use, because most batches post nothing.
    client: Arc<OnceLock<Client>>,
    /// For an answer, and for a page that is looked at.
    whole: Duration,
    look: Duration,
}

/// Errors of the resolver.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("not all of its addresses are public")]
    NotPublic,
    #[error("it has no address")]
    NoAddress,
    #[error("whether it has an address cannot be said now")]
    NotSaid,
}

type Found = Pin<Box<dyn Future<Output = Result<Vec<SocketAddr>, Refused>> + Send>>;

/// A resolver that refuses a host unless all its addresses are public. Connections use exactly the checked addresses.
struct PublicOnly(fn(Name) -> Found);

/// The system's resolver. It blocks, so it runs on a thread of its own.
fn lookup(name: Name) -> Found {
    Box::pin(async move {
        let asked = tokio::task::spawn_blocking(move || addresses(name.as_str()));
        asked.await.unwrap_or(Err(Refused::NotSaid))
    })
}

/// A name counts as non-existent only when the resolver says so, not when the resolver fails.
fn addresses(name: &str) -> Result<Vec<SocketAddr>, Refused> {
    let found = dns_lookup::lookup_host(name).map_err(|error| not_found(error.kind()))?;
    // Port 0 means the scheme's default port.
    Ok(found.map(|address| SocketAddr::new(address, 0)).collect())
}

const fn not_found(kind: LookupErrorKind) -> Refused {
    match kind {
        LookupErrorKind::NoName => Refused::NoAddress,
        _ => Refused::NotSaid,
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let found = (self.0)(name);
        Box::pin(async move {
            let found = found.await?;
            admitted(&found.iter().map(SocketAddr::ip).collect::<Vec<_>>())?;
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// All addresses have to be public: a host with a public and a private address is refused.
fn admitted(addresses: &[IpAddr]) -> Result<(), Refused> {
    match addresses {
        // The name exists but has no addresses, which is not the same as NXDOMAIN.
        [] => Err(Refused::NotSaid),
        some if some.iter().copied().all(is_public) => Ok(()),
        _ => Err(Refused::NotPublic),
    }
}

impl HttpCallbackSender {
    pub fn new(stand_ins: StandIns) -> Self {
        Self::asking(lookup, stand_ins)
    }

    fn asking(lookup: fn(Name) -> Found, stand_ins: StandIns) -> Self {
        Self { stand_ins, lookup, client: Arc::default(), whole: WHOLE, look: LOOK }
    }

    /// Waits for so long: for the answer to a callback, and for that of a page that is looked at.
    #[must_use]
    pub const fn waiting(mut self, whole: Duration, look: Duration) -> Self {
        (self.whole, self.look) = (whole, look);
        self
    }

    pub(crate) fn client(&self) -> Result<&Client, BoxError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // reqwest takes the process's provider, and a second call for the same one changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(self.whole)
            .redirect(Policy::none())
            // A proxy would resolve the name itself and could connect to a private address.
            .no_proxy()
            .dns_resolver(Arc::new(PublicOnly(self.lookup)))
            .user_agent(concat!("Galley/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(self.client.get_or_init(|| client))
    }

    /// The URL to post to: the given one, or the stand-in for its host.
    pub(crate) fn target(&self, url: &PublicUrl) -> Result<Url, Undelivered> {
        let mut target = Url::parse(url.as_str()).map_err(|_| Undelivered::Unresolvable)?;
        let stand_in = target.host_str().and_then(|host| self.stand_ins.0.get(host));
        if let Some(address) = stand_in {
            let moved = target.set_scheme("http").is_ok()
                && target.set_ip_host(address.ip()).is_ok()
                && target.set_port(Some(address.port())).is_ok();
            return if moved { Ok(target) } else { Err(Undelivered::Unresolvable) };
        }
        // An IP address is not resolved, so it would not be checked. `PublicUrl` refuses it already; this is a second check.
        let number = target.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        match number {
            Some(address) if !is_public(address) => Err(Undelivered::AddressNotPublic),
            _ if target.scheme() != "https" => Err(Undelivered::AddressNotPublic),
            _ => Ok(target),
        }
    }
}

impl CallbackSender for HttpCallbackSender {
    async fn post(&self, url: &PublicUrl, headers: &[(&'static str, String)], body: &str) -> Result<u16, Undelivered> {
        let target = self.target(url)?;
        let client = self.client().map_err(|error| {
            tracing::error!(%error, "the HTTP client could not be built");
            Undelivered::Unreachable
        })?;
        let mut request = client.post(target).header(CONTENT_TYPE, "application/json").body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut answer = request.send().await.map_err(|error| why_not(&error))?;
        let status = answer.status().as_u16();
        let mut read = 0;
        while let Ok(Some(chunk)) = answer.chunk().await {
            read += chunk.len();
            if read > MAX_ANSWER {
                break;
            }
        }
        Ok(status)
    }
}

/// Our own message, because the HTTP client's would reveal internals.
pub(crate) fn why_not(error: &reqwest::Error) -> Undelivered {
    let mut causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    match causes.find_map(|cause| cause.downcast_ref::<Refused>()) {
        Some(Refused::NotPublic) => Undelivered::AddressNotPublic,
        Some(Refused::NoAddress) => Undelivered::Unresolvable,
        None if error.is_timeout() => Undelivered::Timeout,
        Some(Refused::NotSaid) | None => Undelivered::Unreachable,
    }
}

/// The usual time limit for checking one link.
const LOOK: Duration = Duration::from_secs(5);

impl HttpCallbackSender {
    /// The state of a link: checked with HEAD, and with GET where HEAD is refused. Redirects are not followed: a page that has
    /// moved counts as present.
    pub async fn look(&self, url: &str) -> LinkState {
        let Some(url) = over_tls(url) else { return LinkState::Unknown };
        let Ok(target) = self.target(&url) else { return LinkState::Unknown };
        let Ok(client) = self.client() else { return LinkState::Unknown };
        let status = |method| {
            let request = client.request(method, target.clone()).timeout(self.look);
            async move { request.send().await.map(|answer| answer.status().as_u16()).map_err(|error| why_not(&error)) }
        };
        let looked = match status(Method::HEAD).await {
            // Servers without support for HEAD answer with various statuses.
            Ok(400..) => status(Method::GET).await,
            looked => looked,
        };
        match looked {
            Ok(404 | 410) | Err(Undelivered::Unresolvable) => LinkState::Dead,
            Ok(..400) => LinkState::Alive,
            Ok(_) | Err(_) => LinkState::Unknown,
        }
    }
}

/// The same URL with https; plain HTTP is never requested.
fn over_tls(url: &str) -> Option<PublicUrl> {
    let mut url = Url::parse(url).ok()?;
    if url.scheme() == "http" {
        url.set_scheme("https").ok()?;
    }
    PublicUrl::try_from(String::from(url)).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn one_address_inside_is_one_too_many() {
        assert!(matches!(admitted(&ips(&[])), Err(Refused::NotSaid)));
        assert!(admitted(&ips(&["1.1.1.1", "2606:4700::1111"])).is_ok());
        for inside in ["127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fd00:ec2::254"] {
            assert!(matches!(admitted(&ips(&["1.1.1.1", inside])), Err(Refused::NotPublic)), "{inside}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_called() {
        // Every system resolves this name to itself, which `PublicUrl` cannot know.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let resolved = PublicOnly(lookup).resolve("localhost".parse().unwrap()).await;
        assert!(resolved.is_err_and(|error| matches!(error.downcast_ref(), Some(Refused::NotPublic))));
        let sender = HttpCallbackSender::new(StandIns::default());
        let client = sender.client().unwrap();
        let error = client.post(format!("http://localhost:{port}/")).send().await.unwrap_err();
        assert_eq!(why_not(&error), Undelivered::AddressNotPublic);
        let nobody: PublicUrl = "https://nobody.invalid.example.invalid/".to_owned().try_into().unwrap();
        let sender = HttpCallbackSender::asking(unknown, StandIns::default());
        assert_eq!(sender.post(&nobody, &[], "{}").await, Err(Undelivered::Unresolvable));
    }

    /// A name that first resolves to a public address and then to a private one.
    fn rebinding(_: Name) -> Found {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let inside = ASKED.fetch_add(1, Ordering::SeqCst) % 2 == 1;
        let address = if inside { "127.0.0.1:0" } else { "1.1.1.1:0" };
        Box::pin(async move { Ok(vec![address.parse().unwrap()]) })
    }

    #[tokio::test]
    async fn a_name_that_changes_between_look_and_connection_gains_nothing() {
        let resolve = || PublicOnly(rebinding).resolve("rebinding.example.com".parse().unwrap());
        // A connection gets the addresses that were checked; the next resolution is checked again.
        let first: Vec<SocketAddr> = resolve().await.unwrap().collect();
        assert_eq!(first, ["1.1.1.1:0".parse().unwrap()]);
        assert!(resolve().await.is_err_and(|error| matches!(error.downcast_ref(), Some(Refused::NotPublic))));
        let third: Vec<SocketAddr> = resolve().await.unwrap().collect();
        assert_eq!(third, first);
    }

    #[tokio::test]
    async fn redirects_are_not_followed() {
        let (to, from) = (wiremock::MockServer::start().await, wiremock::MockServer::start().await);
        let away = wiremock::ResponseTemplate::new(307).insert_header("location", to.uri());
        wiremock::Mock::given(wiremock::matchers::any()).respond_with(away).mount(&from).await;
        let sender = HttpCallbackSender::new(format!("hooks.example.com={}", from.address()).parse().unwrap());
        let url: PublicUrl = "https://hooks.example.com/x".to_owned().try_into().unwrap();
        assert_eq!(sender.post(&url, &[("webhook-id", "evt".into())], "{}").await, Ok(307));
        assert_eq!(from.received_requests().await.unwrap().len(), 1);
        assert!(to.received_requests().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn whoever_does_not_answer_is_waited_for_as_long_as_was_said() {
        let server = wiremock::MockServer::start().await;
        let slow = wiremock::ResponseTemplate::new(200).set_delay(Duration::from_mins(1));
        wiremock::Mock::given(wiremock::matchers::any()).respond_with(slow).mount(&server).await;
        let stand_in: StandIns = format!("hooks.example.com={}", server.address()).parse().unwrap();
        let url: PublicUrl = "https://hooks.example.com/x".to_owned().try_into().unwrap();
        let (short, long) = (Duration::from_millis(50), Duration::from_mins(2));
        let sender = HttpCallbackSender::new(stand_in.clone()).waiting(short, long);
        assert_eq!(sender.post(&url, &[], "{}").await, Err(Undelivered::Timeout));
        let sender = HttpCallbackSender::new(stand_in).waiting(long, short);
        assert_eq!(sender.look(url.as_str()).await, LinkState::Unknown);
    }

    fn down(_: Name) -> Found {
        Box::pin(async { Err(not_found(LookupErrorKind::Again)) })
    }

    fn unknown(_: Name) -> Found {
        Box::pin(async { Err(not_found(LookupErrorKind::NoName)) })
    }

    #[tokio::test]
    async fn a_resolver_that_is_down_makes_no_link_dead() {
        for kind in [
            LookupErrorKind::Again,
            LookupErrorKind::Fail,
            LookupErrorKind::NoData,
            LookupErrorKind::System,
            LookupErrorKind::Memory,
            LookupErrorKind::Unknown,
        ] {
            assert!(matches!(not_found(kind), Refused::NotSaid), "{kind:?}");
        }
        let url = "https://pages.example.com/x";
        assert_eq!(HttpCallbackSender::asking(down, StandIns::default()).look(url).await, LinkState::Unknown);
        assert_eq!(HttpCallbackSender::asking(unknown, StandIns::default()).look(url).await, LinkState::Dead);
        let posted = HttpCallbackSender::asking(down, StandIns::default());
        let url: PublicUrl = url.to_owned().try_into().unwrap();
        assert_eq!(posted.post(&url, &[], "{}").await, Err(Undelivered::Unreachable));
    }

    #[test]
    fn only_the_scheme_becomes_another() {
        let over = |url: &str| over_tls(url).map(String::from);
        let query = "https://pages.example.com/r?to=http://a.example/&then=http://b.example/";
        assert_eq!(over(query).as_deref(), Some(query));
        assert_eq!(over(&query.replacen("https", "HTTP", 1)).as_deref(), Some(query));
        assert_eq!(over("http://pages.example.com/x").as_deref(), Some("https://pages.example.com/x"));
        for none in ["ftp://pages.example.com/?u=http://", "pages.example.com", "http://localhost/"] {
            assert_eq!(over(none), None, "{none}");
        }
    }

    #[tokio::test]
    async fn a_link_is_dead_only_where_somebody_says_so() {
        let server = wiremock::MockServer::start().await;
        let answers = |method: &'static str, path: &'static str, status| {
            wiremock::Mock::given(wiremock::matchers::method(method))
                .and(wiremock::matchers::path(path))
                .respond_with(wiremock::ResponseTemplate::new(status))
                .mount(&server)
        };
        for (path, head, get) in [
            ("/there", 200, 500),
            ("/moved", 301, 500),
            ("/no-head", 405, 200),
            ("/gone", 404, 404),
            ("/shut", 403, 403),
            ("/ill", 503, 503),
        ] {
            answers("HEAD", path, head).await;
            answers("GET", path, get).await;
        }
        let sender = HttpCallbackSender::new(format!("pages.example.com={}", server.address()).parse().unwrap());
        let look = async |path: &str| sender.look(&format!("http://pages.example.com{path}")).await;
        assert_eq!(look("/there").await, LinkState::Alive);
        assert_eq!(look("/moved").await, LinkState::Alive);
        assert_eq!(look("/no-head").await, LinkState::Alive);
        assert_eq!(look("/gone").await, LinkState::Dead);
        assert_eq!(look("/shut").await, LinkState::Unknown);
        assert_eq!(look("/ill").await, LinkState::Unknown);
        for inside in
            ["http://127.0.0.1/", "http://localhost/", "http://169.254.169.254/latest/meta-data", "ftp://a.example/"]
        {
            assert_eq!(sender.look(inside).await, LinkState::Unknown, "{inside}");
        }
    }

    #[test]
    fn only_this_machine_stands_in() {
        assert!("a.example=127.0.0.1:1, b.example=[::1]:2".parse::<StandIns>().is_ok());
        assert!("".parse::<StandIns>().is_ok());
        for wrong in ["a.example", "a.example=10.0.0.1:80", "a.example=127.0.0.1", "a.example=metadata:80"] {
            assert!(wrong.parse::<StandIns>().is_err(), "{wrong}");
        }
    }
}
