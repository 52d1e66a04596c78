//! Each route's request and response types, examples and refusals. The match is exhaustive: a new route does not compile
//! without an entry.

use galley_api::{
    access::NewPerson,
    bulk::{BulkCreate, BulkUpdate},
    health,
    review::{Approve, Edit, Note, Republish, Review},
    task::TaskRequest,
};
use galley_domain::{
    access::route::Route,
    generation::transcript::Transcript,
    operations::{correction::Asked as CostCorrection, hand::Stop},
    outbox::target::{NewTarget, TargetPatch},
    privacy::jobs::Asked,
    queue::dead_letters::{Discard, Redrive, Redriven},
    tenancy::{settings::Overrides, suspension::Because},
    webhooks::source::{NewSource, Rotation},
};
use serde_json::json;

use super::{
    acts, agents, calendar, comments, desk, flags, intent, keys, models,
    operation::{Content, Examples, KEY, MATCH, Operation, UNLESS},
    schedules,
    shapes::Shape,
    webhooks,
};
use crate::api::{
    ArticleLine, ArticleView, BrowserRenewal, BrowserTokenView, BulkView, CallView, CallbackSecretView, DecisionView,
    DeliveryView, EndedView, EventView, HandledTaskView, HeardList, InspectedDeliveryView, InspectedEventView,
    InspectedTaskView, InspectedTrailView, JobPartView, JobView, KeyView, LetterList, LetterView, LimitsChangeView,
    LimitsPatch, MeView, PersonView, PlacementList, PlacementRetry, PlacementView, ProvenanceView, ReceiptListView,
    RefreshToken, ReviewView, RevisionView, SettingsChangeView, SettingsPatch, SettingsView, SourceSecretView,
    SourceView, StreamTicketView, StuckList, TargetList, TargetTestView, TargetView, TaskListView, TaskView,
    TenantCostsView, TenantLimitsView, TenantView, TerminalSignIn, TokensView, TrailView, UsageView, flags::Revert,
};

