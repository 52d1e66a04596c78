//! A real WordPress: Debian's code under PHP's own server, with a database and a content folder that are thrown away. It is reached as
//! `https://blog.example.com` by a stack whose stand-ins say so.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::{fs::symlink, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::root;

/// What its packages are called in Debian.
pub const PACKAGES: &str = "wordpress php-cli php-mysql mariadb-server";
/// Where Debian puts its code.
const CODE: &str = "/usr/share/wordpress";
const PROGRAMS: [&str; 4] = ["php", "mariadbd", "mariadb", "mariadb-install-db"];
/// The host that stands for it.
pub const HOST: &str = "blog.example.com";
/// How long a database may take to start.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub struct WordPress {
    address: SocketAddr,
    /// Of an application, by user: `editor`, an administrator, and `author`, who may write posts and make no categories.
    passwords: BTreeMap<String, String>,
    client: Client,
    // In this order: who writes ends before what is written to, and that before its folder.
    _server: Running,
    _database: Running,
    _folder: TempDir,
}

/// A program with all that it has started.
#[derive(Debug)]
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.process_group(0).stdin(Stdio::null()).spawn().expect("a program of WordPress starts"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The server's workers are processes of its group.
        let ended = Command::new("kill").args(["-TERM", "--", &format!("-{}", self.0.id())]).status();
        assert!(ended.is_ok_and(|status| status.success()) && self.0.wait().is_ok(), "WordPress ends");
    }
}

impl WordPress {
    /// On a port that is free.
    ///
    /// # Panics
    /// When it is not installed, or does not start.
    pub fn start() -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
        Self::start_at(free.expect("a port"))
    }

    /// # Panics
    /// When it is not installed, or does not start.
    pub fn start_at(address: SocketAddr) -> Self {
        let missing = missing();
        assert!(missing.is_empty(), "a WordPress needs {missing:?}: apt-get install {PACKAGES}");
        let folder = TempDir::new().expect("a folder");
        let database = database(folder.path());
        let site = site(folder.path());
        let php = || {
            let mut php = Command::new("php");
            php.args(["-d", "sendmail_path=/bin/true", "-d"])
                .arg(format!("auto_prepend_file={}", ours("prepend.php").display()))
                .env("GALLEY_WP_SOCKET", folder.path().join("socket"))
                .env("GALLEY_WP_URL", format!("http://{address}"))
                .env("GALLEY_WP_FOLDER", &site)
                // A request of a page may ask for another.
                .env("PHP_CLI_SERVER_WORKERS", "4");
            php
        };
        let installed = php().arg(ours("install.php")).output().expect("PHP runs");
        let told: Value = serde_json::from_slice(&installed.stdout)
            .unwrap_or_else(|_| panic!("it is not installed: {}", String::from_utf8_lossy(&installed.stdout)));
        let log = std::fs::File::create(folder.path().join("php.log")).expect("a log");
        let server =
            Running::start(php().args(["-S", &address.to_string(), "-t"]).arg(&site).stdout(Stdio::null()).stderr(log));
        until(|| std::net::TcpStream::connect(address).is_ok());
        let passwords = serde_json::from_value(told["passwords"].clone()).expect("passwords");
        Self {
            address,
            passwords,
            client: galley_local::client(),
            _server: server,
            _database: database,
            _folder: folder,
        }
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// As the setting of the stand-ins has it.
    pub fn stand_in(&self) -> String {
        format!("{HOST}={}", self.address)
    }

    pub fn password(&self, user: &str) -> &str {
        self.passwords.get(user).unwrap_or_else(|| panic!("nobody is called {user}"))
    }

    /// A target of this WordPress, as an admin makes it.
    pub fn target(&self, name: &str, user: &str) -> Value {
        let settings = json!({"kind": "wordpress", "username": user});
        let url = format!("https://{HOST}");
        json!({"name": name, "url": url, "settings": settings, "secret": self.password(user), "default_for": []})
    }

    /// What its interface answers to its administrator.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let request = self.client.request(method, format!("http://{}/wp-json/wp/v2{path}", self.address));
        let request = request.basic_auth("editor", self.passwords.get("editor"));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.expect("WordPress answers").json().await.expect("JSON")
    }

    /// What its interface answers to anybody.
    pub async fn ask_as_reader(&self, path: &str) -> Value {
        let request = self.client.get(format!("http://{}/wp-json/wp/v2{path}", self.address));
        request.send().await.expect("WordPress answers").json().await.expect("JSON")
    }

    /// All posts but those in the bin, drafts too, the oldest first.
    pub async fn posts(&self) -> Vec<Value> {
        let all = self.ask(Method::GET, "/posts?status=any&context=edit&orderby=id&order=asc&per_page=100", None).await;
        let ours = |post: &&Value| post["slug"] != "hello-world";
        all.as_array().expect("posts").iter().filter(ours).cloned().collect()
    }

    /// The posts that have `word`, in whatever state, those in the bin among them.
    pub async fn posts_with(&self, word: &str) -> Vec<Value> {
        let of_all = "status=publish,future,draft,pending,private,trash&context=edit";
        let found = self.ask(Method::GET, &format!("/posts?search={word}&{of_all}"), None).await;
        found.as_array().cloned().unwrap_or_default()
    }

    /// A page as readers see it: its status, and what it says.
    pub async fn page(&self, path: &str) -> (u16, String) {
        let page = self.client.get(format!("http://{}{path}", self.address)).send().await.expect("WordPress answers");
        (page.status().as_u16(), page.text().await.expect("a page"))
    }
}

