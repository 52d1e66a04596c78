//! Models, searches, photographs and links that follow a script.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use galley_domain::{
    content::{blockers::Finish, language::Language, references::Reference},
    generation::{
        recipe::Search,
        services::{ImageSearch, LinkChecker, LinkState, Researcher, SearchResults},
    },
    kernel::usd::MicroUsd,
    models::{
        ask::{Ask, Availability, Available, Completion, LanguageModel, ProviderError},
        catalogue::Catalogue,
        price::{Spent, Tokens},
    },
    task::revision::Image,
};
use serde_json::json;
use uuid::Uuid;

use crate::prose;

/// What one call that writes a text comes to.
#[derive(Clone, Copy, Debug)]
pub enum Script {
    Writes(&'static str),
    /// Writes a text that no editor would take.
    WritesPoorly(&'static str),
    /// Writes a text that passes as some servers give it: thinking first, then words to whoever asked and a block.
    WritesAloud(&'static str),
    Breaks(Finish),
    /// Writes a text that passes, and reports these tokens for it.
    Reports(&'static str, Option<Tokens>),
    /// Writes this over and over.
    Repeats(&'static str, usize),
    IsDown {
        retry_after: Option<Duration>,
    },
    Refuses,
    /// Writes once it is let go.
    Waits(&'static str),
    /// Never answers.
    Hangs,
}

/// Follows its script, a step for each call that writes a text, and keeps what it was asked. What has a shape it answers by
/// itself: plans and displays well, and judges with the scores that it was given, 80 when there are none left.
#[derive(Clone, Debug, Default)]
pub struct ScriptedModel {
    script: Arc<Mutex<VecDeque<Script>>>,
    scores: Arc<Mutex<VecDeque<u8>>>,
    displayed: Arc<Mutex<Option<serde_json::Value>>>,
    said: Arc<Mutex<VecDeque<(&'static str, &'static str)>>>,
    asked: Arc<Mutex<Vec<Ask>>>,
    released: Arc<tokio::sync::Notify>,
}

/// What a scripted call costs: 30 tokens at ten dollars a million.
pub const COST: MicroUsd = MicroUsd::from_micros(300);
const USED: Tokens = Tokens { input: 10, output: 20 };

/// Two providers with a model each. The first is asked first.
pub fn scripted_catalogue() -> Catalogue {
    let model = |id: &str| {
        json!({
            "id": id, "context_tokens": 100_000, "max_output_tokens": 10_000,
            "capabilities": ["json_schema", "temperature"],
            "prices": [{"effective": "2026-01-01", "input": "10", "output": "10", "source": "the script"}],
        })
    };
    let route = || json!({"usual": ["scripted/first", "spare/second"]});
    let catalogue = json!({
        "providers": {"scripted": {"protocol": "openai"}, "spare": {"protocol": "openai"}},
        "models": [model("scripted/first"), model("spare/second")],
        "routes": {"fast": route(), "balanced": route(), "quality": route()},
    });
    Catalogue::read(&catalogue.to_string()).unwrap()
}

impl ScriptedModel {
    pub fn new(script: impl IntoIterator<Item = Script>) -> Self {
        Self { script: Arc::new(Mutex::new(script.into_iter().collect())), ..Self::default() }
    }

    /// With what it says of the drafts that it is to judge.
    #[must_use]
    pub fn judging(self, scores: impl IntoIterator<Item = u8>) -> Self {
        self.scores.lock().unwrap().extend(scores);
        self
    }

    /// With what it proposes to be shown in lists.
    #[must_use]
    pub fn displaying(self, display: serde_json::Value) -> Self {
        *self.displayed.lock().unwrap() = Some(display);
        self
    }

    /// With what it says word for word, one after the other, where it is asked for the shape of that name.
    #[must_use]
    pub fn saying(self, name: &'static str, texts: impl IntoIterator<Item = &'static str>) -> Self {
        self.said.lock().unwrap().extend(texts.into_iter().map(|text| (name, text)));
        self
    }

    /// Lets one waiting call end.
    pub fn let_go(&self) {
        self.released.notify_one();
    }

    /// The ids of the calls, in order.
    pub fn asked(&self) -> Vec<Uuid> {
        self.asks().iter().map(|ask| ask.call).collect()
    }

    pub fn asks(&self) -> Vec<Ask> {
        self.asked.lock().unwrap().clone()
    }

    fn shaped(&self, name: &str) -> String {
        let mut said = self.said.lock().unwrap();
        if let Some(at) = said.iter().position(|(of, _)| *of == name) {
            return said.remove(at).map(|(_, text)| text.to_owned()).unwrap_or_default();
        }
        let answer = match name {
            "outline" => {
                json!({"title": "A plan", "parts": [{"heading": "What it is", "points": ["It keeps a copy."]}]})
            }
            "assessment" => {
                let score = self.scores.lock().unwrap().pop_front().unwrap_or(80);
                json!({
                    "clarity": score, "accuracy": score, "completeness": score, "relevance": score, "seo_quality": score,
                    "readability": score, "engagement": score, "critique": ["Say what it costs."],
                })
            }
            _ => self.displayed.lock().unwrap().clone().unwrap_or_else(
                || json!({"title": "Shown", "description": "What it is.", "keywords": ["copy"], "excerpt": "Short."}),
            ),
        };
        answer.to_string()
    }
}

/// A text of that title which passes every check, in whatever form is asked for.
pub fn good_text(title: &str) -> String {
    let mut text = format!("# {title}\n\nHow HTTP caching works.\n");
    for (nth, heading) in
        ["What it is", "How it works", "When to use it", "What to avoid", "What comes next"].iter().enumerate()
    {
        let part = prose::about("HTTP caching and how it works", 60, nth);
        text.push_str(&format!("\n## {heading}\n\n{part} Why does it help you?\n\n- Fast\n- Cheap\n"));
    }
    text
}

/// An answer with all that may stand around one.
fn aloud(text: &str) -> String {
    format!(
        "<think>\nSECRETTHOUGHT: the brief wants it so.\n</think>\n\nSure! Here is the article you asked for:\n\n\
         ````markdown\n{text}\n````\n\nI hope this helps! Let me know if you would like any changes."
    )
}

impl LanguageModel for ScriptedModel {
    async fn is_configured(&self) -> bool {
        true
    }

    async fn survey(&self) -> Vec<Availability> {
        let up = |name: &str| Availability {
            provider: name.to_owned().try_into().unwrap(),
            state: Available::Yes { models: None },
        };
        vec![up("scripted")]
    }

    async fn ask(&self, ask: &Ask) -> Result<Completion, ProviderError> {
        self.asked.lock().unwrap().push(ask.clone());
        let said = |text: String, finish| Ok(Completion { text, finish, tokens: Some(USED) });
        if let Some(schema) = &ask.schema {
            return said(self.shaped(schema.name), Finish::Complete);
        }
        let step = self.script.lock().unwrap().pop_front().expect("a call that the script does not foresee");
        match step {
            Script::Writes(title) => said(good_text(title), Finish::Complete),
            Script::WritesPoorly(title) => said(format!("# {title}\n\nText."), Finish::Complete),
            Script::Reports(title, tokens) => {
                Ok(Completion { text: good_text(title), finish: Finish::Complete, tokens })
            }
            Script::Repeats(text, times) => said(format!("# Long\n\n{}", text.repeat(times)), Finish::Truncated),
            Script::WritesAloud(title) => said(aloud(&good_text(title)), Finish::Complete),
            Script::Breaks(finish) => said(good_text("Broken off"), finish),
            Script::IsDown { retry_after } => {
                Err(ProviderError::Unavailable { retry_after, spent: Spent::Nothing, source: "down".into() })
            }
            Script::Refuses => Err(ProviderError::Refused { reason: "no".to_owned(), spent: Spent::Nothing }),
            Script::Waits(title) => {
                self.released.notified().await;
                said(good_text(title), Finish::Complete)
            }
            Script::Hangs => std::future::pending().await,
        }
    }
}

/// The model of a script beside a spare one that is always there.
#[derive(Clone, Debug)]
pub struct WithSpare(pub ScriptedModel);

impl LanguageModel for WithSpare {
    async fn is_configured(&self) -> bool {
        true
    }

    async fn survey(&self) -> Vec<Availability> {
        let mut found = self.0.survey().await;
        let state = Available::Yes { models: None };
        found.push(Availability { provider: "spare".to_owned().try_into().unwrap(), state });
        found
    }

    async fn ask(&self, ask: &Ask) -> Result<Completion, ProviderError> {
        if ask.model.provider.as_str() == "scripted" {
            return self.0.ask(ask).await;
        }
        self.0.asked.lock().unwrap().push(ask.clone());
        let text =
            ask.schema.as_ref().map_or_else(|| good_text("By the spare one"), |schema| self.0.shaped(schema.name));
        Ok(Completion { text, finish: Finish::Complete, tokens: Some(USED) })
    }
}

/// No models at all.
#[derive(Clone, Copy, Debug)]
pub struct NoModels;

impl LanguageModel for NoModels {
    async fn is_configured(&self) -> bool {
        false
    }

    async fn survey(&self) -> Vec<Availability> {
        Vec::new()
    }

    async fn ask(&self, _: &Ask) -> Result<Completion, ProviderError> {
        unreachable!("there is nobody to ask")
    }
}

/// What the world outside has: nothing, unless it is given something.
#[derive(Clone, Debug, Default)]
pub struct ScriptedWeb {
    pub references: Vec<Reference>,
    /// What a search costs. `None`: nothing can be searched.
    pub price: Option<MicroUsd>,
    pub image: Option<Image>,
    pub dead: Vec<String>,
    /// What was searched for.
    pub searched: Arc<Mutex<Vec<(Search, String, Language)>>>,
}

impl ScriptedWeb {
    pub fn searched(&self) -> Vec<(Search, String, Language)> {
        self.searched.lock().unwrap().clone()
    }
}

impl Researcher for ScriptedWeb {
    async fn price(&self) -> Option<MicroUsd> {
        self.price
    }

    async fn search(&self, search: Search, query: &str, language: Language) -> Result<SearchResults, ProviderError> {
        self.searched.lock().unwrap().push((search, query.to_owned(), language));
        Ok(SearchResults { references: self.references.clone(), cost: self.price.unwrap_or_default() })
    }
}

impl ImageSearch for ScriptedWeb {
    async fn can_be_asked(&self) -> bool {
        self.image.is_some()
    }

    async fn find(&self, _: &str) -> Result<Option<Image>, ProviderError> {
        Ok(self.image.clone())
    }
}

impl LinkChecker for ScriptedWeb {
    async fn follow(&self, url: &str) -> LinkState {
        if self.dead.iter().any(|dead| dead == url) { LinkState::Dead } else { LinkState::Alive }
    }
}
