//! The last steps, side by side: what lists and search engines show, a photograph, and whether the links lead anywhere.
//! Then the text becomes a revision.

use std::time::Duration;

use futures_util::future;

use crate::{
    content::{
        blockers::Blocker,
        clean::CleanHtml,
        excerpt,
        quality::{Assessment, Method},
        references::{self, MOST_CHECKED},
        seo::{self, Display},
        text,
    },
    generation::{
        answers,
        breaker::Breaker,
        calls::Question,
        phases::or_without,
        prompts::Brief,
        recall::{self, Cached},
        recipe::{By, Recipe},
        router::RoutingContext,
        services::LinkState,
        stages::{self, Stage},
        worker::{Interruption, LeasedTask, WebServices, WorkStore, Worker},
    },
    kernel::{
        clock::Clock,
        error::{StoreError, chain},
    },
    models::ask::LanguageModel,
    publishing::near::{self, Sketch},
    queue::message::{Kind, Message, Queue},
    task::{
        record::Task,
        request::{Keyword, PublishMode},
        revision::{Author, Image, Manuscript, Revision},
        store::Change,
    },
    tenancy::settings::{NearDuplicates, Policy},
};

/// The name under which the photographs' breaker is kept.
const PHOTOGRAPHS: &str = "pexels";
const LIMIT: Duration = Duration::from_secs(10);

/// Only where the request and the tenant both say so, nothing keeps the text from publication, and whoever was to judge it did. Whoever
/// asked for changes is to see what became of them.
fn goes_live_unattended(task: &Task, policy: Policy, revision: &Revision, judged: Method) -> bool {
    let asked = task.request.publish_mode == PublishMode::Publish && policy.auto_publish;
    let due = Recipe::of(task.request.task_type, task.request.quality_preference).judged_by(policy);
    asked && task.round == 1 && revision.blockers.is_empty() && judged == due
}

impl<S: WorkStore, Q: Queue, C: Clock, M: LanguageModel, O: WebServices> Worker<S, Q, C, M, O> {
    pub(super) async fn finalize(
        &self,
        leased: &LeasedTask<'_>,
        routing: RoutingContext<'_>,
        recipe: &Recipe,
        mut manuscript: Manuscript,
        assessment: Assessment,
    ) -> Result<(), Interruption> {
        let (display, image, dead) = future::join3(
            self.display(leased, routing, recipe, &manuscript),
            self.photograph(leased, &manuscript),
            self.dead_references(leased, &manuscript.html),
        )
        .await;
        if let Some(display) = display? {
            let keyword = leased.start.request.primary_keyword.as_ref().map(Keyword::as_str);
            manuscript.seo = seo::proposed(&display, &text::prose(&manuscript.html), keyword);
            // What cannot be one is derived from the text, which is paid for.
            manuscript.excerpt = excerpt::proposed(&display.excerpt);
        }
        manuscript.featured_image = image?;
        manuscript.work.dead_references = dead?;
        manuscript.work.dead_references.extend(references::foreign(&manuscript.html, &leased.start.tenant));
        self.deliver_draft(leased, manuscript, assessment).await
    }

    /// The last step's checkpoint is written with the move that it leads to.
    pub(super) async fn deliver_draft(
        &self,
        leased: &LeasedTask<'_>,
        mut manuscript: Manuscript,
        assessment: Assessment,
    ) -> Result<(), Interruption> {
        manuscript.work.agents = leased.made_by();
        let (start, bar) = (&leased.start, leased.policy.quality_bar);
        let input = stages::input_hash(Stage::Finalize, &(&manuscript.title, manuscript.html.as_str(), &assessment))?;
        let (number, judged) = (start.revision + 1, assessment.method);
        let mut revision = Revision::finish(number, manuscript, assessment, &start.request, bar, self.clock.now())
            .map_err(|error| Interruption::Unfit(error.to_string()))?;
        let checkpoint = self.checkpoint(leased, Stage::Finalize, &input, &number)?;
        let context = self.context(leased.trace_id);
        let may = goes_live_unattended(start, leased.policy, &revision, judged);
        let refuses = leased.policy.near_duplicates == NearDuplicates::Refuse && !start.request.allow_near_duplicate;
        let has_it_already = (may || refuses) && self.has_it_already(start, &revision).await?;
        if refuses && has_it_already {
            revision.hold(Blocker::NearDuplicate);
        }
        let unattended = may && !has_it_already;
        self.write(leased, |task| {
            let moved = if unattended { Task::auto_approved } else { Task::drafted };
            let (mut next, event) = moved(task, &revision, &context).map_err(|_| Interruption::Lost)?;
            next.quality_bar = Some(bar);
            let mut change = Change::new(task.stamp(), next, vec![event]);
            change.checkpoint = Some(checkpoint);
            // The outline is told the feedback alone.
            if revision.author != Author::Outline {
                change.worked_in.clone_from(&leased.told.ids);
            }
            change.revision = Some(revision);
            Ok(change)
        })
        .await?;
        if unattended {
            let message =
                Message::new(Kind::Publish, start.tenant.clone(), start.id.to_string(), leased.trace_id.clone());
            if let Err(error) = self.queue.send(&message).await {
                tracing::warn!(task_id = %start.id, error = chain(&error), "approved, message left to the sweeper");
            }
        }
        Ok(())
    }