#[expect(clippy::too_many_lines, reason = "an arm for each route: a table, not a procedure")]
pub(super) fn of(route: Route) -> Operation {
    match route {
        Route::CreateTask => Operation::of("tasks")
            .body::<TaskRequest>("TaskRequest", json!({"tags": ["http"], "target_length": 800, "topic": "How HTTP caching works"}))
            .answer::<TaskView>(201, "Task", "Accepted; `Location` is where it is")
            .sends(&["ETag", "Location"])
            .keyed(&[409, 422]),
        Route::BulkCreate => Operation::of("tasks")
            .body_read_apart::<BulkCreate>("BulkCreateRequest", Examples::One(json!({"tasks": [{"topic": "How HTTP caching works"}]})))
            .headers(&[KEY])
            .answer::<BulkView>(200, "BulkResults", "A result for each item, in order"),
        Route::MakeSchedule => schedules::make(),
        Route::ListSchedules => schedules::list(),
        Route::GetSchedule => schedules::get(),
        Route::PatchSchedule => schedules::patch(),
        Route::RemoveSchedule => schedules::remove(),
        Route::RunSchedule => schedules::run(),
        Route::SkipOccurrence => schedules::skip(),
        Route::ListRuns => schedules::list_runs(),
        Route::AskIntent => intent::ask(),
        Route::GetIntent => intent::get(),
        Route::ConfirmIntent => intent::confirm(),
        Route::GetCalendar => calendar::get(),
        Route::GetFeed => calendar::read_feed(),
        Route::MakeFeed => calendar::make_feed(),
        Route::ListFeeds => calendar::list_feeds(),
        Route::RevokeFeed => calendar::revoke_feed(),
        Route::ListDeliveries => Operation::of("tasks")
            .page::<DeliveryView>("DeliveryPage", "A page of deliveries, newest first")
            .problems(&[404]),
        Route::ListPlacements => Operation::of("tasks")
            .answer::<PlacementList>(200, "PlacementList", "Each target that the article is or was to stand on")
            .problems(&[404]),
        Route::ListTasks => Operation::of("tasks")
            .answer::<TaskListView>(200, "TaskPage", "A page of tasks, and whether it is over all that were asked for"),
        Route::ReviewTask => Operation::of("tasks")
            .answer::<ReviewView>(200, "ReviewScreen", "What a reviewer's screen shows")
            .problems(&[404]),
        Route::GetTask => Operation::of("tasks")
            .headers(&[UNLESS])
            .answer::<TaskView>(200, "Task", "The task")
            .sends(&["ETag"])
            .says(304, "Not modified")
            .sends(&["ETag"])
            .problems(&[404]),
        Route::ListEvents => Operation::of("tasks")
            .page::<EventView>("EventPage", "A page of events, newest first")
            .problems(&[404]),
        Route::ListRevisions => Operation::of("tasks")
            .page::<RevisionView>("RevisionPage", "A page of revisions, newest first")
            .problems(&[404]),
        Route::Provenance => Operation::of("tasks")
            .answer::<ProvenanceView>(200, "Provenance", "The newest revision's making, and a page of calls, newest first")
            .problems(&[404]),
        Route::GetTranscript => Operation::of("tasks")
            .answer::<Transcript>(200, "Transcript", "What was said, without personal data")
            .problems(&[404]),
        Route::GetRevision => Operation::of("tasks")
            .answer::<RevisionView>(200, "Revision", "The revision")
            .problems(&[404]),
        Route::Usage => Operation::of("tasks")
            .answer::<UsageView>(200, "Usage", "Each limit, what is used of it, and when it begins anew"),
        Route::ListPublished => Operation::of("published")
            .page::<ArticleLine>("ArticlePage", "A page of articles, newest first")
            .problems(&[404]),
        Route::GetPublished => Operation::of("published")
            .headers(&[UNLESS])
            .answered(200, Content::JsonOrPage(Shape::of::<ArticleView>("Article")), "The article; a page of it for `Accept: text/html`")
            .sends(&["ETag"])
            .says(304, "Not modified")
            .sends(&["ETag"])
            .problems(&[404]),
        Route::StreamTicket => Operation::of("tasks")
            .answer::<StreamTicketView>(201, "StreamTicket", "The ticket")
            .problems(&[404]),
        Route::StreamTask => Operation::of("tasks")
            .headers(&["Last-Event-ID"])
            .answered(200, Content::Events, "Server-sent events: `task` with the task as it is, `end` with the reason `over`, `time` (come again) or `forbidden`")
            .says(204, "For a `Last-Event-ID` that is the last of a task that is over: there is no more to come")
            .problems(&[404]),
        Route::Redeliver => Operation::of("tasks")
            .answer::<DeliveryView>(202, "Delivery", "It will be sent; one that is still to be sent stays as it is")
            .keyed(&[404, 409, 422]),
        Route::RetryPlacement => Operation::of("tasks")
            .body::<PlacementRetry>("PlacementRetry", json!({"resolution": "overwrite"}))
            .answer::<PlacementView>(202, "Placement", "What is wanted of the target now")
            .keyed(&[404, 409, 422]),
        Route::Approve => Operation::of("decisions")
            .body::<Approve>("ApproveRequest", json!({"approved": true, "human_feedback": "Reads well, publish it."}))
            .headers(&[KEY, MATCH])
            .answer::<DecisionView>(200, "Decision", "The decision")
            .sends(&["ETag"])
            .problems(&[404, 409, 412, 422, 428]),
        Route::Reject | Route::RequestChanges => Operation::of("decisions")
            .body::<Review>("ReviewRequest", json!({"human_feedback": "Please add an example to each section."}))
            .headers(&[KEY, MATCH])
            .answer::<DecisionView>(200, "Decision", "The decision")
            .sends(&["ETag"])
            .problems(&[404, 409, 412, 422]),
        Route::EditDraft => Operation::of("decisions")
            .body::<Edit>("EditRequest", json!({"markdown": "## What it is\n\nA copy, kept.", "title": "HTTP caching in practice"}))
            .headers(&[MATCH])
            .answer::<TaskView>(200, "Task", "The task as it is now")
            .sends(&["ETag"])
            .problems(&[404, 409, 412]),
        Route::CheckDraft => Operation::of("decisions")
            .body::<Edit>("EditRequest", json!({"markdown": "## What it is\n\nA copy, kept.", "title": "HTTP caching in practice"}))
            .answer::<RevisionView>(200, "Revision", "The revision that it would be")
            .problems(&[404, 409]),
        Route::Cancel | Route::Retry | Route::Unpublish => Operation::of("decisions")
            .body::<Note>("NoteRequest", json!({"reason": "No longer needed"}))
            .headers(&[KEY, MATCH])
            .answer::<TaskView>(200, "Task", "The task as it is now")
            .sends(&["ETag"])
            .problems(&[404, 409, 412, 422]),
        Route::Schedule => desk::reschedule(),
        Route::Publish => Operation::of("decisions")
            .body::<Republish>("RepublishRequest", json!({"human_feedback": "The earlier text was right.", "revision": 1}))
            .headers(&[KEY, MATCH])
            .answer::<DecisionView>(200, "Decision", "The decision")
            .sends(&["ETag"])
            .problems(&[404, 409, 412, 422]),
        Route::ListComments => comments::list(),
        Route::MakeComment => comments::make(),
        Route::PatchComment => comments::patch(),
        Route::RemoveComment => comments::remove(),
        Route::Assign => desk::assign(),
        Route::Unassign => desk::unassign(),
        Route::BulkUpdate => Operation::of("decisions")
            .body_read_apart::<BulkUpdate>("BulkUpdateRequest", Examples::One(json!({"action": "cancel", "ids": ["task_01a1fb7dd887761bbbe1433c3c33467f"]})))
            .headers(&[KEY])
            .answer::<BulkView>(200, "BulkResults", "A result for each id, in order"),
        Route::Webhook => webhooks::of_galley(),
        Route::TenantWebhook => webhooks::of_any(),
        Route::Models => models::list(),
        Route::Costs => models::costs(),
        Route::Estimate => models::estimate(),
        Route::MakeKey => keys::make(),
        Route::ListKeys => keys::list(),
        Route::GetKey => keys::get(),
        Route::RevokeKey => keys::revoke(),
        Route::MakeSource => Operation::of("administration")
            .body::<NewSource>("SourceRequest", json!({"events": ["content.generated"], "scheme": "standard", "source": "acme-cms"}))
            .answer::<SourceSecretView>(201, "SourceSecret", "The source and its secret")
            .sends(&["Location"])
            .keyed(&[409, 422]),
        Route::ListSources => Operation::of("administration")
            .page::<SourceView>("SourcePage", "A page of sources, newest first"),
        Route::RemoveSource => Operation::of("administration")
            .says(204, "Removed; its webhooks are refused. What it has sent is still processed")
            .problems(&[404]),
        Route::ListReceipts => Operation::of("administration")
            .answer::<ReceiptListView>(200, "ReceiptPage", "A page of receipts, newest first, and what was refused")
            .problems(&[404]),
        Route::RotateSource => Operation::of("administration")
            .body::<Rotation>("RotationRequest", json!({"revoke_previous": false}))
            .answer::<SourceSecretView>(200, "SourceSecret", "The source and its new secret, in force at once; the one before counts until the next rotation")
            .keyed(&[404, 409, 422]),
        Route::ShowCallbackSecret => Operation::of("administration")
            .answer::<CallbackSecretView>(200, "CallbackSecret", "The secret, and the one before it while a rotation is under way"),
        Route::MakeTarget => Operation::of("administration")
            .body::<NewTarget>("TargetRequest", json!({"default_for": ["blog_post"], "name": "blog", "secret": "the password of an application", "settings": {"kind": "wordpress", "username": "editor"}, "url": "https://blog.example.com"}))
            .answer::<TargetView>(201, "Target", "The target")
            .sends(&["Location"])
            .keyed(&[409, 422]),
        Route::ListTargets => Operation::of("administration")
            .answer::<TargetList>(200, "TargetList", "The targets, by name"),
        Route::GetTarget => Operation::of("administration")
            .answer::<TargetView>(200, "Target", "The target")
            .problems(&[404]),
        Route::PatchTarget => Operation::of("administration")
            .body::<TargetPatch>("TargetPatch", json!({"paused": true}))
            .answer::<TargetView>(200, "Target", "The target as it is now")
            .problems(&[404, 409]),
        Route::RemoveTarget => Operation::of("administration")
            .says(204, "Removed. What was published there stays there, and is followed no more")
            .problems(&[404, 409]),
        Route::TestTarget => Operation::of("administration")
            .answer::<TargetTestView>(200, "TargetTest", "Whether it is ready, and what is in the way")
            .keyed(&[404, 409, 422]),
        Route::ListAgents => agents::lines(),
        Route::MakeAgent => agents::make(),
        Route::AllAgents => agents::all(),
        Route::GetAgent => agents::get(),
        Route::PatchAgent => agents::patch(),
        Route::RemoveAgent => agents::remove(),
        Route::MakePrompt => agents::make_prompt(),
        Route::ListPrompts => agents::list_prompts(),
        Route::GetPrompt => agents::get_prompt(),
        Route::MoveLabel => agents::move_label(),
        Route::MoveAlias => agents::move_alias(),
        Route::RemoveAlias => agents::remove_alias(),
        Route::Listen => Operation::of("administration")
            .answer::<HeardList>(200, "HeardList", "Events, the oldest first; none where there is nothing new"),
        Route::GetLimits => Operation::of("operation")
            .answer::<TenantLimitsView>(200, "TenantLimits", "What the tenant has in place of the usual limits")
            .problems(&[404]),
        Route::SetLimits => Operation::of("operation")
            .body::<Overrides>("LimitsRequest", json!({"create_per_minute": 50, "org_tasks_per_day": 5000, "usd_per_day": "20.00"}))
            .answer::<TenantLimitsView>(200, "TenantLimits", "What is in force from now on")
            .problems(&[404, 409]),
        Route::PatchLimits => Operation::of("operation")
            .body::<LimitsPatch>("LimitsPatch", json!({"usd_per_day": "20.00", "create_per_minute": null}))
            .answer::<TenantLimitsView>(200, "TenantLimits", "What is in force from now on")
            .problems(&[404, 409]),
        Route::LimitsLog => Operation::of("operation")
            .page::<LimitsChangeView>("LimitsChangePage", "A page of changes, newest first")
            .problems(&[404]),
        Route::RevertLimits => Operation::of("operation")
            .body::<Revert>("RevertRequest", json!({"change_id": "01a1fed2-daa7-7712-a608-5f4255540dd0"}))
            .answer::<TenantLimitsView>(200, "TenantLimits", "What is in force from now on")
            .keyed(&[404, 409, 422]),
        Route::SettingsLog => Operation::of("administration")
            .page::<SettingsChangeView>("SettingsChangePage", "A page of changes, newest first"),
        Route::RevertSettings => Operation::of("administration")
            .body::<Revert>("RevertRequest", json!({"change_id": "01a1fed2-daa7-7712-a608-5f4255540dd0"}))
            .answer::<SettingsView>(200, "Settings", "What holds from now on")
            .keyed(&[404, 409, 422]),
        Route::ListTenants => Operation::of("operation")
            .page::<TenantView>("TenantPage", "A page of tenants, by name"),
        Route::GetTenant | Route::MakeTenant => Operation::of("operation")
            .answer::<TenantView>(200, "Tenant", "The tenant")
            .problems(&[404]),
        Route::SuspendTenant | Route::ResumeTenant => Operation::of("operation")
            .body::<Because>("StandingRequest", json!({"reason": "Its bill has not been paid since October"}))
            .answer::<TenantView>(200, "Tenant", "How it stands: all follow within a minute and a half")
            .keyed(&[404, 409, 422]),
        Route::TenantTrail => Operation::of("operation")
            .page::<InspectedTrailView>("InspectedTrailPage", "A page of tasks that name them, newest first, with what they did to each").problems(&[404]),
        Route::Trail => Operation::of("administration")
            .page::<TrailView>("SubjectTrailPage", "A page of tasks that name them, newest first, with what they did to each").problems(&[404]),
        Route::ListActs => acts::list(),
        Route::ListTenantActs => acts::list_of_any(),
        Route::AllCosts => Operation::of("operation")
            .page::<TenantCostsView>("TenantCostsPage", "A page of tenants, by name, with what each has spent"),
        Route::ListTenantKeys => Operation::of("operation")
            .page::<KeyView>("KeyPage", "A page of keys, newest first; with `subject` it may be short or empty before the last")
            .problems(&[404]),
        Route::InspectTask => Operation::of("operation")
            .answer::<InspectedTaskView>(200, "InspectedTask", "Where it stands")
            .problems(&[404]),
        Route::InspectEvents => Operation::of("operation")
            .page::<InspectedEventView>("InspectedEventPage", "A page of events, newest first")
            .problems(&[404]),
        Route::InspectDeliveries => Operation::of("operation")
            .page::<InspectedDeliveryView>("InspectedDeliveryPage", "A page of deliveries, newest first")
            .problems(&[404]),
        Route::KickTask => Operation::of("operation")
            .answer::<HandledTaskView>(200, "HandledTask", "The task as it is now; its message is sent")
            .keyed(&[404, 409, 422]),
        Route::StopTask => Operation::of("operation")
            .body::<Stop>("StopRequest", json!({"reason": "Asked for by accident a thousand times"}))
            .answer::<HandledTaskView>(200, "HandledTask", "The task as it is now")
            .keyed(&[404, 409, 422]),
        Route::CorrectCall => Operation::of("operation")
            .body::<CostCorrection>("CostCorrectionRequest", json!({"cost_usd": "0.0123", "reason": "As the provider's bill says"}))
            .answer::<CallView>(200, "Call", "The call as it stands in the ledger from now on")
            .problems(&[404, 409]),
        Route::ListFlags => flags::list(),
        Route::FlagLog => flags::log(),
        Route::SetFlag => flags::set(),
        Route::RevertFlag => flags::revert(),
        Route::GetSettings => Operation::of("administration")
            .answer::<SettingsView>(200, "Settings", "What holds"),
        Route::PatchSettings => Operation::of("administration")
            .body::<SettingsPatch>("SettingsPatch", json!({"assessment": "hybrid", "keep_model_texts": true, "quality_bar": 75, "site_name": "Example notes"}))
            .answer::<SettingsView>(200, "Settings", "What holds from now on"),
        Route::ExportData | Route::EraseData => Operation::of("privacy")
            .body::<Asked>("SubjectRequest", json!({"subject": "ana"}))
            .answer::<JobView>(202, "Job", "Accepted; `Location` is where it is")
            .sends(&["Location"])
            .keyed(&[409, 422]),
        Route::ListJobs => Operation::of("privacy")
            .page::<JobView>("JobPage", "A page of jobs, newest first"),
        Route::GetJob => Operation::of("privacy")
            .answer::<JobView>(200, "Job", "How far it is")
            .problems(&[404]),
        Route::GetJobPart => Operation::of("privacy")
            .answer::<JobPartView>(200, "JobPart", "Some of the records; kept for seven days")
            .problems(&[404]),
        Route::PutPerson => Operation::of("administration")
            .body::<NewPerson>("PersonRequest", json!({"role": "editor"}))
            .answer::<PersonView>(200, "Person", "Whom their next token is for"),
        Route::ListPeople => Operation::of("administration")
            .page::<PersonView>("PersonPage", "A page of people, newest first"),
        Route::RemovePerson => Operation::of("administration")
            .says(204, "They get no token any more; the one they have ends within 15 minutes")
            .problems(&[404]),
        Route::ListStuck => Operation::of("operation")
            .answer::<StuckList>(200, "StuckList", "The longest stuck first; also tasks whose provider has not answered for two minutes"),
        Route::ListLetters => Operation::of("operation")
            .answer::<LetterList>(200, "DeadLetterList", "Dead letters of the queue; they stay where they are")
            .problems(&[404]),
        Route::RedriveLetter => Operation::of("operation")
            .answer::<Redriven>(200, "Redriven", "It was sent back")
            .keyed(&[404, 409, 422]),
        Route::DiscardLetter => Operation::of("operation")
            .body::<Discard>("DiscardRequest", json!({"reason": "Made by hand for a test, belongs to no task"}))
            .answer::<LetterView>(200, "DeadLetter", "What was thrown away")
            .keyed(&[404, 409, 422]),
        Route::ListEnded => Operation::of("operation")
            .page::<EndedView>("EndedPage", "A page of what was given up, newest first"),
        Route::RedriveEnded => Operation::of("operation")
            .answer::<EndedView>(202, "Ended", "It will be tried")
            .keyed(&[404, 409, 422]),
        Route::Redrive => Operation::of("operation")
            .body::<Redrive>("RedriveRequest", json!({"limit": 100, "queue": "work"}))
            .answer::<Redriven>(200, "Redriven", "What was moved")
            .keyed(&[409, 422]),
        Route::SignIn => Operation::of("signing in")
            .says(302, "To GitHub, with a cookie that binds the sign-in to this browser")
            .sends(&["Location", "Set-Cookie"])
            .problems(&[404]),
        Route::SignInCallback => Operation::of("signing in")
            .answer::<TokensView>(200, "Tokens", "A token for 15 minutes, and a refresh token that works once")
            .says(303, "To the console with the session's cookie, or to the program that has begun the sign-in with its code")
            .sends(&["Location", "Set-Cookie"])
            .problems(&[401, 403, 404]),
        Route::SignInAtTerminal => Operation::of("signing in")
            .body::<TerminalSignIn>("TerminalSignInRequest", json!({"state": "…", "code": "…",
                "verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}))
            .answer::<TokensView>(200, "Tokens", "A token for 15 minutes, and a refresh token that works once")
            .problems(&[401, 403, 404]),
        Route::RefreshSession => Operation::of("signing in")
            .body::<RefreshToken>("RefreshRequest", json!({"refresh_token": "…"}))
            .answer::<TokensView>(200, "Tokens", "The next token, and the next refresh token")
            .problems(&[401, 403, 404]),
        Route::RenewBrowser => Operation::of("signing in")
            .body::<BrowserRenewal>("RenewalRequest", json!({"grant_type": "refresh_token"}))
            .answer::<BrowserTokenView>(200, "BrowserToken", "A token for 15 minutes; the cookie is replaced by the next")
            .sends(&["Set-Cookie"])
            .problems(&[401, 403, 404]),
        Route::Me => Operation::of("signing in")
            .answer::<MeView>(200, "Identity", "Tenant, subject and role"),
        Route::SignOut => Operation::of("signing in")
            .says(204, "Signed out; a key has no session to end"),
        Route::Live => Operation::of("operation")
            .answer::<health::Live>(200, "Liveness", "It runs"),
        Route::Ready => Operation::of("operation")
            .answer::<health::Ready>(200, "Readiness", "All parts answer"),
        Route::Health => Operation::of("operation")
            .answer::<health::Health>(200, "HealthReport", "What is well and what is not"),
        Route::Metrics => Operation::of("operation")
            .answered(200, Content::Text("text/plain"), "Prometheus text, version 0.0.4"),
        Route::OpenApi => Operation::of("operation")
            .headers(&[UNLESS])
            .answered(200, Content::AnyObject, "This document")
            .sends(&["ETag"])
            .says(304, "Not modified")
            .sends(&["ETag"]),
        Route::Docs => Operation::of("operation")
            .answered(200, Content::Text("text/html"), "The page"),
        Route::DocsAsset => Operation::of("operation")
            .answered(200, Content::Files(&["text/css", "text/javascript"]), "The asset")
            .problems(&[404]),
        Route::Console => Operation::of("operation")
            .answered(200, Content::Files(&["text/html", "application/json"]), "HTML where `Accept` names it, otherwise JSON that names the places"),
        Route::ConsoleAsset => Operation::of("operation")
            .answered(200, Content::Files(&["text/css", "text/javascript", "image/svg+xml"]), "The asset, compressed")
            .problems(&[404]),
    }
}
