//! What each route does, for a reader of the API. The match is exhaustive: a new route needs its words.

use galley_domain::access::route::Route;
use serde_json::{Value, json};

pub(super) struct Operation {
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    /// The schema of the request's body.
    pub(super) body: Option<&'static str>,
    pub(super) body_required: bool,
    pub(super) example: Value,
    pub(super) query: &'static [(&'static str, &'static str)],
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// Status, schema and description.
    pub(super) success: &'static [(u16, &'static str, &'static str)],
    pub(super) problems: &'static [u16],
}

const PAGING: &[(&str, &str)] =
    &[("limit", "1 to 100, 20 by default"), ("cursor", "The `next_cursor` of the page before")];
const KEY: (&str, &str) = ("Idempotency-Key", "1 to 255 visible ASCII characters");
const MATCH: (&str, &str) = ("If-Match", "The task's ETag: decide only on this version");
const UNLESS: &[(&str, &str)] = &[("If-None-Match", "An ETag: answer 304 if it still holds")];

fn read(tag: &'static str, summary: &'static str, schema: &'static str) -> Operation {
    Operation {
        tag,
        summary,
        body: None,
        body_required: false,
        example: Value::Null,
        query: &[],
        headers: &[],
        success: match schema {
            "Task" => &[(200, "Task", "The task"), (304, "", "Not modified")],
            "TaskPage" => &[(200, "TaskPage", "A page of tasks, newest first")],
            "EventPage" => &[(200, "EventPage", "A page of events, newest first")],
            "RevisionPage" => &[(200, "RevisionPage", "A page of revisions, newest first")],
            "Revision" => &[(200, "Revision", "The revision")],
            "Article" => &[(200, "Article", "The article"), (304, "", "Not modified")],
            "ArticlePage" => &[(200, "ArticlePage", "A page of articles, newest first")],
            "KeyPage" => &[(200, "KeyPage", "A page of keys, newest first")],
            "EndedPage" => &[(200, "EndedPage", "A page of what was given up, newest first")],
            "ReceiptPage" => &[(200, "ReceiptPage", "A page of receipts, newest first")],
            "SourcePage" => &[(200, "SourcePage", "A page of sources, newest first")],
            "DeliveryPage" => &[(200, "DeliveryPage", "A page of deliveries, newest first")],
            "Provenance" => &[(200, "Provenance", "The newest revision's making, and a page of calls, newest first")],
            "JobPage" => &[(200, "JobPage", "A page of jobs, newest first")],
            "PersonPage" => &[(200, "PersonPage", "A page of people, newest first")],
            "Ready" => &[(200, "Ready", "All parts answer")],
            "Health" => &[(200, "Health", "What is well and what is not")],
            _ => &[(200, "", "The asset")],
        },
        problems: &[400, 404],
    }
}

fn decision(summary: &'static str, body: &'static str, example: Value) -> Operation {
    Operation {
        tag: "decisions",
        summary,
        body: Some(body),
        body_required: body != "Note",
        example,
        query: &[],
        headers: &[KEY, MATCH],
        success: match body {
            "Note" => &[(200, "Task", "The task as it is now")],
            _ => &[(200, "Decision", "The decision")],
        },
        problems: &[400, 404, 409, 412, 413, 415, 422],
    }
}

