//! Events pulled to this machine, and passed on to a program that runs on it.

use std::{
    collections::{BTreeMap, VecDeque},
    io::Write,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;
use galley_client::{Error, SecretString, api::route::Route, call::Call, webhook::Scheme};
use http::Uri;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    context::{Context, Lasting, text},
    fail::Failure,
    profiles, say,
};

/// The host of all mailboxes.
const MAILBOXES: &str = "https://listen.galley.invalid";
/// The most that one answer has.
const PAGE: usize = 100;
/// Between two looks: twenty in a minute leave room for other reads of the same key, which has thirty if nobody says otherwise.
const PAUSE: Duration = Duration::from_secs(3);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Of two events that were written at once the later may be seen first: for so long after an event was passed on, those before it are
/// asked for.
const SETTLES: Duration = Duration::from_mins(1);

#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// The program that gets the events: an http address of this machine, such as http://localhost:3000/hook
    #[arg(long, value_name = "URL")]
    forward_to: String,
    /// The last part of the callback_url, for one of several listeners
    #[arg(long, default_value = "laptop")]
    name: String,
    /// End after so many events
    #[arg(long, value_name = "N")]
    count: Option<usize>,
}

/// An event, as it is pulled.
struct Event {
    id: String,
    webhook_id: String,
    kind: String,
    at: Timestamp,
    body: String,
}

/// What was passed on, so that nothing is passed on twice.
struct Place {
    file: PathBuf,
    /// Whose mailbox it is.
    name: String,
    kept: Kept,
    /// When each of what is behind the place was passed on, by this machine's steady clock.
    since: VecDeque<Instant>,
}

/// What the next start knows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// Behind this event everything is asked for. Ids have the order of time.
    after: Option<String>,
    /// What was passed on behind it, in that order.
    passed: VecDeque<String>,
}

struct Listener<'a> {
    context: &'a Context,
    lasting: Lasting,
    program: reqwest::Client,
    secret: SecretString,
    listen: &'a Listen,
    /// The program's whole address.
    to: String,
    left: Option<usize>,
    is_connected: bool,
}

impl Listen {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let to = of_this_machine(&self.forward_to)?;
        let lasting = context.lasting()?;
        let client = lasting.client();
        let me = client.me().await?;
        let shown: Value = client.read(&Call::to(Route::ShowCallbackSecret, &[])).await?;
        let program = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let program =
            program.timeout(Duration::from_secs(30)).build().map_err(|error| Failure::here(error.to_string()))?;
        let mut place = Place::read(format!("{} {} {}", context.session.url, me.tenant, self.name))?;
        let secret = text(&shown, "secret").into();
        let left = self.count;
        Listener { context, lasting, program, secret, listen: self, to, left, is_connected: false }
            .run(&mut place)
            .await
    }
}

/// Events name tasks and their states: they go to a program of this machine and nowhere else. Its address may leave out `http://`.
fn of_this_machine(given: &str) -> Result<String, Failure> {
    let has_scheme = given.contains("://");
    let url = if has_scheme { given.to_owned() } else { format!("http://{given}") };
    let uri: Option<Uri> = url.parse().ok();
    let host = uri.as_ref().filter(|uri| uri.scheme_str() == Some("http")).and_then(Uri::host).unwrap_or_default();
    let number = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    if host == "localhost" || number.is_ok_and(|address| address.is_loopback()) {
        return Ok(url);
    }
    let missing = if has_scheme { "" } else { "has no http://, and " };
    Err(Failure::todo(
        format!("{given} {missing}is not of this machine"),
        "Such as --forward-to http://localhost:3000/hook",
    ))
}

