//! The way from a request to a text that is good enough, or as good as it gets.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future;

use crate::{
    content::{
        blockers::Finish,
        clean::{CleanHtml, Removal, clean},
        markdown,
        outline::{self, Brief as OutlineBrief},
        quality::{Assessment, Judgement, Method, Score},
        references::{self, Reference},
        text,
    },
    generation::{
        answers::{self, Written},
        calls::{Answered, Question},
        draft::{Draft, Outline},
        prompts::Brief,
        recipe::Recipe,
        router::RoutingContext,
        stages::Stage,
        worker::{Interruption, LeasedTask, WebServices, WorkStore, Worker},
    },
    kernel::{clock::Clock, printable},
    models::{
        ask::{Availability, LanguageModel, ProviderError},
        id::{ModelId, ProviderId},
    },
    queue::message::Queue,
    task::{
        request::{Audience, Keyword},
        revision::{Author, DraftScore, Manuscript, Revision, Work},
    },
};

/// A text as it would be shown.
struct Text {
    draft: Draft,
    html: CleanHtml,
    pictures_left_out: usize,
    removed: Vec<Removal>,
}

/// A text with what was said of it.
struct Assessed {
    text: Text,
    assessment: Assessment,
    score: Score,
}

impl Assessed {
    /// A text that breaks off is worse than any that does not.
    fn rank(&self) -> (bool, Score) {
        (self.text.draft.finish == Finish::Complete, self.score)
    }

    fn passes(&self, bar: Score) -> bool {
        self.rank() >= (true, bar)
    }
}

impl<S: WorkStore, Q: Queue, C: Clock, M: LanguageModel, O: WebServices> Worker<S, Q, C, M, O> {
    pub(super) async fn work(&self, leased: &LeasedTask<'_>) -> Result<(), Interruption> {
        if !self.models.is_configured().await {
            return self.outline_alone(leased).await;
        }
        let request = &leased.start.request;
        let recipe = Recipe::of(request.task_type, request.quality_preference);
        // Who is there is found out while sources are.
        let (availability, found) = future::join(self.models.survey(), self.research(leased, &recipe)).await;
        self.tell_unreachable(&availability, leased).await;
        let found = found?;
        let routing = self.routing(&availability, &leased.switched_off);
        let planned = if recipe.plan { self.plan(leased, routing, &recipe, &found).await? } else { None };
        let (best, drafts) = self.write_and_refine(leased, routing, &recipe, &found, planned.as_ref()).await?;
        self.finalize(leased, routing, &recipe, best.text.manuscript(leased, found, drafts), best.assessment).await
    }

