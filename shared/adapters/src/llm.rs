//! A writer behind any OpenAI-compatible chat endpoint: `POST {base}/chat/completions`, as OpenAI, Ollama, vLLM and
//! llama.cpp serve it (<https://platform.openai.com/docs/api-reference/chat>). Not retried here: what was sent and then
//! timed out may have been paid for, so the worker decides. Each call carries the id under which the ledger knows it.

mod prompt;

use std::time::Duration;

use galley_domain::{
    content::blockers::Finish,
    generate::{Draft, DraftBrief, GeneratorError, Tokens},
    ledger::{Price, Quote, Said, Spent},
    money::MicroUsd,
    ports::{BoxError, Secrets, Writer},
    request::{ModelName, Phase},
    revision::Author,
};
use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{Client, Response, StatusCode, Url, header::RETRY_AFTER};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use prompt::DRAFT_PROMPT_VERSION;
use prompt::{Prompt, Written};

const CONNECT: Duration = Duration::from_secs(5);
/// An article of 5000 words is far below this.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Where a model is, and how it is called.
#[derive(Clone, Debug)]
pub struct ChatOptions {
    pub base_url: String,
    /// Asked for when the request names no other.
    pub model: String,
    pub key_id: Option<String>,
    pub price: Price,
    /// The whole of one call.
    pub time_limit: Duration,
}

#[derive(Clone, Debug)]
pub struct ChatWriter<X> {
    client: Client,
    endpoint: Url,
    /// Who is asked, for the ledger and the breaker: host and port.
    provider: String,
    model: ModelName,
    key_id: Option<String>,
    price: Price,
    time_limit: Duration,
    secrets: X,
}

#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    #[error("GALLEY_LLM_BASE_URL must be an http or https URL")]
    BaseUrl,
    #[error("GALLEY_LLM_MODEL {0}")]
    Model(String),
    #[error("the HTTP client could not be built")]
    Client(#[source] BoxError),
}

impl<X: Secrets> ChatWriter<X> {
    /// # Errors
    /// See `ChatError`.
    pub fn new(options: ChatOptions, secrets: X) -> Result<Self, ChatError> {
        let endpoint = Url::parse(&format!("{}/chat/completions", options.base_url.trim_end_matches('/')))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or(ChatError::BaseUrl)?;
        let host = endpoint.host_str().ok_or(ChatError::BaseUrl)?;
        let provider = endpoint.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let model = ModelName::try_from(options.model).map_err(|rule| ChatError::Model(rule.to_string()))?;
        // reqwest takes the process's provider, and a second call for the same one changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(options.time_limit)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| ChatError::Client(error.into()))?;
        let ChatOptions { key_id, price, time_limit, .. } = options;
        Ok(Self { client, endpoint, provider, model, key_id, price, time_limit, secrets })
    }

    async fn key(&self) -> Result<Option<secrecy::SecretString>, GeneratorError> {
        let Some(id) = &self.key_id else { return Ok(None) };
        let versions = self.secrets.active(id).await.map_err(|error| unavailable(None, Spent::Nothing, error))?;
        // A stack that is new has no key yet, and Ollama needs none.
        Ok(versions.into_iter().next().filter(|key| !matches!(key.expose_secret(), "" | "unset")))
    }

    /// The model that the client asked for, else the configured one.
    fn model_for<'a>(&'a self, brief: &'a DraftBrief) -> &'a ModelName {
        let asked = brief.request.models_by_phase.get(&Phase::Draft).or(brief.request.model.as_ref());
        asked.unwrap_or(&self.model)
    }

    async fn ask(&self, brief: &DraftBrief, call: Uuid) -> Result<Answer, GeneratorError> {
        let prompt = Prompt::of(brief)?;
        let body = json!({
            "model": self.model_for(brief).as_str(),
            "max_tokens": prompt.most_output,
            "messages": [
                {"role": "system", "content": Prompt::system()},
                {"role": "user", "content": prompt.user},
            ],
        });
        let id = call.to_string();
        let mut request = self.client.post(self.endpoint.clone()).header("x-client-request-id", id).json(&body);
        if let Some(key) = self.key().await? {
            request = request.bearer_auth(key.expose_secret());
        }
        let response = request.send().await.map_err(|error| {
            // What could not connect was not sent; anything later may have been worked on.
            let spent = if error.is_connect() { Spent::Nothing } else { Spent::Unknown };
            unavailable(None, spent, error.without_url())
        })?;
        let bytes = read(accepted(response)?).await?;
        serde_json::from_slice(&bytes).map_err(|_| refused("the answer is not a chat completion", Spent::Unknown))
    }

