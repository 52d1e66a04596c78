//! Where the browser brings the code: one request to this machine, answered with a page that says how it went.

use std::time::Duration;

use futures_util::{StreamExt, stream::FuturesUnordered};
use reqwest::Url;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::fail::Failure;

/// The most that a request may be.
const MOST: usize = 16 * 1024;
/// A browser opens connections that it may never use.
const SILENT_FOR: Duration = Duration::from_secs(30);

/// What the browser brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Code { state: String, code: String },
    Refused(String),
}

/// Listens on this machine alone.
pub(super) struct Door {
    listener: TcpListener,
    pub(super) port: u16,
}

/// The browser, which waits for how it went.
pub(super) struct Answer(TcpStream);

impl Door {
    pub(super) async fn open() -> Result<Self, Failure> {
        let failed =
            |error: std::io::Error| Failure::here(format!("no port of this machine can be listened on: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self { listener, port })
    }

    /// Waits for the browser; what is no such request is told that there is nothing.
    pub(super) async fn came(self) -> Result<(Came, Answer), Failure> {
        let mut open = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    let (stream, _) = accepted.map_err(|error| Failure::here(format!("the port was lost: {error}")))?;
                    open.push(tokio::time::timeout(SILENT_FOR, asked(stream, self.port)));
                }
                Some(asked) = open.next(), if !open.is_empty() => {
                    if let Ok(Some(came)) = asked {
                        return Ok(came);
                    }
                }
            }
        }
    }
}

impl Answer {
    pub(super) async fn send(self, is_done: bool) {
        let said = if is_done { "You are signed in." } else { "It did not work; the terminal says why." };
        let page = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Galley</title><p>{said} You may close this page."
        );
        write(self.0, "200 OK", &page).await;
    }
}

/// Reads one request. `None` where it brings nothing of ours.
async fn asked(mut stream: TcpStream, port: u16) -> Option<(Came, Answer)> {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        if head.len() > MOST || stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let came = std::str::from_utf8(&head).ok().and_then(|head| read(head, port));
    if let Some(came) = came {
        return Some((came, Answer(stream)));
    }
    write(stream, "404 Not Found", "<!doctype html><title>Galley</title><p>There is nothing here.").await;
    None
}

async fn write(mut stream: TcpStream, status: &str, page: &str) {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
         referrer-policy: no-referrer\r\ncontent-security-policy: default-src 'none'\r\nconnection: close\r\n\r\n",
        page.len()
    );
    // A browser that has gone away needs no answer.
    let _ = stream.write_all(format!("{head}{page}").as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// A request for this very address: another name for it would be another site's page.
fn read(head: &str, port: u16) -> Option<Came> {
    let (first, headers) = head.split_once("\r\n")?;
    let target = first.strip_prefix("GET ")?.split(' ').next().filter(|target| target.starts_with("/?"))?;
    let mut hosts = headers.lines().filter_map(|line| line.split_once(':'));
    let host = hosts.find(|(name, _)| name.eq_ignore_ascii_case("host"))?.1.trim();
    if host != format!("127.0.0.1:{port}") {
        return None;
    }
    let url = Url::parse(&format!("http://{host}{target}")).ok()?;
    let of = |name: &str| {
        url.query_pairs().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.into_owned())
    };
    let state = of("state")?;
    of("code").map(|code| Came::Code { state, code }).or_else(|| of("error").map(Came::Refused))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_answer_to_a_sign_in_is_not_read() {
        let request = |first: &str, host: &str| format!("{first} HTTP/1.1\r\nAccept: */*\r\nHost: {host}\r\n\r\n");
        for first in [
            "GET /",
            "GET /favicon.ico",
            "POST /?state=s&code=c",
            "GET /?code=c",
            "GET /?state=s",
            "GET /?state=&code=c",
            "GET /other?state=s&code=c",
            "GET http://127.0.0.1:5000/?state=s&code=c",
            "",
        ] {
            assert_eq!(read(&request(first, "127.0.0.1:5000"), 5000), None, "{first}");
        }
        for host in ["evil.example", "localhost:5000", "127.0.0.1:5001", "127.0.0.1", ""] {
            assert_eq!(read(&request("GET /?state=s&code=c", host), 5000), None, "{host}");
        }
        assert_eq!(read("GET /?state=s&code=c HTTP/1.1\r\n\r\n", 5000), None, "it says no host");
        let came = read(&request("GET /?state=a%2Db&code=c%20d", "127.0.0.1:5000"), 5000);
        assert_eq!(came, Some(Came::Code { state: "a-b".into(), code: "c d".into() }));
        let refused = read(&request("GET /?state=s&error=access_denied", "127.0.0.1:5000"), 5000);
        assert_eq!(refused, Some(Came::Refused("access_denied".into())));
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_holds_up_nobody() {
        let door = Door::open().await.unwrap();
        let port = door.port;
        let waiting = tokio::spawn(door.came());
        let silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let ask = async |target: &str| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let request = format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            stream
        };
        let mut said = String::new();
        ask("/favicon.ico").await.read_to_string(&mut said).await.unwrap();
        assert!(said.starts_with("HTTP/1.1 404 "), "{said}");
        let mut browser = ask("/?state=s&code=c").await;
        let (came, answer) = waiting.await.unwrap().unwrap();
        assert_eq!(came, Came::Code { state: "s".into(), code: "c".into() });
        answer.send(true).await;
        said.clear();
        browser.read_to_string(&mut said).await.unwrap();
        assert!(said.starts_with("HTTP/1.1 200 ") && said.contains("You are signed in."), "{said}");
        drop(silent);
    }
}