    fn routing<'a>(
        &'a self,
        availability: &'a [Availability],
        switched_off: &'a BTreeSet<ProviderId>,
    ) -> RoutingContext<'a> {
        RoutingContext { catalogue: &self.catalogue, availability, switched_off, custom_price: self.custom_price }
    }

    /// A plan helps, but a text can be written without one: a model that cannot plan is no reason to fail.
    async fn plan(
        &self,
        leased: &LeasedTask<'_>,
        routing: RoutingContext<'_>,
        recipe: &Recipe,
        found: &[Reference],
    ) -> Result<Option<Outline>, Interruption> {
        let previous = previous_text(leased.previous.as_ref());
        let question = Question {
            stage: Stage::Outline,
            brief: Brief {
                sources: Some(found).filter(|found| !found.is_empty()),
                editor_feedback: leased.told.text.as_deref(),
                previous_draft: previous.as_deref(),
                ..Brief::default()
            },
            words: recipe.shape.words(leased.start.request.target_length),
            temperature: None,
            not_first: None,
            read: answers::outline,
        };
        or_without(self.consult(leased, routing, question).await)
            .map(|answered| answered.map(|answered| answered.value))
    }

    /// The first draft, and refinements of the best one until it passes or no more are due. A refinement that is worse
    /// replaces nothing.
    async fn write_and_refine(
        &self,
        leased: &LeasedTask<'_>,
        routing: RoutingContext<'_>,
        recipe: &Recipe,
        found: &[Reference],
        planned: Option<&Outline>,
    ) -> Result<(Assessed, Vec<DraftScore>), Interruption> {
        let sources = Some(found).filter(|found| !found.is_empty());
        let previous = previous_text(leased.previous.as_ref());
        let first = Brief {
            sources,
            outline: planned,
            editor_feedback: leased.told.text.as_deref(),
            previous_draft: previous.as_deref(),
            ..Brief::default()
        };
        let draft = self.write_text(leased, routing, recipe, Stage::Draft, first).await?;
        let mut scores = Vec::new();
        let mut best = self.assess(leased, routing, recipe, found, draft, 0, &mut scores).await?;
        for nth in 1..=recipe.refinements {
            if best.passes(leased.policy.quality_bar) {
                break;
            }
            let text = best.text.draft.whole();
            let brief =
                Brief { sources, draft: Some(&text), critique: Some(&best.assessment.suggestions), ..Brief::default() };
            let refined = match self.write_text(leased, routing, recipe, Stage::Refine(nth), brief).await {
                Ok(refined) => refined,
                // There is a draft; that nobody could better it is the editor's to see, not a failure.
                Err(Interruption::Failed(_, ProviderError::Refused { .. })) => break,
                Err(stopped) => return Err(stopped),
            };
            let refined = self.assess(leased, routing, recipe, found, refined, nth, &mut scores).await?;
            if refined.rank() > best.rank() {
                for score in &mut scores {
                    score.chosen = score.refinement == nth;
                }
                best = refined;
            }
        }
        Ok((best, scores))
    }

    async fn write_text(
        &self,
        leased: &LeasedTask<'_>,
        routing: RoutingContext<'_>,
        recipe: &Recipe,
        stage: Stage,
        brief: Brief<'_>,
    ) -> Result<Draft, Interruption> {
        let (topic, kind) = (leased.start.request.topic.as_str(), leased.start.request.task_type);
        let question = Question {
            stage,
            brief,
            words: recipe.shape.words(leased.start.request.target_length),
            temperature: None,
            not_first: None,
            read: |answer: &str, rules: &str| answers::article(answer, rules, topic, kind),
        };
        let Answered { value: Written { title, markdown, removed }, model, finish } =
            self.consult(leased, routing, question).await?;
        Ok(Draft {
            title,
            markdown,
            finish,
            author: Author::Model { model: model.name, provider: Some(model.provider) },
            removed,
        })
    }

    /// Scores a draft and keeps the score. Formulas always do; a model does where the recipe or the tenant wants it.
    #[expect(clippy::too_many_arguments, reason = "what is judged, by what, and where it is noted")]
    async fn assess(
        &self,
        leased: &LeasedTask<'_>,
        routing: RoutingContext<'_>,
        recipe: &Recipe,
        found: &[Reference],
        draft: Draft,
        refinement: u8,
        scores: &mut Vec<DraftScore>,
    ) -> Result<Assessed, Interruption> {
        let before = leased.previous.as_ref().and_then(|previous| clean(&previous.html).ok());
        let featured = leased.previous.as_ref().and_then(|previous| previous.featured_image.as_ref());
        let admitted = references::admitted(found, before.as_ref(), featured.map(|image| image.url.as_str()));
        // A draft that an older Galley took may pass a bound of this one.
        let confined = markdown::confined(&draft.markdown, &admitted)
            .map_err(|bound| Interruption::Unfit(format!("the text {bound}")))?;
        let writer = writer(&draft.author);
        let text = Text {
            draft,
            html: confined.html,
            pictures_left_out: confined.pictures_left_out,
            removed: confined.removed,
        };
        let pattern = text.manuscript(leased, Vec::new(), Vec::new()).assess(&leased.start.request);
        let method = recipe.judged_by(leased.policy);
        let judged = match method {
            Method::Pattern => None,
            Method::Model | Method::Hybrid => {
                self.judge(leased, routing, recipe, &text.draft, refinement, writer.as_ref()).await?
            }
        };
        let judge = judged.as_ref().map(|judged| judged.model.to_string());
        let assessment = match judged {
            Some(judged) => pattern.judged(&judged.model.to_string(), &judged.value, method),
            None => pattern,
        };
        let score = assessment.quality.overall();
        scores.push(DraftScore {
            refinement,
            model: writer.map_or_else(String::new, |writer| writer.to_string()),
            judge,
            method: assessment.method,
            score,
            quality: assessment.quality.clone(),
            finish: text.draft.finish,
            chosen: refinement == 0,
        });
        Ok(Assessed { text, assessment, score })
    }

    async fn judge(
        &self,
        leased: &LeasedTask<'_>,
        routing: RoutingContext<'_>,
        recipe: &Recipe,
        draft: &Draft,
        refinement: u8,
        writer: Option<&ModelId>,
    ) -> Result<Option<Answered<Judgement>>, Interruption> {
        let text = draft.whole();
        let question = Question {
            stage: Stage::Assess(refinement),
            brief: Brief { draft: Some(&text), ..Brief::default() },
            words: recipe.shape.words(leased.start.request.target_length),
            temperature: Some(0.0),
            not_first: writer,
            read: answers::judgement,
        };
        or_without(self.consult(leased, routing, question).await)
    }

    /// Without any model: the built-in outline, which says of itself what it is and which a blocker holds back.
    async fn outline_alone(&self, leased: &LeasedTask<'_>) -> Result<(), Interruption> {
        let request = &leased.start.request;
        let recipe = Recipe::of(request.task_type, request.quality_preference);
        let tags: Vec<String> = request.tags.iter().map(str::to_owned).collect();
        let article = outline::outline(&OutlineBrief {
            task_type: request.task_type,
            language: request.language(),
            topic: request.topic.as_str(),
            style: request.style.name(),
            tone: request.tone.name(),
            audience: request.target_audience.as_ref().map(Audience::as_str),
            keyword: request.primary_keyword.as_ref().map(Keyword::as_str),
            tags: &tags,
            target_length: recipe.shape.words(request.target_length),
            feedback: leased.start.feedback.as_deref(),
        });
        let draft = Draft {
            title: article.title,
            markdown: article.markdown,
            finish: Finish::Complete,
            author: Author::Outline,
            removed: Vec::new(),
        };
        let html =
            markdown::to_html(&draft.markdown).map_err(|bound| Interruption::Unfit(format!("the text {bound}")))?;
        let manuscript =
            Text { draft, html, pictures_left_out: 0, removed: Vec::new() }.manuscript(leased, Vec::new(), Vec::new());
        let assessment = manuscript.assess(request);
        self.deliver_draft(leased, manuscript, assessment).await
    }
}