    /// What an answer cost: by its report, or the most that it can have cost if it makes none.
    fn cost(&self, usage: Option<&Usage>, brief: &DraftBrief) -> Result<(Tokens, MicroUsd), GeneratorError> {
        let Some(usage) = usage else { return Ok((Tokens::default(), Prompt::of(brief)?.reserved(self.price))) };
        let tokens = Tokens { input: usage.prompt_tokens, output: usage.completion_tokens };
        Ok((tokens, self.price.of(tokens)))
    }
}

impl<X: Secrets> Writer for ChatWriter<X> {
    fn identity(&self) -> String {
        format!("chat/{}/{DRAFT_PROMPT_VERSION}", self.model.as_str())
    }

    fn time_limit(&self) -> Duration {
        self.time_limit
    }

    fn quote(&self, brief: &DraftBrief) -> Result<Option<Quote>, GeneratorError> {
        let prompt = Prompt::of(brief)?;
        Ok(Some(Quote {
            provider: self.provider.clone(),
            model: self.model_for(brief).as_str().to_owned(),
            prompt_version: DRAFT_PROMPT_VERSION.to_owned(),
            reserved: prompt.reserved(self.price),
            prompt_sha256: prompt.sha256(),
        }))
    }

    async fn draft(&self, brief: &DraftBrief, call: Uuid) -> Result<Draft, GeneratorError> {
        let answer = self.ask(brief, call).await?;
        let (tokens, cost) = self.cost(answer.usage.as_ref(), brief)?;
        let refused = |reason: &str| refused(reason, Spent::Known { tokens, cost });
        let choice = answer.choices.into_iter().next().ok_or_else(|| refused("the answer has no choice"))?;
        let text = choice.message.content.unwrap_or_default();
        let written = Written::read(&text, brief.request.topic.as_str()).map_err(|why| refused(&why.to_string()))?;
        let Written { title, markdown } = written;
        let finish = match choice.finish_reason.as_deref() {
            Some("length") => Finish::Truncated,
            Some("content_filter") => return Err(refused("the provider's content filter withheld the answer")),
            _ => Finish::Complete,
        };
        let author = Author::Model { model: self.model_for(brief).clone() };
        let response_sha256 = hex::encode(Sha256::digest(&text));
        let said = Said { prompt: Prompt::of(brief)?.whole(), response: text };
        Ok(Draft { title, markdown, finish, author, tokens, cost, response_sha256, said: Some(said) })
    }
}

/// The whole body, if it stays within bounds.
async fn read(mut response: Response) -> Result<Vec<u8>, GeneratorError> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > MAX_ANSWER_BYTES => {
                return Err(refused("the answer is over 1 MiB", Spent::Unknown));
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(unavailable(None, Spent::Unknown, error.without_url())),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: ChoiceMessage,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct ChoiceMessage {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

fn accepted(response: Response) -> Result<Response, GeneratorError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let transient =
        status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT || status.is_server_error();
    if transient {
        let text = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = text.and_then(|text| retry_after(text, Timestamp::now()));
        return Err(unavailable(
            retry_after,
            Spent::Nothing,
            std::io::Error::other(format!("the provider answered {status}")),
        ));
    }
    Err(refused(&format!("the provider answered {}", status.as_u16()), Spent::Nothing))
}

/// Seconds or an HTTP date (RFC 9110, section 10.2.3).
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Duration::try_from(at.duration_since(now)).ok()
}

fn unavailable(retry_after: Option<Duration>, spent: Spent, source: impl Into<BoxError>) -> GeneratorError {
    GeneratorError::Unavailable { retry_after, spent, source: source.into() }
}

fn refused(reason: &str, spent: Spent) -> GeneratorError {
    GeneratorError::Refused { reason: reason.to_owned(), spent }
}

#[cfg(test)]
mod tests;
