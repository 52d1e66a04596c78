//! Ports of this machine.

use std::net::Ipv4Addr;

use tokio::net::TcpListener;

use crate::error::StackError;

/// An HTTP client. The workspace's reqwest has TLS without a provider of its own.
pub fn client() -> reqwest::Client {
    // A second install changes nothing.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::new()
}

pub(crate) async fn listen(port: u16) -> Result<TcpListener, StackError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| StackError::Port { port, source })
}
