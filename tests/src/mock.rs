//! A mock of the table and the queue that accepts every create at once, so that only the function's own cost is measured.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

#[derive(Debug)]
pub struct Mock {
    pub url: String,
    asked: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Mock {
    /// Without TLS.
    pub async fn start() -> Self {
        let (listener, address) = listen().await;
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                tokio::spawn(serve(stream, Arc::clone(&counted)));
            }
        });
        Self { url: format!("http://{address}"), asked, server }
    }

    /// With TLS, as `localhost`. The second is the root that signed for it, as PEM.
    pub async fn start_tls() -> (Self, String) {
        let (listener, address) = listen().await;
        let (config, root) = signed_by_a_root();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let (acceptor, counted) = (acceptor.clone(), Arc::clone(&counted));
                tokio::spawn(async move {
                    // A client that does not trust the root fails here.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, counted).await;
                    }
                });
            }
        });
        (Self { url: format!("https://localhost:{}", address.port()), asked, server }, root)
    }

    /// How many requests have come.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A root made for this run alone, and a server that it vouches for.
fn signed_by_a_root() -> (ServerConfig, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Not the server's name: the server certificate would look self-signed.
    params.distinguished_name.push(DnType::CommonName, "root of a mock");
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &root).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![leaf.der().clone()], private);
    (config.unwrap(), root.pem())
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, asked: Arc<AtomicUsize>) {
    let answered = service_fn(|request: Request<Incoming>| {
        let asked = Arc::clone(&asked);
        async move {
            asked.fetch_add(1, Ordering::SeqCst);
            let target = request.headers().get("x-amz-target").map(|target| target.to_str().unwrap().to_owned());
            // Read to the end, so that the connection can be reused.
            request.into_body().collect().await.unwrap();
            Ok::<_, Infallible>(answer(target.as_deref().unwrap_or_default()))
        }
    });
    // A client may disconnect; that is not an error here.
    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), answered).await);
}

fn answer(target: &str) -> Response<Full<Bytes>> {
    let body = match target {
        "DynamoDB_20120810.UpdateItem" => json!({"Attributes": {"used": {"N": "1"}}}),
        // The flags, of which none is set.
        "DynamoDB_20120810.GetItem" | "DynamoDB_20120810.TransactWriteItems" => json!({}),
        "AmazonSQS.SendMessage" => json!({"MessageId": "00000000-0000-4000-8000-000000000000"}),
        other => panic!("a create does not ask for {other}"),
    };
    let answer = Response::builder().header("content-type", "application/x-amz-json-1.0");
    answer.body(Full::new(Bytes::from(body.to_string()))).unwrap()
}
