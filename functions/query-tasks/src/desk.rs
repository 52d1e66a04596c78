//! Tasks as people work through them: lists, and a reviewer's screen.

use std::iter;

use futures_util::future;
use galley_domain::{
    content::kind::TaskType,
    kernel::{clock::Clock, ids::TenantId},
    outbox::deliver::DeliveryStore,
    publishing::near::{self, NearStore},
    review::writer,
    secrets::store::Secrets,
    task::{
        desk::{self, Assignee, Counts, DeskError, Filter, Order, Wanted},
        state::TaskState,
        store::TaskStore,
    },
};
use galley_edge::{
    api::{NearView, ReviewView, TaskListView},
    http::{
        call::Call,
        error::{ApiError, Problem},
        params::End,
        reply::Reply,
    },
};

use crate::App;

/// How many revisions a reviewer's screen shows.
const REVISIONS: u32 = 5;
/// How many deliveries a reviewer's screen shows.
const DELIVERIES: u32 = 20;

impl<S: TaskStore + DeliveryStore + NearStore, X: Secrets, C: Clock, E> App<S, X, C, E> {
    pub(super) async fn list(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let wanted = wanted(call)?;
        let scope = format!("tasks/{tenant}/{wanted:?}");
        let after = self.cursors.after(call, &scope).await?;
        let listed = desk::list(&self.store, tenant, &wanted, call.limit()?, after).await;
        let listed = listed.map_err(|error| match error {
            DeskError::Outgrown => ApiError::new(Problem::InvalidCursor).detail(error.to_string()),
            DeskError::Store(error) => error.into(),
        })?;
        let next_cursor = self.cursors.next(listed.page.next.as_ref(), &scope).await?;
        Ok(Reply::json(200, &TaskListView::of(&listed, next_cursor)))
    }

    pub(super) async fn review(&self, call: &Call, tenant: &TenantId) -> Result<Reply, ApiError> {
        let id = call.task_id()?;
        let (history, deliveries) =
            future::join(self.store.history(&id, REVISIONS), self.store.deliveries(&id, DELIVERIES, None)).await;
        let ours = history?.filter(|(task, _)| task.tenant == *tenant);
        let (task, revisions) = ours.ok_or_else(|| ApiError::new(Problem::NotFound))?;
        let deliveries = deliveries?.items;
        let (writer, near) = match revisions.first() {
            Some(newest) => {
                let sketches = near::of_article(task.request.topic.as_str(), &task.request.language(), &newest.html);
                let near = near::find(&self.store, tenant, &sketches, Some(&id));
                let (writer, near) = future::join(writer::of(&self.store, &id, newest, &revisions), near).await;
                (writer?, near?.into_iter().map(NearView::from).collect())
            }
            None => (None, Vec::new()),
        };
        let view = ReviewView::of(&task, (revisions, writer), deliveries, call.approver());
        Ok(Reply::json(200, &ReviewView { near, ..view }))
    }
}

/// As the tag of a request is: no task has a longer one.
fn tag(text: String) -> Result<String, ApiError> {
    if (1..=50).contains(&text.chars().count()) {
        Ok(text)
    } else {
        Err(ApiError::invalid("tag", "must be 1 to 50 characters"))
    }
}

fn assignee(call: &Call, text: &str) -> Result<Assignee, ApiError> {
    match text {
        "none" => Ok(Assignee::Nobody),
        "me" => Ok(Assignee::Somebody(call.principal()?.subject.clone())),
        text => {
            let somebody = text.parse().map(Assignee::Somebody);
            somebody.map_err(|_| ApiError::invalid("assignee", "must be a subject, `me` or `none`"))
        }
    }
}

fn wanted(call: &Call) -> Result<Wanted, ApiError> {
    let each = TaskState::ALL.map(|state| (state.name(), [state]));
    let known = each.iter().map(|(name, state)| (*name, state.as_slice()));
    let known: Vec<_> = iter::once(("open", TaskState::OPEN.as_slice())).chain(known).collect();
    let mut states = call.choices("status", &known)?;
    states.sort();
    states.dedup();
    let author = call.query("author").map(|text| text.parse()).transpose();
    let filter = Filter {
        states,
        task_type: call.choice("task_type", TaskType::ALL, TaskType::name)?,
        tag: call.query("tag").map(tag).transpose()?,
        author: author.map_err(|_| ApiError::invalid("author", "must be a subject"))?,
        assignee: call.query("assignee").map(|text| assignee(call, &text)).transpose()?,
        from: call.moment("created_from", End::From)?,
        before: call.moment("created_to", End::Before)?,
        words: call.words("q")?,
    };
    let counts = call.choice("counts", &[Counts::Open], |_| "open")?;
    Ok(Wanted {
        filter,
        order: call.choice("sort", Order::ALL, Order::name)?.unwrap_or_default(),
        counts: counts.unwrap_or_default(),
    })
}