impl Listener<'_> {
    async fn run(mut self, place: &mut Place) -> Result<(), Failure> {
        let mut pause = PAUSE;
        while self.left != Some(0) {
            self.lasting.renew().await?;
            match self.pull(place).await {
                Ok(()) => pause = PAUSE,
                Err(Failure::Api(error)) if comes_back(&error) => {
                    if self.is_connected {
                        self.context.output.hint(&format!("{error}; trying again"));
                    }
                    self.is_connected = false;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(failure) => return Err(failure),
            }
            if self.left != Some(0) {
                tokio::time::sleep(pause).await;
            }
        }
        Ok(())
    }

    fn tell_ready(&self) {
        let callback = format!("{MAILBOXES}/{}", self.listen.name);
        if self.context.output.is_json() {
            say::json(&json!({"ready": true, "callback_url": callback, "forward_to": self.to}));
        } else {
            say::line(&format!("Ready: what has \"callback_url\": \"{callback}\" comes to {}", self.to));
        }
    }

    /// Everything that is there and was not passed on.
    async fn pull(&mut self, place: &mut Place) -> Result<(), Failure> {
        place.settle(Instant::now())?;
        let mut after = place.kept.after.clone();
        loop {
            let call = Call::to(Route::Listen, &[&self.listen.name]).query("limit", PAGE.to_string());
            let call = after.iter().fold(call, |call, after| call.query("after", after));
            let page: Value = self.lasting.client().read(&call).await?;
            if !std::mem::replace(&mut self.is_connected, true) {
                self.tell_ready();
            }
            let data = page.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            for event in data.iter().filter_map(Event::read) {
                after = Some(event.id.clone());
                if !place.has(&event) {
                    self.pass_on(&event).await?;
                    place.passed(event.id, Instant::now())?;
                    self.left = self.left.map(|left| left.saturating_sub(1));
                    if self.left == Some(0) {
                        return Ok(());
                    }
                }
            }
            if data.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// Until the program answers, whatever it says.
    async fn pass_on(&self, event: &Event) -> Result<(), Failure> {
        let mut pause = Duration::from_millis(500);
        loop {
            let headers =
                Scheme::Standard.sign(&self.secret, &event.webhook_id, Timestamp::now(), event.body.as_bytes());
            let headers = headers.map_err(|error| Failure::here(error.to_string()))?;
            let request = self.program.post(&self.to).header("content-type", "application/json");
            let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
            if let Ok(answer) = request.body(event.body.clone()).send().await {
                self.tell(event, answer.status().as_u16());
                return Ok(());
            }
            anstream::eprintln!("{}", say::safe(&format!("Nothing answers at {}; trying again", self.to)));
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn tell(&self, event: &Event, status: u16) {
        if self.context.output.is_json() {
            say::json(&json!({"webhook_id": event.webhook_id, "type": event.kind, "at": event.at, "status": status}));
        } else {
            say::line(&format!("{}\t{}\t{status}", event.kind, event.webhook_id));
        }
    }
}

/// What passes by itself.
fn comes_back(error: &Error) -> bool {
    match error {
        Error::NoAnswer { .. } => true,
        Error::Refused { status, .. } => *status == 429 || *status >= 500,
        Error::Problem(problem) => problem.status() == 429 || problem.status() >= 500,
        _ => false,
    }
}

impl Event {
    fn read(value: &Value) -> Option<Self> {
        let of = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
        let (id, webhook_id, kind, body) = (of("event_id")?, of("webhook_id")?, of("type")?, of("body")?);
        Some(Self { id, webhook_id, kind, at: of("at")?.parse().ok()?, body })
    }
}

impl Place {
    fn read(name: String) -> Result<Self, Failure> {
        let file = profiles::file()?.with_file_name("listening.json");
        let kept = Self::all(&file).remove(&name).unwrap_or_default();
        let since = kept.passed.iter().map(|_| Instant::now()).collect();
        Ok(Self { file, name, kept, since })
    }

    /// One that is damaged is as none: an event is passed on twice rather than never.
    fn all(file: &PathBuf) -> BTreeMap<String, Kept> {
        std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn has(&self, event: &Event) -> bool {
        self.kept.passed.contains(&event.id)
    }

    /// Is kept at once, so that the next start knows it.
    fn passed(&mut self, id: String, now: Instant) -> Result<(), Failure> {
        self.kept.passed.push_back(id);
        self.since.push_back(now);
        self.keep()
    }

    /// Moves on behind what was passed on long enough ago, so that it is asked for no more.
    fn settle(&mut self, now: Instant) -> Result<(), Failure> {
        let settled = self.since.iter().take_while(|since| now.duration_since(**since) >= SETTLES).count();
        if settled == 0 {
            return Ok(());
        }
        self.since.drain(..settled);
        let newest = self.kept.passed.drain(..settled).max();
        self.kept.after = self.kept.after.take().max(newest);
        self.keep()
    }

    fn keep(&self) -> Result<(), Failure> {
        let mut all = Self::all(&self.file);
        all.insert(self.name.clone(), self.kept.clone());
        self.write(&all).map_err(|error| Failure::here(format!("{} cannot be written: {error}", self.file.display())))
    }

    /// By a new file that takes the place of the old one.
    fn write(&self, all: &BTreeMap<String, Kept>) -> std::io::Result<()> {
        let folder = self.file.parent().unwrap_or(std::path::Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(serde_json::to_string(all)?.as_bytes())?;
        new.persist(&self.file).map(drop).map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_go_to_a_program_of_this_machine_alone() {
        for url in
            ["http://localhost:3000/hook", "http://127.0.0.1:3000", "http://[::1]:3000/hook", "http://127.9.9.9/"]
        {
            assert_eq!(of_this_machine(url).unwrap(), url);
        }
        for short in ["localhost:3000", "127.0.0.1:3000/hook", "[::1]:3000", "localhost"] {
            assert_eq!(of_this_machine(short).unwrap(), format!("http://{short}"));
        }
        for url in [
            "http://example.com/hook",
            "http://10.0.0.1/",
            "https://localhost:3000/",
            "http://localhost.example.com/",
            "http://user@example.com/localhost",
            "example.com:3000",
            "",
        ] {
            assert!(of_this_machine(url).is_err(), "{url}");
        }
        let unschemed = of_this_machine("example.com:3000");
        assert!(
            matches!(unschemed, Err(Failure::Here { ref what, .. }) if what.contains("has no http://")),
            "{unschemed:?}"
        );
    }

    #[test]
    fn an_event_that_is_seen_late_is_not_missed_and_none_is_passed_on_twice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("listening.json");
        let mut place =
            Place { file: file.clone(), name: "here".to_owned(), kept: Kept::default(), since: VecDeque::new() };
        let event = |id: &str| Event {
            id: id.to_owned(),
            webhook_id: String::new(),
            kind: String::new(),
            at: Timestamp::UNIX_EPOCH,
            body: String::new(),
        };
        let (began, second) = (Instant::now(), Duration::from_secs(1));
        place.passed("a".to_owned(), began).unwrap();
        place.passed("c".to_owned(), began).unwrap();
        place.settle(began + 59 * second).unwrap();
        assert_eq!(place.kept.after, None, "one that was written beside them may still come");
        assert!(!place.has(&event("b")));
        place.passed("b".to_owned(), began + 59 * second).unwrap();

        // The next start knows what was passed on behind the place.
        let next = Place { kept: Place::all(&file)["here"].clone(), ..place };
        assert!(["a", "b", "c"].iter().all(|id| next.has(&event(id))) && next.kept.after.is_none());

        let mut place = next;
        place.settle(began + 60 * second).unwrap();
        assert_eq!((place.kept.after.as_deref(), place.has(&event("b"))), (Some("c"), true));
        place.settle(began + 119 * second).unwrap();
        assert_eq!(place.kept, Kept { after: Some("c".to_owned()), passed: VecDeque::new() }, "it never goes back");
    }
}
