//! Follows a task over a stream, which is resumed where it broke off; or by polling, where no stream is known.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use futures_util::{Stream, stream};
use galley_api::route::Route;
use http::{HeaderMap, StatusCode, header};
use reqwest::Response;
use serde::Deserialize;
use url::Url;

use crate::{
    answer::Task,
    body,
    call::Call,
    client::{Client, address_of, refusal},
    error::Error,
    sse::{Event, Parser},
};

/// A heartbeat comes every fifteen seconds.
const SILENCE: Duration = Duration::from_secs(45);
/// A connection that held so long and told nothing was a quiet one, not a broken one.
const HELD: Duration = Duration::from_secs(15);
const POLLED: Duration = Duration::from_secs(2);

/// What a follower is told.
#[derive(Clone, Debug)]
pub enum Followed {
    /// The task as it is now, without its text.
    Task(Box<Task>),
    /// The stream is over, because the task is.
    Over,
}

struct Follower<'a> {
    client: &'a Client,
    id: String,
    known: Option<u64>,
    connection: Option<Connection>,
    told: VecDeque<Followed>,
    /// Since something was last told.
    failed: u32,
    /// How long the stream wants a reader to wait before a new connection.
    pause: Duration,
}

struct Connection {
    response: Response,
    parser: Parser,
    since: Instant,
    told: bool,
}

/// How a connection went on.
enum Step {
    Told,
    /// It is at its time, or broke off after it was of use.
    Ended,
    /// It broke off at once, with nothing told.
    Useless,
    Over,
}

#[derive(Deserialize)]
struct End {
    reason: String,
}

impl Client {
    /// Every change of a task as it is seen, beginning with the task as it is now; ends when nothing changes any more
    /// without a person.
    pub fn follow(&self, id: &str) -> impl Stream<Item = Result<Followed, Error>> + '_ {
        let follower = Follower {
            client: self,
            id: id.to_owned(),
            known: None,
            connection: None,
            told: VecDeque::new(),
            failed: 0,
            pause: Duration::from_secs(1),
        };
        stream::try_unfold((follower, false), async |(mut follower, over)| {
            if over {
                return Ok(None);
            }
            let told = follower.next().await?;
            let over = matches!(told, Followed::Over);
            Ok(Some((told, (follower, over))))
        })
    }
}

impl Follower<'_> {
    async fn next(&mut self) -> Result<Followed, Error> {
        loop {
            if let Some(told) = self.told.pop_front() {
                return Ok(told);
            }
            match &self.client.streams {
                Some(streams) => self.listen(streams).await?,
                None => self.poll().await?,
            }
        }
    }

    async fn poll(&mut self) -> Result<(), Error> {
        if self.known.is_some() {
            tokio::time::sleep(POLLED).await;
        }
        let task = self.client.task(&self.id).await?;
        let over = task.status.is_over();
        if self.known != Some(task.version) {
            self.known = Some(task.version);
            self.told.push_back(Followed::Task(Box::new(task)));
        }
        if over {
            self.told.push_back(Followed::Over);
        }
        Ok(())
    }

    async fn listen(&mut self, streams: &Url) -> Result<(), Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => match self.connect(streams).await {
                Ok(Some(connection)) => connection,
                Ok(None) => {
                    self.told.push_back(Followed::Over);
                    return Ok(());
                }
                Err(error) => return self.wait_after(error).await,
            },
        };
        match self.advance(connection).await? {
            Step::Told => self.failed = 0,
            Step::Ended => {
                self.failed = 0;
                tokio::time::sleep(self.pause).await;
            }
            Step::Useless => return self.wait_after(silent(&self.client.host())).await,
            Step::Over => self.told.push_back(Followed::Over),
        }
        Ok(())
    }

    async fn wait_after(&mut self, error: Error) -> Result<(), Error> {
        let call = Call::to(Route::StreamTask, &[&self.id]);
        let Some(wait) = self.client.retries.after(&call, &error, self.failed, fastrand::f64()) else {
            return Err(error);
        };
        self.failed += 1;
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// `None`: whoever knows what is known has heard it all.
    async fn connect(&self, streams: &Url) -> Result<Option<Connection>, Error> {
        let mut call = Call::to(Route::StreamTask, &[&self.id]).header("accept", "text/event-stream");
        if let Some(known) = self.known {
            call = call.header("last-event-id", known.to_string());
        }
        let url = address_of(streams, &call)?;
        // Uncompressed: what is compressed may wait in a buffer.
        let sent = self.client.request(&call, url).header(header::ACCEPT_ENCODING, "identity").send();
        let sent = tokio::time::timeout(SILENCE, sent).await.map_err(|_| silent(&self.client.host()))?;
        let response = sent.map_err(|source| self.client.no_answer(source))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if status == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        if status.is_success() {
            if !is_stream(&headers) {
                return Err(Error::NoStream(self.client.host()));
            }
            let (parser, since) = (Parser::default(), Instant::now());
            return Ok(Some(Connection { response, parser, since, told: false }));
        }
        Err(refusal(status, &headers, &body::read(response, &self.client.host()).await?))
    }

    /// Reads until something is told. A connection that breaks off is made anew, from what is known.
    async fn advance(&mut self, mut connection: Connection) -> Result<Step, Error> {
        loop {
            while let Some(event) = connection.parser.next() {
                self.pause = connection.parser.retry.unwrap_or(self.pause);
                if let Some(step) = self.take(&event)? {
                    if matches!(step, Step::Told) {
                        connection.told = true;
                        self.connection = Some(connection);
                    }
                    return Ok(step);
                }
            }
            let Ok(Ok(Some(bytes))) = tokio::time::timeout(SILENCE, connection.response.chunk()).await else {
                return Ok(connection.broken());
            };
            if connection.parser.push(&bytes).is_err() {
                return Ok(connection.broken());
            }
        }
    }

    fn take(&mut self, event: &Event) -> Result<Option<Step>, Error> {
        match event.name.as_str() {
            "task" => {
                let task: Task = serde_json::from_str(&event.data).map_err(Error::Unreadable)?;
                self.known = Some(task.version);
                self.told.push_back(Followed::Task(Box::new(task)));
                Ok(Some(Step::Told))
            }
            "end" => {
                let end: End = serde_json::from_str(&event.data).map_err(Error::Unreadable)?;
                // `time` and `forbidden`: a new connection finds out what holds.
                Ok(Some(if end.reason == "over" { Step::Over } else { Step::Ended }))
            }
            // Newer than this client.
            _ => Ok(None),
        }
    }
}

impl Connection {
    fn broken(&self) -> Step {
        if self.told || self.since.elapsed() >= HELD { Step::Ended } else { Step::Useless }
    }
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream")
}

fn silent(host: &str) -> Error {
    Error::Refused { status: 504, message: format!("{host} does not answer"), retry_after: None }
}