    /// Whether a live article of the tenant's says nearly the same: somebody is to see that before a second one goes live.
    async fn has_it_already(&self, task: &Task, revision: &Revision) -> Result<bool, StoreError> {
        let sketches: Vec<Sketch> = Sketch::of_html(&revision.html).into_iter().collect();
        let near = near::find(&self.store, &task.tenant, &sketches, Some(&task.id)).await?;
        if let Some(nearest) = near.first() {
            tracing::info!(task_id = %task.id, near = %nearest.task, likeness = nearest.likeness, "a text waits for a person: it is near to a live one");
        }
        Ok(!near.is_empty())
    }

    async fn display(
        &self,
        leased: &LeasedTask<'_>,
        routing: RoutingContext<'_>,
        recipe: &Recipe,
        manuscript: &Manuscript,
    ) -> Result<Option<Display>, Interruption> {
        if recipe.display == By::Formula {
            return Ok(None);
        }
        let text = format!("# {}\n\n{}", manuscript.title, text::plain_text(&manuscript.html));
        let question = Question {
            stage: Stage::Display,
            brief: Brief { draft: Some(&text), ..Brief::default() },
            words: recipe.shape.words(leased.start.request.target_length),
            temperature: Some(0.0),
            not_first: None,
            read: answers::display,
        };
        Ok(or_without(self.consult(leased, routing, question).await)?.map(|answered| answered.value))
    }

    /// A photograph, where one is wanted and none was chosen before. A text without one is better than none.
    async fn photograph(
        &self,
        leased: &LeasedTask<'_>,
        manuscript: &Manuscript,
    ) -> Result<Option<Image>, Interruption> {
        let off = leased.switched_off.iter().any(|provider| provider.as_str() == PHOTOGRAPHS);
        if off || !leased.start.request.generate_featured_image || manuscript.featured_image.is_some() {
            return Ok(manuscript.featured_image.clone());
        }
        let query = leased.start.request.topic.as_str();
        let input = stages::input_hash(Stage::Image, &query)?;
        if let Some(image) = stages::reusable(&leased.checkpoints, Stage::Image, &input) {
            return Ok(image);
        }
        if !self.web.can_be_asked().await {
            return Ok(None);
        }
        let known = recall::key(&(PHOTOGRAPHS, query))?;
        if let Some(image) = self.recall::<Image>(leased, Cached::Photograph, &known).await {
            let image = Some(image);
            self.keep(leased, Stage::Image, &input, &image, None, None).await?;
            return Ok(image);
        }
        if let Err(error) = self.admitted(PHOTOGRAPHS, LIMIT).await {
            tracing::warn!(task_id = %leased.start.id, error = chain(&error), "no photograph was looked for");
            return Ok(None);
        }
        match self.web.find(query).await {
            Ok(image) => {
                self.tell_breaker(PHOTOGRAPHS, Breaker::succeeded).await;
                if let Some(found) = &image {
                    self.remember(leased, &known, found, recall::HOUR).await;
                    self.keep(leased, Stage::Image, &input, &image, None, None).await?;
                }
                Ok(image)
            }
            Err(error) => {
                tracing::warn!(task_id = %leased.start.id, error = chain(&error), "no photograph was found");
                let now = self.clock.now();
                self.tell_breaker(PHOTOGRAPHS, |breaker| Some(breaker.failed(now))).await;
                Ok(None)
            }
        }
    }

    /// The links of the text that lead to nothing, all followed side by side.
    async fn dead_references(&self, leased: &LeasedTask<'_>, html: &CleanHtml) -> Result<Vec<String>, Interruption> {
        let linked: Vec<String> = references::pages(html).into_iter().take(MOST_CHECKED).map(Into::into).collect();
        if linked.is_empty() {
            return Ok(linked);
        }
        let input = stages::input_hash(Stage::References, &linked)?;
        if let Some(dead) = stages::reusable(&leased.checkpoints, Stage::References, &input) {
            return Ok(dead);
        }
        let states = future::join_all(linked.iter().map(|url| self.web.follow(url))).await;
        let dead = linked.into_iter().zip(states).filter(|(_, state)| *state == LinkState::Dead).map(|(url, _)| url);
        let dead: Vec<String> = dead.collect();
        self.keep(leased, Stage::References, &input, &dead, None, None).await?;
        Ok(dead)
    }
}