impl Text {
    fn manuscript(&self, leased: &LeasedTask<'_>, references: Vec<Reference>, drafts: Vec<DraftScore>) -> Manuscript {
        Manuscript {
            // A checkpoint of an older version may hold what a title may not have by now.
            title: answers::headline(&self.draft.title)
                .unwrap_or_else(|| printable::stripped(leased.start.request.topic.as_str())),
            html: self.html.clone(),
            excerpt: None,
            seo: None,
            featured_image: leased.previous.as_ref().and_then(|revision| revision.featured_image.clone()),
            finish: self.draft.finish,
            author: self.draft.author.clone(),
            work: Work {
                references,
                dead_references: Vec::new(),
                pictures_left_out: self.pictures_left_out,
                drafts,
                removed: self.draft.removed.clone(),
                markdown: Some(self.draft.markdown.clone()),
                cleaned: self.removed.clone(),
                agents: BTreeMap::new(),
            },
        }
    }
}

/// The text that an editor's words are about.
fn previous_text(previous: Option<&Revision>) -> Option<String> {
    previous.and_then(|revision| clean(&revision.html).ok()).map(|html| text::plain_text(&html))
}

fn writer(author: &Author) -> Option<ModelId> {
    match author {
        Author::Model { model, provider: Some(provider) } => {
            Some(ModelId { provider: provider.clone(), name: model.clone() })
        }
        _ => None,
    }
}

/// Does without a step that nobody is able to do. One that nobody can do now is another matter.
pub(super) fn or_without<T>(done: Result<T, Interruption>) -> Result<Option<T>, Interruption> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(Interruption::Failed(_, ProviderError::Refused { .. })) => Ok(None),
        Err(stopped) => Err(stopped),
    }
}