#[expect(clippy::too_many_lines, reason = "an arm for each route: a table, not a procedure")]
pub(super) fn of(route: Route) -> Operation {
    let review = json!({"human_feedback": "Please add an example to each section.", "reviewer_id": "ana"});
    let note = json!({"reason": "No longer needed"});
    match route {
        Route::CreateTask => Operation {
            tag: "tasks",
            summary: "Ask for content",
            body: Some("CreateTask"),
            example: json!({"topic": "How HTTP caching works", "target_length": 800, "tags": ["http"]}),
            success: &[(201, "Task", "Accepted; `Location` is where it is")],
            headers: &[KEY],
            problems: &[400, 409, 413, 415, 422],
            ..decision("", "CreateTask", Value::Null)
        },
        Route::BulkCreate => Operation {
            tag: "tasks",
            summary: "Ask for up to 100 tasks at once",
            success: &[(200, "BulkResults", "A result for each item, in order")],
            headers: &[KEY],
            problems: &[400, 413, 415],
            ..decision("", "BulkCreate", json!({"tasks": [{"topic": "How HTTP caching works"}]}))
        },
        Route::ListTasks => Operation {
            query: &[
                ("limit", "1 to 100, 20 by default"),
                ("cursor", "The `next_cursor` of the page before"),
                ("status", "Only tasks in this state"),
                ("task_type", "Only tasks of this type; a page may then be short while `next_cursor` is not null"),
            ],
            problems: &[400],
            ..read("tasks", "List tasks", "TaskPage")
        },
        Route::GetTask => Operation { headers: UNLESS, ..read("tasks", "Read a task with its newest draft", "Task") },
        Route::ListEvents => Operation { query: PAGING, ..read("tasks", "Read what happened to a task", "EventPage") },
        Route::ListRevisions => Operation { query: PAGING, ..read("tasks", "List a task's revisions", "RevisionPage") },
        Route::GetRevision => read("tasks", "Read one revision", "Revision"),
        Route::Approve => Operation {
            problems: &[400, 404, 409, 412, 413, 415, 422, 428],
            ..decision(
                "Approve and publish, now or at an hour; or reject",
                "Approve",
                json!({"approved": true, "human_feedback": "Reads well, publish it.", "reviewer_id": "ana", "revision": 2}),
            )
        },
        Route::Reject => decision("Reject; a live article stays and loses its next text alone", "Review", review),
        Route::RequestChanges => decision("Send back for another draft", "Review", review),
        Route::EditDraft => Operation {
            summary: "Replace the draft by a new revision of your own",
            headers: &[MATCH],
            success: &[(200, "Task", "The task as it is now")],
            problems: &[400, 404, 409, 412, 413, 415],
            ..decision(
                "",
                "EditDraft",
                json!({"title": "HTTP caching in practice", "markdown": "## What it is\n\nA copy, kept."}),
            )
        },
        Route::Cancel => decision("Cancel; beside a live article the work on its next text alone", "Note", note),
        Route::Retry => decision("Try a failed task again", "Note", note),
        Route::Unpublish => decision("Take the live article down for good", "Note", note),
        Route::Publish => decision(
            "Bring an older revision back as the live article",
            "Republish",
            json!({"revision": 1, "human_feedback": "The earlier text was right.", "reviewer_id": "ana"}),
        ),
        Route::BulkUpdate => Operation {
            summary: "Approve, reject, cancel or retry up to 100 tasks",
            headers: &[KEY],
            success: &[(200, "BulkResults", "A result for each id, in order")],
            problems: &[400, 413, 415],
            ..decision("", "BulkUpdate", json!({"ids": ["task_01a1fb7dd887761bbbe1433c3c33467f"], "action": "cancel"}))
        },
        Route::ListPublished => Operation { query: PAGING, ..read("published", "List live articles", "ArticlePage") },
        Route::GetPublished => Operation { headers: UNLESS, ..read("published", "Read a live article", "Article") },
        Route::Webhook | Route::TenantWebhook => Operation {
            tag: "webhooks",
            summary: "Deliver a signed webhook, in the form and with the headers of the source's scheme. Sources of a tenant's own are under its name",
            headers: &[
                ("X-Webhook-Signature", "Hex HMAC-SHA256 over `<timestamp>.<raw body>` with the source's secret"),
                ("X-Webhook-Timestamp", "Unix time in seconds, at most 300 from now"),
            ],
            success: &[(202, "Received", "Recorded"), (200, "Received", "Recorded before; nothing new happens")],
            problems: &[400, 401, 413, 415],
            ..decision(
                "",
                "Webhook",
                json!({"event_id": "evt-1", "event_type": "content.generated", "task_id": "task_01a1fb7dd887761bbbe1433c3c33467f", "content": {"title": "HTTP caching", "markdown": "## What it is"}}),
            )
        },
        Route::Live => Operation { problems: &[], ..read("operation", "Whether the function runs", "") },
        Route::Ready => Operation { problems: &[503], ..read("operation", "Whether all parts answer", "Ready") },
        Route::Health => Operation {
            problems: &[],
            ..read("operation", "Parts, queue depths, open breakers, what is stuck", "Health")
        },
        Route::StreamTask => Operation {
            success: &[(
                200,
                "",
                "Server-sent events: `task` with the task as it is, `end` with the reason `over`, `time` (come again) or `forbidden`",
            )],
            problems: &[400, 404, 503],
            ..read("tasks", "Follow a task as it changes. Deployed, at the host of the output `StreamUrl`", "")
        },
        Route::Metrics => Operation {
            success: &[(200, "", "Prometheus text, version 0.0.4")],
            problems: &[503],
            ..read("operation", "All that was counted", "")
        },
        Route::ListDeliveries => Operation {
            query: PAGING,
            ..read("tasks", "Read what was sent to a task's callback_url, and what came of it", "DeliveryPage")
        },
        Route::Redeliver => Operation {
            tag: "tasks",
            summary: "Send an event to the task's callback_url again",
            body: None,
            headers: &[],
            success: &[(202, "Delivery", "It will be sent; one that is still to be sent stays as it is")],
            problems: &[404, 503],
            ..decision("", "Note", Value::Null)
        },
        Route::ShowCallbackSecret => Operation {
            success: &[(200, "CallbackSecret", "The secret, and the one before it while a rotation is under way")],
            problems: &[503],
            ..read("administration", "Show what the tenant's events are signed with (Standard Webhooks)", "")
        },
        Route::MakeKey => Operation {
            tag: "administration",
            summary: "Make an API key; this answer alone shows it",
            headers: &[],
            success: &[(201, "MadeKey", "The key; keep it, it is not shown again")],
            problems: &[400, 413, 415, 503],
            ..decision("", "NewKey", json!({"subject": "ana", "role": "editor", "expires_at": null}))
        },
        Route::ListKeys => Operation {
            query: PAGING,
            problems: &[400],
            ..read("administration", "List the tenant's API keys, the revoked ones too", "KeyPage")
        },
        Route::RevokeKey => Operation {
            success: &[(204, "", "Revoked for good. Who used it in the last minute may be let in until that is over")],
            problems: &[404],
            ..read("administration", "Revoke an API key", "")
        },
        Route::MakeSource => Operation {
            tag: "administration",
            summary: "Make a webhook source; this answer alone shows its secret",
            headers: &[],
            success: &[(201, "SourceSecret", "The source and its secret")],
            problems: &[400, 409, 413, 415, 503],
            ..decision(
                "",
                "NewSource",
                json!({"source": "acme-cms", "scheme": "standard", "events": ["content.generated"]}),
            )
        },
        Route::ListSources => Operation {
            query: PAGING,
            problems: &[400],
            ..read("administration", "List the tenant's webhook sources", "SourcePage")
        },
        Route::ListReceipts => Operation {
            query: PAGING,
            ..read("administration", "List what came of a source's webhooks", "ReceiptPage")
        },
        Route::RemoveSource => Operation {
            success: &[(204, "", "Removed; its webhooks are refused. What it has sent is still processed")],
            problems: &[404],
            ..read("administration", "Remove a webhook source", "")
        },
        Route::RotateSource => Operation {
            tag: "administration",
            summary: "Give a webhook source another secret; this answer alone shows it",
            headers: &[],
            body_required: false,
            success: &[(
                200,
                "SourceSecret",
                "The source and its new secret, in force at once; the one before counts until the next rotation",
            )],
            problems: &[400, 404, 413, 415, 503],
            ..decision("", "Rotation", json!({"revoke_previous": false}))
        },
        Route::GetLimits => Operation {
            success: &[(200, "TenantLimits", "What the tenant has in place of the usual limits")],
            problems: &[404, 503],
            ..read("operation", "Show a tenant's own limits", "")
        },
        Route::SetLimits => Operation {
            tag: "operation",
            summary: "Set a tenant's own limits, all at once; what is left out is as usual. In force within a minute",
            headers: &[],
            success: &[(200, "TenantLimits", "What is in force from now on")],
            problems: &[400, 404, 413, 415, 503],
            ..decision(
                "",
                "Overrides",
                json!({"create_per_minute": 50, "org_tasks_per_day": 5000, "usd_per_day": "20.00"}),
            )
        },
        Route::CorrectCall => Operation {
            tag: "operation",
            summary: "Put right what a call of a model cost; the same again changes nothing",
            headers: &[],
            success: &[(200, "Call", "The call as it stands in the ledger from now on")],
            problems: &[400, 404, 409, 413, 415, 503],
            ..decision("", "CostCorrection", json!({"cost_usd": "0.0123", "reason": "As the provider's bill says"}))
        },
        Route::Usage => Operation {
            success: &[(200, "Usage", "Each limit, what is used of it, and when it begins anew")],
            problems: &[503],
            ..read("tasks", "Show the caller's use of its limits", "")
        },
        Route::Models => Operation {
            success: &[(200, "ModelList", "The catalogue, and what of it can be asked")],
            problems: &[503],
            ..read("models", "Show the models, their prices and whether they are there", "")
        },
        Route::Costs => Operation {
            query: &[
                ("by", "day, model, phase or task; day by default"),
                ("from", "A date; the first of this month by default"),
                ("to", "A date within 92 days; today by default"),
            ],
            success: &[(200, "Costs", "What was spent, with what is reserved for calls under way")],
            problems: &[400, 503],
            ..read("models", "Show what the tenant has spent, and its budgets", "")
        },
        Route::Estimate => Operation {
            tag: "models",
            summary: "Price a task before it is made",
            headers: &[],
            success: &[(200, "Estimate", "What it would cost, about and at most")],
            problems: &[400, 413, 415, 503],
            ..decision("", "CreateTask", json!({"topic": "How HTTP caching works", "quality_preference": "quality"}))
        },
        Route::Provenance => Operation {
            query: PAGING,
            ..read("tasks", "Read where an article comes from: sources, models, scores, decisions, calls", "Provenance")
        },
        Route::GetTranscript => Operation {
            success: &[(200, "Transcript", "What was said, without personal data")],
            problems: &[404],
            ..read("tasks", "Read what was said in a call, where the tenant keeps it; for 30 days", "")
        },
        Route::ListFlags => Operation {
            success: &[(200, "FlagList", "The switches that somebody has turned; all others are on for everybody")],
            problems: &[503],
            ..read("operation", "List the switches", "")
        },
        Route::FlagLog => Operation {
            query: PAGING,
            success: &[(200, "FlagChangePage", "A page of changes, newest first")],
            problems: &[400, 503],
            ..read("operation", "List who turned which switch, with what was before", "")
        },
        Route::SetFlag => Operation {
            tag: "operation",
            summary: "Turn a switch: `generation`, or `provider.` and a provider's name. In force within thirty seconds",
            headers: &[],
            success: &[(200, "FlagView", "What holds from now on")],
            problems: &[400, 404, 409, 413, 415, 503],
            ..decision("", "Flag", json!({"enabled": false}))
        },
        Route::RevertFlag => Operation {
            tag: "operation",
            summary: "Turn a switch to what it was before a change",
            headers: &[],
            success: &[(200, "FlagView", "What holds from now on")],
            problems: &[400, 404, 409, 413, 415, 503],
            ..decision("", "Revert", json!({"change_id": "01a1fed2-daa7-7712-a608-5f4255540dd0"}))
        },
        Route::GetSettings => Operation {
            success: &[(200, "Settings", "What holds")],
            problems: &[503],
            ..read("administration", "Show the tenant's settings", "")
        },
        Route::PatchSettings => Operation {
            tag: "administration",
            summary: "Change the tenant's settings; what is left out stays",
            headers: &[],
            success: &[(200, "Settings", "What holds from now on")],
            problems: &[400, 413, 415, 503],
            ..decision(
                "",
                "SettingsPatch",
                json!({"quality_bar": 75, "assessment": "hybrid", "keep_model_texts": true}),
            )
        },
        Route::ExportData => Operation {
            tag: "privacy",
            summary: "Collect all that is kept of somebody; asked again, it is collected again",
            headers: &[],
            success: &[(202, "Job", "Accepted; `Location` is where it is")],
            problems: &[400, 413, 415, 503],
            ..decision("", "Asked", json!({"subject": "ana"}))
        },
        Route::EraseData => Operation {
            tag: "privacy",
            summary: "Put a name that is nobody's in somebody's place everywhere, and end their keys",
            headers: &[],
            success: &[(202, "Job", "Accepted; `Location` is where it is")],
            problems: &[400, 413, 415, 503],
            ..decision("", "Asked", json!({"subject": "ana"}))
        },
        Route::ListJobs => {
            Operation { query: PAGING, problems: &[400], ..read("privacy", "List exports and erasures", "JobPage") }
        }
        Route::GetJob => Operation {
            success: &[(200, "Job", "How far it is")],
            problems: &[404],
            ..read("privacy", "Read an export or erasure", "")
        },
        Route::GetJobPart => Operation {
            success: &[(200, "JobPart", "Some of the records; kept for seven days")],
            problems: &[404],
            ..read("privacy", "Read a part of an export that is done, from 1 on", "")
        },
        Route::PutPerson => Operation {
            tag: "administration",
            summary: "Let a person in who signs in, or give them another role",
            headers: &[],
            success: &[(200, "Person", "Whom their next token is for")],
            problems: &[400, 413, 415, 503],
            ..decision("", "NewPerson", json!({"role": "editor"}))
        },
        Route::ListPeople => Operation {
            query: PAGING,
            problems: &[400],
            ..read("administration", "List the people who were let in", "PersonPage")
        },
        Route::RemovePerson => Operation {
            success: &[(204, "", "They get no token any more; the one they have ends within 15 minutes")],
            problems: &[404],
            ..read("administration", "Let a person go", "")
        },
        Route::SignIn => Operation {
            query: &[("tenant", "The tenant to sign in to")],
            success: &[(302, "", "To GitHub, with a cookie that binds the sign-in to this browser")],
            problems: &[400, 404, 429, 503],
            ..read("signing in", "Begin to sign in with GitHub", "")
        },
        Route::SignInCallback => Operation {
            query: &[("state", "As GitHub sends it"), ("code", "As GitHub sends it")],
            success: &[(200, "Tokens", "A token for 15 minutes, and a refresh token that works once")],
            problems: &[400, 401, 403, 404, 429, 503],
            ..read("signing in", "End a sign-in: GitHub sends people here", "")
        },
        Route::RefreshSession => Operation {
            tag: "signing in",
            summary: "Get a new token; a refresh token that has worked before ends its session",
            headers: &[],
            success: &[(200, "Tokens", "The next token, and the next refresh token")],
            problems: &[400, 401, 403, 404, 413, 415, 429, 503],
            ..decision("", "RefreshToken", json!({"refresh_token": "…"}))
        },
        Route::Me => Operation {
            success: &[(200, "Me", "Tenant, subject and role")],
            problems: &[],
            ..read("signing in", "Show who the caller is", "")
        },
        Route::SignOut => Operation {
            tag: "signing in",
            summary: "End the caller's session; within a minute its token works no more",
            body: None,
            headers: &[],
            success: &[(204, "", "Signed out; a key has no session to end")],
            problems: &[503],
            ..decision("", "Note", Value::Null)
        },
        Route::ListStuck => Operation {
            query: &[("limit", "1 to 100, 20 by default")],
            problems: &[400, 503],
            success: &[(200, "StuckList", "The longest stuck first")],
            ..read("operation", "What is overdue, and why", "")
        },
        Route::ListEnded => Operation {
            query: PAGING,
            problems: &[400, 503],
            ..read(
                "operation",
                "List what was begun over and over and never ended: receipts, publications, deliveries, jobs",
                "EndedPage",
            )
        },
        Route::RedriveEnded => Operation {
            tag: "operation",
            summary: "Have one thing that was given up tried again",
            body: None,
            headers: &[],
            success: &[(202, "Ended", "It will be tried")],
            problems: &[404, 409, 503],
            ..decision("", "Note", Value::Null)
        },
        Route::Redrive => Operation {
            tag: "operation",
            summary: "Send dead letters back to their queue; asking again moves what is left",
            headers: &[],
            success: &[(200, "Redriven", "What was moved")],
            problems: &[400, 413, 415, 503],
            ..decision("", "Redrive", json!({"queue": "work", "limit": 100}))
        },
        Route::OpenApi => Operation { problems: &[], ..read("operation", "This document", "") },
        Route::Docs => Operation { problems: &[], ..read("operation", "This document as a page", "") },
        Route::DocsAsset => Operation { problems: &[404], ..read("operation", "What the page loads", "") },
    }
}