/// Passes a request on to a site that is at `address`.
pub async fn forward(client: &Client, address: SocketAddr, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 24).await.expect("a body");
    let mut asked = client.request(parts.method, format!("http://{address}{}", parts.uri)).body(body);
    for (name, value) in &parts.headers {
        if name != header::HOST && name != header::CONTENT_LENGTH {
            asked = asked.header(name, value);
        }
    }
    let answered = asked.send().await.expect("WordPress answers");
    (answered.status(), answered.bytes().await.expect("an answer")).into_response()
}

/// An answer that breaks off.
pub fn cut() -> Response {
    let cut = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
    (StatusCode::OK, [(header::CONTENT_LENGTH, "1000000")], Body::from_stream(cut)).into_response()
}

/// What of it is not installed.
pub fn missing() -> Vec<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &&str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let code = (!Path::new(CODE).is_dir()).then_some(CODE);
    PROGRAMS.into_iter().filter(|program| !is_there(program)).chain(code).collect()
}

fn ours(name: &str) -> PathBuf {
    root().join("tests/wordpress").join(name)
}

/// Debian's code by links, with a configuration and contents of its own.
fn site(folder: &Path) -> PathBuf {
    let site = folder.join("site");
    for content in ["plugins", "themes", "uploads"] {
        std::fs::create_dir_all(site.join("wp-content").join(content)).expect("a folder");
    }
    for entry in std::fs::read_dir(CODE).expect("WordPress") {
        let entry = entry.expect("a file");
        if entry.file_name() != "wp-content" && entry.file_name() != "wp-config.php" {
            symlink(entry.path(), site.join(entry.file_name())).expect("a link");
        }
    }
    std::fs::copy(ours("wp-config.php"), site.join("wp-config.php")).expect("a configuration");
    site
}

fn database(folder: &Path) -> Running {
    let (data, socket) = (folder.join("data"), folder.join("socket"));
    // Root is asked for by name, or MariaDB does not start as root.
    let user = if is_root() { "root".to_owned() } else { std::env::var("USER").unwrap_or_default() };
    let log = || std::fs::File::create(folder.join("database.log")).expect("a log");
    let made = Command::new("mariadb-install-db")
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg(format!("--user={user}"))
        .arg(format!("--datadir={}", data.display()))
        .stdout(log())
        .stderr(Stdio::null())
        .status();
    assert!(made.is_ok_and(|status| status.success()), "the database is made");
    let running = Running::start(
        Command::new("mariadbd")
            .args(["--no-defaults", "--skip-networking", "--innodb-flush-log-at-trx-commit=0"])
            .arg(format!("--user={user}"))
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", socket.display()))
            .arg(format!("--pid-file={}", folder.join("pid").display()))
            .stdout(Stdio::null())
            .stderr(log()),
    );
    let sql = |text: &str| {
        let mut mariadb = Command::new("mariadb");
        mariadb.args(["--no-defaults", "--user=root", "--execute", text]).arg(format!("--socket={}", socket.display()));
        mariadb.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    until(|| sql("SELECT 1"));
    assert!(sql("CREATE DATABASE wordpress CHARACTER SET utf8mb4"), "a database");
    running
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn until(holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "WordPress does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
}
