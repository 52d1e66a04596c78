//! Every port that the local stack listens on, tried as a web page would. Alone in its process, so that each listener there is
//! the stack's.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::{collections::BTreeSet, time::Duration};

use galley_tests::Galley;
use reqwest::{Method, StatusCode};

/// The ports that this process listens on, whichever part of it does.
fn listening() -> BTreeSet<String> {
    let links =
        std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let sockets: BTreeSet<String> =
        links.filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())).collect();
    let mut found = BTreeSet::new();
    for (file, host) in [("/proc/self/net/tcp", "127.0.0.1"), ("/proc/self/net/tcp6", "[::1]")] {
        for line in std::fs::read_to_string(file).unwrap_or_default().lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if fields[3] == "0A" && sockets.contains(fields[9]) {
                let (address, port) = fields[1].rsplit_once(':').unwrap();
                let all = address.bytes().all(|byte| byte == b'0');
                assert!(!all, "{line}: it listens for other machines, too");
                found.insert(format!("{host}:{}", u16::from_str_radix(port, 16).unwrap()));
            }
        }
    }
    found
}

fn front(galley: &Galley) -> String {
    galley.stack.url().trim_start_matches("http://").to_owned()
}

#[tokio::test]
async fn no_web_page_speaks_to_any_port_of_the_stack() {
    let galley = Galley::start().await;
    // Some listeners come with the first work.
    galley.drafted().await;
    let front = front(&galley);
    let site = galley.stack.site_url().trim_start_matches("http://").to_owned();
    let ports = listening();
    assert!(ports.len() > 20, "{ports:?}");
    for port in &ports {
        for path in ["/", "/2015-03-31/functions/admin/invocations", "/2018-06-01/runtime/invocation/next"] {
            for method in [Method::GET, Method::POST, Method::OPTIONS] {
                let request = || {
                    let request = galley.client.request(method.clone(), format!("http://{port}{path}"));
                    request.header("content-type", "text/plain").body("{}").timeout(Duration::from_secs(5))
                };
                let foreign = request().header("host", "evil.example").send().await.unwrap();
                assert_eq!(foreign.status(), StatusCode::MISDIRECTED_REQUEST, "{method} {port}{path}");
                for origin in ["https://evil.example", "null", "http://localhost:1"] {
                    let page = request().header("origin", origin).send().await.unwrap();
                    let told = page.headers().get("access-control-allow-origin").cloned();
                    assert_eq!(told, None, "{method} {port}{path}");
                    // A preflight at the front is answered as API Gateway does: with nothing that lets the page go on.
                    let expected = if *port == front && method == Method::OPTIONS { 204 } else { 403 };
                    assert_eq!(page.status(), expected, "{method} {port}{path}");
                }
                // Other sites may link to a page of the site, which is everybody's.
                if *port != front && *port != site {
                    let picture = request().header("sec-fetch-site", "cross-site").send().await.unwrap();
                    assert_eq!(picture.status(), StatusCode::FORBIDDEN, "{method} {port}{path}");
                }
            }
        }
    }
}
