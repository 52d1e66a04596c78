//! The table of routes: which there are, who may use them, and which function answers. A path that is not here gets 404, and a
//! route that needs a role is refused without it. The OpenAPI document, the API's body in the template and docs/access.md
//! are generated from it (`make generate`), and so is an enum of each function's routes, which its handler matches exhaustively.
//!
//! A row has a method, a path, the required access, the rate class, the gateway's throttle, the query's parameters,
//! and a summary.

mod acts;
mod path;
mod row;
mod sending;

use row::{ACTS, CURSOR, LIMIT, LISTED, NONE, PAGE};
pub use row::{Parameter, Query, Throttle};

use crate::role::{
    Access::{self, Public, Scrape, System, Tenant},
    RateClass,
    Role::{Admin, Author, Editor, Viewer},
};

/// The routes of one function.
pub trait OfFunction: Copy {
    const FUNCTION: Function;

    /// `None`: another function answers it.
    fn of(route: Route) -> Option<Self>;
}

use Query::{Any, Only};
use Throttle::{PerSecond, Usual};

macro_rules! routes {
    ($($function:ident $binary:literal $of_function:ident {
        $($variant:ident $method:literal $path:literal $access:tt$(($role:ident))? $class:ident
            $throttle:ident$(($rate:literal, $burst:literal))? $query:ident$(($names:expr))? $summary:literal;)+
    })+) => {
        /// A function that answers requests.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Function {
            $($function,)+
        }

        impl Function {
            pub const ALL: &'static [Self] = &[$(Self::$function),+];

            /// Its package and its program.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$function => $binary),+ }
            }
        }

        /// A row.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Route {
            $($($variant,)+)+
        }

        $(
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub enum $of_function {
                $($variant,)+
            }

            impl OfFunction for $of_function {
                const FUNCTION: Function = Function::$function;

                #[allow(unreachable_patterns, reason = "where one function answers everything")]
                fn of(route: Route) -> Option<Self> {
                    match route {
                        $(Route::$variant => Some(Self::$variant),)+
                        _ => None,
                    }
                }
            }
        )+

        impl Route {
            pub const ALL: &'static [Self] = &[$($(Self::$variant),+),+];

            pub const fn method(self) -> &'static str {
                match self { $($(Self::$variant => $method),+),+ }
            }

            /// With `{names}`.
            pub const fn path(self) -> &'static str {
                match self { $($(Self::$variant => $path),+),+ }
            }

            /// Which function answers.
            pub const fn function(self) -> Function {
                match self { $($(Self::$variant => Function::$function),+),+ }
            }

            pub const fn access(self) -> Access {
                match self { $($(Self::$variant => $access$(($role))?),+),+ }
            }

            /// The window that a request of this route is counted in.
            pub const fn class(self) -> RateClass {
                match self { $($(Self::$variant => RateClass::$class),+),+ }
            }

            pub const fn throttle(self) -> Throttle {
                match self { $($(Self::$variant => $throttle$(($rate, $burst))?),+),+ }
            }

            pub const fn query(self) -> Query {
                match self { $($(Self::$variant => $query$(($names))?),+),+ }
            }

            /// What it does, for a reader of the API.
            pub const fn summary(self) -> &'static str {
                match self { $($(Self::$variant => $summary),+),+ }
            }

            /// API Gateway's route key, e.g. `GET /api/content/tasks`. A HEAD asks for what a GET would say
            /// (RFC 9110, 9.3.2) and is the same route.
            pub fn from_key(key: &str) -> Option<Self> {
                match key.strip_prefix("HEAD ") {
                    Some(path) => Self::of("GET", path),
                    None => key.split_once(' ').and_then(|(method, path)| Self::of(method, path)),
                }
            }

            fn of(method: &str, path: &str) -> Option<Self> {
                match (method, path) {
                    $($(($method, $path) => Some(Self::$variant),)+)+
                    _ => None,
                }
            }
        }
    };
}

routes! {
    CreateTask "create-task" CreateTaskRoute {
        CreateTask "POST" "/api/content/tasks" Tenant(Author) Create PerSecond(20, 40)
            NONE "Ask for content";
        BulkCreate "POST" "/api/content/tasks/bulk/create" Tenant(Author) Bulk PerSecond(5, 10)
            NONE "Ask for up to 100 tasks at once";
        MakeSchedule "POST" "/api/schedules" Tenant(Editor) Edit Usual
            NONE "Make a schedule: what tasks are to be made, and when";
        PatchSchedule "PATCH" "/api/schedules/{schedule_id}" Tenant(Editor) Edit Usual
            NONE "Change a schedule, have it pause or go on; what is left out stays";
        RemoveSchedule "DELETE" "/api/schedules/{schedule_id}" Tenant(Editor) Edit Usual
            NONE "Remove a schedule; its tasks stay";
        RunSchedule "POST" "/api/schedules/{schedule_id}/run" Tenant(Editor) Create PerSecond(20, 40)
            NONE "Make a schedule's next task at once; what comes next stays";
        SkipOccurrence "POST" "/api/schedules/{schedule_id}/occurrences/{at}/skip" Tenant(Editor) Edit Usual
            NONE "Leave out one occurrence that is to come";
        ConfirmIntent "POST" "/api/content/intent/{intent_id}/confirm" Tenant(Author) Create PerSecond(5, 10)
            NONE "Take proposals of a sentence, as they are or with other bodies: each task and schedule is made once, however often it is said";
    }
    QueryTasks "query-tasks" QueryTasksRoute {
        ListDeliveries "GET" "/api/content/tasks/{task_id}/deliveries" Tenant(Viewer) Read Usual
            PAGE "Read what was sent to a task's callback_url, and what came of it";
        ListPlacements "GET" "/api/content/tasks/{task_id}/targets" Tenant(Viewer) Read Usual NONE "Read where a task's article stands on each of its targets";
        ListTasks "GET" "/api/content/tasks" Tenant(Viewer) Read Usual
            Only(LISTED) "List tasks: filtered, searched, sorted, counted; exact over the open ones, at most 2,000, otherwise by time";
        ReviewTask "GET" "/api/content/tasks/{task_id}/review" Tenant(Viewer) Read Usual
            NONE "Read all that a reviewer's screen shows: the task, its newest revisions' heads, blockers, scores, cost, references, deliveries";
        GetTask "GET" "/api/content/tasks/{task_id}" Tenant(Viewer) Read Usual
            NONE "Read a task with its newest draft";
        ListEvents "GET" "/api/content/tasks/{task_id}/events" Tenant(Viewer) Read Usual
            PAGE "Read what happened to a task";
        ListRevisions "GET" "/api/content/tasks/{task_id}/revisions" Tenant(Viewer) Read Usual
            PAGE "List a task's revisions";
        Provenance "GET" "/api/content/tasks/{task_id}/provenance" Tenant(Viewer) Read Usual
            PAGE "Read where an article comes from: sources, models, scores, decisions, calls";
        GetTranscript "GET" "/api/content/tasks/{task_id}/provenance/{call_id}" Tenant(Viewer) Read Usual
            NONE "Read what was said in a call, where the tenant keeps it; for 30 days";
        ListComments "GET" "/api/content/tasks/{task_id}/comments" Tenant(Viewer) Read Usual PAGE "List what people say of a task, the oldest first";
        GetRevision "GET" "/api/content/tasks/{task_id}/revisions/{n}" Tenant(Viewer) Read Usual
            NONE "Read one revision";
        StreamTicket "POST" "/api/content/tasks/{task_id}/stream-ticket" Tenant(Viewer) Read Usual
            NONE "Make a ticket by which a browser follows the task: for one stream, once, within thirty seconds";
        ListSchedules "GET" "/api/schedules" Tenant(Viewer) Read Usual
            PAGE "List the tenant's schedules";
        GetSchedule "GET" "/api/schedules/{schedule_id}" Tenant(Viewer) Read Usual
            NONE "Read a schedule, with what its tasks are asked for with";
        ListRuns "GET" "/api/schedules/{schedule_id}/runs" Tenant(Viewer) Read Usual
            PAGE "List what came of a schedule's occurrences, and what each cost";
        Usage "GET" "/api/usage" Tenant(Viewer) Read Usual
            NONE "Show the caller's use of its limits";
        GetFeed "GET" "/api/calendar/ical/{secret}" Public Feed PerSecond(10, 20)
            NONE "Read a tenant's calendar by its secret address: titles and hours, as iCalendar";
        ListPublished "GET" "/api/content/published/{tenant}" Public Open PerSecond(100, 200)
            PAGE "List live articles";
        GetPublished "GET" "/api/content/published/{tenant}/{slug}" Public Open PerSecond(100, 200)
            NONE "Read a live article";
    }
    StreamTask "stream-task" StreamTaskRoute {
        StreamTask "GET" "/api/content/tasks/{task_id}/stream" Tenant(Viewer) Read Usual
            Only(&[("ticket", "A ticket for this stream, for a client that sends no `Authorization`; it works once and for a GET alone")]) "Follow a task as it changes. Deployed, at the host of the output `StreamUrl`";
    }
    ApproveTask "approve-task" ApproveTaskRoute {
        Redeliver "POST" "/api/content/tasks/{task_id}/deliveries/{delivery_id}/redeliver" Tenant(Author) Redeliver Usual
            NONE "Send an event to the task's callback_url again";
        RetryPlacement "POST" "/api/content/tasks/{task_id}/targets/{target}/retry" Tenant(Editor) Redeliver Usual
            NONE "Publish to a target again; or say what becomes of a copy that was changed there by hand";
        Approve "POST" "/api/content/tasks/{task_id}/approve" Tenant(Editor) Decide Usual
            NONE "Approve and publish, now or at an hour; or reject";
        Reject "POST" "/api/content/tasks/{task_id}/reject" Tenant(Editor) Decide Usual
            NONE "Reject; a live article stays and loses its next text alone";
        RequestChanges "POST" "/api/content/tasks/{task_id}/request-changes" Tenant(Editor) Create Usual
            NONE "Send back for another draft";
        EditDraft "PUT" "/api/content/tasks/{task_id}/draft" Tenant(Author) Edit Usual
            NONE "Replace the draft by a new revision of your own";
        CheckDraft "POST" "/api/content/tasks/{task_id}/draft/check" Tenant(Author) Edit Usual
            NONE "See what a draft of your own would be: cleaned, measured, and what would keep it back. Nothing is stored";
        Cancel "POST" "/api/content/tasks/{task_id}/cancel" Tenant(Author) Decide Usual
            NONE "Cancel; beside a live article the work on its next text alone";
        Retry "POST" "/api/content/tasks/{task_id}/retry" Tenant(Author) Create Usual
            NONE "Try a failed task again";
        Schedule "POST" "/api/content/tasks/{task_id}/schedule" Tenant(Editor) Decide Usual
            NONE "Publish what is approved at another hour, or at once";
        Unpublish "POST" "/api/content/tasks/{task_id}/unpublish" Tenant(Editor) Decide Usual
            NONE "Take the live article down for good";
        Publish "POST" "/api/content/tasks/{task_id}/publish" Tenant(Editor) Decide Usual
            NONE "Bring an older revision back as the live article";
        Assign "PUT" "/api/content/tasks/{task_id}/assignee" Tenant(Editor) Decide Usual
            NONE "Give a task to somebody who may decide on it; it is no move, and needs no If-Match";
        Unassign "DELETE" "/api/content/tasks/{task_id}/assignee" Tenant(Editor) Decide Usual
            NONE "Give a task to nobody";
        MakeComment "POST" "/api/content/tasks/{task_id}/comments" Tenant(Author) Edit Usual NONE "Comment on a task, on a place in its text, or in reply";
        PatchComment "PATCH" "/api/content/tasks/{task_id}/comments/{comment_id}" Tenant(Author) Edit Usual NONE "Say a comment of your own in other words; as an editor, resolve one or open it again";
        RemoveComment "DELETE" "/api/content/tasks/{task_id}/comments/{comment_id}" Tenant(Author) Edit Usual NONE "Take the words of a comment away: your own, or as an admin anybody's";
        BulkUpdate "POST" "/api/content/tasks/bulk/update" Tenant(Author) Bulk PerSecond(5, 10)
            NONE "Approve, reject, cancel or retry up to 100 tasks";
    }
    IngestWebhook "ingest-webhook" IngestWebhookRoute {
        Webhook "POST" "/api/webhooks/{source}" Public Webhook PerSecond(50, 100)
            NONE "Deliver a signed webhook, in the form and with the headers of the source's scheme. Sources of a tenant's own are under its name";
        TenantWebhook "POST" "/api/webhooks/{tenant}/{source}" Public Webhook PerSecond(50, 100)
            NONE "Deliver a signed webhook, in the form and with the headers of the source's scheme. Sources of a tenant's own are under its name";
    }
    QueryModels "query-models" QueryModelsRoute {
        Models "GET" "/api/models" Tenant(Viewer) Read Usual
            NONE "Show the models, their prices and whether they are there";
        Costs "GET" "/api/costs" Tenant(Viewer) Read Usual
            Only(&[("by", "day, model, phase or task; day by default"), ("from", "A date; the first of this month by default"), ("to", "A date within 92 days; today by default")]) "Show what the tenant has spent, and its budgets";
        GetCalendar "GET" "/api/calendar" Tenant(Viewer) Estimate Usual
            Only(&[("from", "The first day, at most 5 years ahead; today by default"), ("to", "The last day, within 92 days; by default the 30th after the first"), ("zone", "Whose days they are: a time zone of the IANA database; UTC by default")]) "Show what is planned, in work, waiting, scheduled and live, what it will cost, and what is in each other's way";
        Estimate "POST" "/api/content/tasks/estimate" Tenant(Author) Estimate Usual
            NONE "Price a task before it is made";
        AskIntent "POST" "/api/content/intent" Tenant(Author) Estimate Usual
            NONE "Ask for content in a sentence: what is proposed for it, what that costs and what is near to it. Nothing is made yet";
        GetIntent "GET" "/api/content/intent/{intent_id}" Tenant(Author) Estimate Usual
            NONE "Read what was proposed for a sentence of your own within the last day";
        ListAgents "GET" "/api/agents" Tenant(Author) Read Usual
            NONE "List the agents that you may name in a task, without their prompts";
    }
    Admin "admin" AdminRoute {
        MakeKey "POST" "/api/admin/keys" Tenant(Admin) Admin PerSecond(5, 20)
            NONE "Make an API key; this answer alone shows it";
        ListKeys "GET" "/api/admin/keys" Tenant(Admin) Admin Usual
            PAGE "List the tenant's API keys, the revoked ones too";
        GetKey "GET" "/api/admin/keys/{key_id}" Tenant(Admin) Admin Usual
            NONE "Read what is kept of a key, by its id; operators, of any tenant's";
        RevokeKey "DELETE" "/api/admin/keys/{key_id}" Tenant(Admin) Admin Usual
            NONE "Revoke an API key";
        MakeSource "POST" "/api/admin/webhook-sources" Tenant(Admin) Admin PerSecond(5, 20)
            NONE "Make a webhook source; this answer alone shows its secret";
        ListSources "GET" "/api/admin/webhook-sources" Tenant(Admin) Admin Usual
            PAGE "List the tenant's webhook sources";
        RemoveSource "DELETE" "/api/admin/webhook-sources/{source}" Tenant(Admin) Admin Usual
            NONE "Remove a webhook source";
        ListReceipts "GET" "/api/admin/webhook-sources/{source}/receipts" Tenant(Admin) Admin Usual
            PAGE "List what came of a source's webhooks";
        RotateSource "POST" "/api/admin/webhook-sources/{source}/rotate" Tenant(Admin) Admin PerSecond(5, 20)
            NONE "Give a webhook source another secret; this answer alone shows it";
        ShowCallbackSecret "GET" "/api/admin/callback-secret" Tenant(Admin) Admin Usual
            NONE "Show what the tenant's events are signed with (Standard Webhooks)";
        MakeTarget "POST" "/api/admin/targets" Tenant(Admin) Admin PerSecond(5, 20) NONE "Make a target of articles. Its secret is not shown again";
        ListTargets "GET" "/api/admin/targets" Tenant(Admin) Admin Usual NONE "List the tenant's targets";
        GetTarget "GET" "/api/admin/targets/{target}" Tenant(Admin) Admin Usual NONE "Read a target";
        PatchTarget "PATCH" "/api/admin/targets/{target}" Tenant(Admin) Admin PerSecond(5, 20)
            NONE "Change, pause or resume a target; another address drops its secret";
        RemoveTarget "DELETE" "/api/admin/targets/{target}" Tenant(Admin) Admin Usual NONE "Remove a target; what was published there stays there";
        TestTarget "POST" "/api/admin/targets/{target}/test" Tenant(Admin) Admin PerSecond(5, 20) NONE "See whether a target can be reached and opened; nothing is changed there";
        MakeAgent "POST" "/api/admin/agents" Tenant(Admin) Admin PerSecond(5, 20) NONE "Make an agent. It has no prompt yet";
        AllAgents "GET" "/api/admin/agents" Tenant(Admin) Admin Usual NONE "List the tenant's own agents, whoever may name them";
        GetAgent "GET" "/api/admin/agents/{agent_id}" Tenant(Admin) Admin Usual NONE "Read an agent, and which versions of its prompt its labels name";
        PatchAgent "PATCH" "/api/admin/agents/{agent_id}" Tenant(Admin) Admin PerSecond(5, 20)
            NONE "Change an agent; what is left out stays";
        RemoveAgent "DELETE" "/api/admin/agents/{agent_id}" Tenant(Admin) Admin Usual
            NONE "Remove an agent with its prompts and aliases; texts that it wrote stay";
        MakePrompt "POST" "/api/admin/agents/{agent_id}/prompts" Tenant(Admin) Admin PerSecond(5, 20)
            NONE "Make another version of an agent's prompt. It changes nothing until a label is moved to it";
        ListPrompts "GET" "/api/admin/agents/{agent_id}/prompts" Tenant(Admin) Admin Usual
            PAGE "List the versions of an agent's prompt, the newest first, without their texts";
        GetPrompt "GET" "/api/admin/agents/{agent_id}/prompts/{n}" Tenant(Admin) Admin Usual NONE "Read a version of an agent's prompt";
        MoveLabel "PUT" "/api/admin/agents/{agent_id}/labels/{label}" Tenant(Admin) Admin PerSecond(5, 20)
            NONE "Move a label to a version of the prompt, an earlier one or a later; tasks that begin from then on have it";
        MoveAlias "PUT" "/api/admin/agents/{agent_id}/aliases/{alias}" Tenant(Admin) Admin PerSecond(5, 20)
            NONE "Give an agent an alias, in one write taken from whichever agent had it";
        RemoveAlias "DELETE" "/api/admin/agents/{agent_id}/aliases/{alias}" Tenant(Admin) Admin Usual
            NONE "Take an alias away from an agent; nobody has it then";
        Listen "GET" "/api/admin/listen/{listener}" Tenant(Admin) Read Usual
            Only(&[LIMIT, ("after", "Only events behind the one of this `event_id`")]) "Read the events that are kept for a listener, the oldest first, for three days";
        GetLimits "GET" "/api/admin/tenants/{tenant}/limits" System Admin Usual
            NONE "Show a tenant's own limits";
        SetLimits "PUT" "/api/admin/tenants/{tenant}/limits" System Admin Usual
            NONE "Set a tenant's own limits, all at once; what is left out is as usual. In force within a minute";
        PatchLimits "PATCH" "/api/admin/tenants/{tenant}/limits" System Admin Usual
            NONE "Change some of a tenant's own limits; what is left out stays, null brings back the usual one. In force within a minute";
        LimitsLog "GET" "/api/admin/tenants/{tenant}/limits/log" System Admin Usual
            PAGE "List who changed a tenant's limits, with those before and after";
        RevertLimits "POST" "/api/admin/tenants/{tenant}/limits/revert" System Admin Usual
            NONE "Set a tenant's limits to those before a change";
        ListTenants "GET" "/api/admin/tenants" System Admin Usual
            PAGE "List the tenants, by name";
        GetTenant "GET" "/api/admin/tenants/{tenant}" System Admin Usual
            NONE "Whether a tenant is served, and since when it is on the list";
        MakeTenant "PUT" "/api/admin/tenants/{tenant}" System Admin Usual
            NONE "Put a tenant on the list; its first key and the first attempt at a task of its do so, too";
        SuspendTenant "POST" "/api/admin/tenants/{tenant}/suspend" System Admin Usual
            NONE "Let nobody of a tenant in, and nothing of it out, with a reason; nothing is lost";
        ResumeTenant "POST" "/api/admin/tenants/{tenant}/resume" System Admin Usual
            NONE "Serve a tenant again, with a reason";
        TenantTrail "GET" "/api/admin/tenants/{tenant}/audit/{subject}" System Admin PerSecond(5, 20)
            PAGE "What somebody of any tenant has done, task by task, without anybody's words";
        Trail "GET" "/api/admin/audit/{subject}" Tenant(Admin) Admin PerSecond(5, 20)
            PAGE "What somebody of the tenant has done, task by task";
        ListActs "GET" "/api/admin/acts" Tenant(Admin) Admin Usual
            Only(ACTS) "List what admins, and editors of schedules, have made, changed and ended, and who it was; to operators what operators have";
        ListTenantActs "GET" "/api/admin/tenants/{tenant}/acts" System Admin Usual
            Only(ACTS) "List what was made, changed and ended in any tenant, and who it was";
        AllCosts "GET" "/api/admin/costs" System Admin Usual
            Only(&[LIMIT, CURSOR, ("month", "A month such as 2026-11; the present one by default")]) "What each tenant has spent in a month";
        ListTenantKeys "GET" "/api/admin/tenants/{tenant}/keys" System Admin Usual
            Only(&[LIMIT, CURSOR, ("subject", "Only keys of this subject")]) "List the keys of any tenant";
        InspectTask "GET" "/api/admin/tasks/{task_id}" System Admin Usual
            NONE "Where a task of any tenant stands, without its text and what was asked for";
        InspectEvents "GET" "/api/admin/tasks/{task_id}/events" System Admin Usual
            PAGE "What has happened to a task of any tenant, without anybody's words";
        InspectDeliveries "GET" "/api/admin/tasks/{task_id}/deliveries" System Admin Usual
            PAGE "What was sent, or is to be sent, to a task's `callback_url`";
        KickTask "POST" "/api/admin/tasks/{task_id}/kick" System Admin Usual
            NONE "Send for a task of any tenant at once";
        StopTask "POST" "/api/admin/tasks/{task_id}/cancel" System Admin Usual
            NONE "Cancel a task of any tenant, with a reason";
        CorrectCall "PUT" "/api/admin/tasks/{task_id}/calls/{call_id}" System Admin Usual
            NONE "Put right what a call of a model cost; the same again changes nothing";
        ListFlags "GET" "/api/admin/flags" System Admin Usual
            NONE "List the flags";
        FlagLog "GET" "/api/admin/flags/log" System Admin Usual
            PAGE "List who set which flag, with its value before";
        SetFlag "PUT" "/api/admin/flags/{flag}" System Admin Usual
            NONE "Set a flag: `generation`, `writes`, `provider.` and a provider's name, or `debug.` and a task's id. In force within thirty seconds";
        RevertFlag "POST" "/api/admin/flags/{flag}/revert" System Admin Usual
            NONE "Set a flag to its value before a change";
        GetSettings "GET" "/api/admin/settings" Tenant(Admin) Admin Usual
            NONE "Show the tenant's settings";
        PatchSettings "PATCH" "/api/admin/settings" Tenant(Admin) Admin Usual
            NONE "Change the tenant's settings; what is left out stays";
        SettingsLog "GET" "/api/admin/settings/log" Tenant(Admin) Admin Usual
            PAGE "List who changed the tenant's settings, with those before and after";
        RevertSettings "POST" "/api/admin/settings/revert" Tenant(Admin) Admin Usual
            NONE "Set the tenant's settings to those before a change";
        ExportData "POST" "/api/privacy/export" Tenant(Admin) Admin Usual
            NONE "Collect all that is kept of somebody; asked again, it is collected again";
        EraseData "POST" "/api/privacy/erase" Tenant(Admin) Admin Usual
            NONE "Put a name that is nobody's in somebody's place everywhere, and end their keys";
        ListJobs "GET" "/api/privacy/jobs" Tenant(Admin) Admin Usual
            PAGE "List exports and erasures";
        GetJob "GET" "/api/privacy/jobs/{job_id}" Tenant(Admin) Admin Usual
            NONE "Read an export or erasure";
        GetJobPart "GET" "/api/privacy/jobs/{job_id}/parts/{n}" Tenant(Admin) Admin Usual
            NONE "Read a part of an export that is done, from 1 on";
        PutPerson "PUT" "/api/admin/people/{subject}" Tenant(Admin) Admin Usual
            NONE "Let a person in who signs in, or give them another role";
        ListPeople "GET" "/api/admin/people" Tenant(Admin) Admin Usual
            PAGE "List the people who were let in";
        RemovePerson "DELETE" "/api/admin/people/{subject}" Tenant(Admin) Admin Usual
            NONE "Let a person go";
        MakeFeed "POST" "/api/admin/calendar-feeds" Tenant(Admin) Admin PerSecond(5, 20)
            NONE "Make a secret address of the tenant's calendar; this answer alone shows it";
        ListFeeds "GET" "/api/admin/calendar-feeds" Tenant(Admin) Admin Usual
            NONE "List the secret addresses of the tenant's calendar";
        RevokeFeed "DELETE" "/api/admin/calendar-feeds/{feed_id}" Tenant(Admin) Admin Usual
            NONE "Revoke a secret address of the tenant's calendar";
        ListStuck "GET" "/api/admin/stuck" System Admin PerSecond(5, 20)
            Only(&[LIMIT]) "What is overdue, and why";
        ListEnded "GET" "/api/admin/ended" System Admin Usual
            PAGE "List what was begun over and over and never ended: receipts, publications, deliveries, jobs";
        RedriveEnded "POST" "/api/admin/ended/{ended_id}/redrive" System Admin Usual
            NONE "Have one thing that was given up tried again";
        Redrive "POST" "/api/admin/dlq/redrive" System Admin PerSecond(5, 20)
            NONE "Send dead letters back to their queue; asking again moves what is left";
        ListLetters "GET" "/api/admin/dlq/{queue}/letters" System Admin PerSecond(5, 20)
            Only(&[LIMIT]) "List dead letters of a queue, masked, with why they were given up";
        RedriveLetter "POST" "/api/admin/dlq/{queue}/letters/{letter_id}/redrive" System Admin PerSecond(5, 20)
            NONE "Send one dead letter back to its queue";
        DiscardLetter "POST" "/api/admin/dlq/{queue}/letters/{letter_id}/discard" System Admin PerSecond(5, 20)
            NONE "Throw one dead letter away, with a reason";
    }
    Auth "auth" AuthRoute {
        SignIn "GET" "/api/auth/github/start" Public Auth Usual
            Only(&[("tenant", "The tenant to sign in to"), ("then", "`console` to come back to the console, signed in; `terminal` to come back to a program of this machine; without it the answer at the end is tokens"), ("port", "Where that program listens on 127.0.0.1, with `then=terminal`"), ("challenge", "The S256 of its verifier (RFC 7636), with `then=terminal`")]) "Begin to sign in with GitHub";
        SignInCallback "GET" "/api/auth/github/callback" Public Auth Usual
            Any(&[("state", "As GitHub sends it"), ("code", "As GitHub sends it")]) "End a sign-in: GitHub sends people here";
        SignInAtTerminal "POST" "/api/auth/github/terminal" Public Auth Usual
            NONE "End a sign-in that a program of the person's machine has begun in a browser";
        RefreshSession "POST" "/api/auth/refresh" Public Auth Usual
            NONE "Get a new token; a refresh token that has worked before ends its session";
        RenewBrowser "POST" "/api/auth/session" Public Auth Usual
            NONE "Get a new token for the browser that is signed in to the console";
        Me "GET" "/api/auth/me" Tenant(Viewer) Read Usual
            NONE "Show who the caller is";
        SignOut "POST" "/api/auth/logout" Tenant(Viewer) Read Usual
            NONE "End the caller's session; within a minute its token works no more";
    }
    Health "health" HealthRoute {
        Live "GET" "/health/live" Public Open PerSecond(17, 50)
            NONE "Whether the function runs";
        Ready "GET" "/health/ready" Public Open PerSecond(17, 50)
            NONE "Whether all parts answer";
        Health "GET" "/api/health" System Read PerSecond(17, 50)
            NONE "Parts, queue depths, open breakers, what is stuck";
        Metrics "GET" "/metrics" Scrape Read PerSecond(5, 10)
            NONE "All that is counted and measured, as Prometheus reads it";
        OpenApi "GET" "/api/openapi.json" Public Open PerSecond(10, 20)
            NONE "This document";
        Docs "GET" "/api/docs" Public Open PerSecond(10, 20)
            NONE "This document as a page";
        DocsAsset "GET" "/api/docs/{asset}" Public Open PerSecond(10, 40)
            NONE "What the page loads";
    }
    Console "console" ConsoleRoute {
        Console "GET" "/" Public Open PerSecond(20, 60)
            Any(&[]) "The console for a browser; where things are for everybody else";
        ConsoleAsset "GET" "/assets/{file}" Public Open PerSecond(100, 300)
            NONE "What the console loads";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_is_answered_by_one_function() {
        for route in Route::ALL {
            let takers = [
                CreateTaskRoute::of(*route).map(|_| CreateTaskRoute::FUNCTION),
                QueryTasksRoute::of(*route).map(|_| QueryTasksRoute::FUNCTION),
                StreamTaskRoute::of(*route).map(|_| StreamTaskRoute::FUNCTION),
                ApproveTaskRoute::of(*route).map(|_| ApproveTaskRoute::FUNCTION),
                IngestWebhookRoute::of(*route).map(|_| IngestWebhookRoute::FUNCTION),
                QueryModelsRoute::of(*route).map(|_| QueryModelsRoute::FUNCTION),
                AdminRoute::of(*route).map(|_| AdminRoute::FUNCTION),
                AuthRoute::of(*route).map(|_| AuthRoute::FUNCTION),
                HealthRoute::of(*route).map(|_| HealthRoute::FUNCTION),
                ConsoleRoute::of(*route).map(|_| ConsoleRoute::FUNCTION),
            ];
            assert_eq!(takers.into_iter().flatten().collect::<Vec<_>>(), [route.function()], "{route:?}");
        }
    }

    #[test]
    fn an_unknown_key_is_no_route() {
        assert_eq!(Route::from_key("DELETE /api/content/tasks"), None);
        assert_eq!(Route::from_key("$default"), None);
    }

    #[test]
    fn a_patch_alone_takes_a_merge_patch_and_every_body_may_be_json() {
        for route in Route::ALL {
            let takes = route.media_types();
            assert_eq!(takes.first(), Some(&"application/json"), "{route:?}");
            assert_eq!(takes.contains(&"application/merge-patch+json"), route.method() == "PATCH", "{route:?}");
        }
    }

    #[test]
    fn a_path_takes_the_methods_of_its_routes_and_a_parameter_hides_nobody_elses_path() {
        assert_eq!(Route::methods_of("/api/admin/people/ann"), ["PUT", "DELETE"]);
        assert_eq!(Route::methods_of("/api/admin/settings"), ["GET", "HEAD", "PATCH"]);
        assert_eq!(Route::methods_of("/api/admin/flags/log"), ["GET", "HEAD"], "it is no flag");
        assert_eq!(Route::methods_of("/api/admin/flags/writes"), ["PUT"]);
        for path in ["/api/nowhere", "/api/admin/people/", "/api/admin/people/ann/more", ""] {
            assert_eq!(Route::methods_of(path), [""; 0], "{path}");
        }
    }

    #[test]
    fn every_route_is_found_by_its_key() {
        for route in Route::ALL {
            for method in route.methods() {
                assert_eq!(Route::from_key(&format!("{method} {}", route.path())), Some(*route));
            }
            assert!(route.methods().contains(&route.method()));
        }
        assert_eq!(Route::from_key("HEAD /api/content/tasks/bulk/create"), None);
    }

    /// Unknown callers are counted by source, by address, or only by the gateway; all others as principals.
    #[test]
    fn no_route_of_a_principal_is_counted_nowhere() {
        use RateClass::{Auth, Feed, Open, Webhook};
        for route in Route::ALL {
            let of_nobody = matches!(route.class(), Open | Webhook | Auth | Feed);
            assert_eq!(of_nobody, route.access() == Public, "{route:?}");
            let reads = route.method() == "GET";
            assert!(
                reads
                    || ![RateClass::Read, Open].contains(&route.class())
                    || matches!(route, Route::SignOut | Route::StreamTicket),
                "{route:?}"
            );
        }
    }

    #[test]
    fn no_post_that_makes_or_sends_something_is_without_a_key() {
        let without = Route::ALL.iter().filter(|route| route.method() == "POST" && !route.takes_idempotency_key());
        let without: Vec<&Route> = without.filter(|route| route.access() != Public).collect();
        assert_eq!(
            without,
            [&Route::ConfirmIntent, &Route::StreamTicket, &Route::CheckDraft, &Route::Estimate, &Route::SignOut]
        );
        assert!(Route::ALL.iter().all(|route| route.method() == "POST" || !route.takes_idempotency_key()));
    }

    #[test]
    fn no_request_is_repeated_that_has_a_second_effect() {
        let once: Vec<&Route> = Route::ALL.iter().filter(|route| !route.is_repeatable()).collect();
        let not_patches: Vec<&Route> = once.iter().copied().filter(|route| route.method() != "PATCH").collect();
        let expected = [
            Route::StreamTicket,
            Route::EditDraft,
            Route::Webhook,
            Route::TenantWebhook,
            Route::SignInAtTerminal,
            Route::RefreshSession,
            Route::RenewBrowser,
            Route::SignOut,
        ];
        assert_eq!(not_patches, expected.iter().collect::<Vec<_>>());
        assert!(Route::ALL.iter().all(|route| route.method() != "PATCH" || !route.is_repeatable()));
    }

    #[test]
    fn held_writes_are_all_but_those_that_hold_them_and_that_let_somebody_in_or_out() {
        let goes_on = Route::ALL.iter().filter(|route| route.method() != "GET" && !route.is_held_with_writes());
        let goes_on: Vec<&Route> = goes_on.filter(|route| route.access() != System).collect();
        let expected = [
            Route::StreamTicket,
            Route::CheckDraft,
            Route::Estimate,
            Route::RevokeKey,
            Route::RemovePerson,
            Route::RevokeFeed,
            Route::SignInAtTerminal,
            Route::RefreshSession,
            Route::RenewBrowser,
            Route::SignOut,
        ];
        assert_eq!(goes_on, expected.iter().collect::<Vec<_>>());
        assert!(Route::ALL.iter().all(|route| route.method() != "GET" || !route.is_held_with_writes()));
        assert!(!Route::SetFlag.is_held_with_writes() && !Route::RevertFlag.is_held_with_writes());
        assert!(Route::TenantWebhook.is_held_with_writes() && Route::Webhook.is_held_with_writes());
    }

    #[test]
    fn what_begins_a_generation_counts_as_a_creation() {
        for route in [Route::CreateTask, Route::Retry, Route::RequestChanges, Route::ConfirmIntent] {
            assert_eq!(route.class(), RateClass::Create, "{route:?}");
        }
    }

    #[test]
    fn a_path_with_values_leads_to_its_route_and_to_no_other() {
        assert_eq!(Route::at("POST", "/api/content/tasks/estimate"), Some(Route::Estimate));
        assert_eq!(Route::at("POST", "/api/content/tasks/task_1/approve"), Some(Route::Approve));
        assert_eq!(Route::at("GET", "/api/admin/flags/log"), Some(Route::FlagLog));
        assert_eq!(Route::at("HEAD", "/api/content/tasks"), Some(Route::ListTasks));
        assert_eq!(Route::at("PUT", "/api/admin/flags/log"), None, "the log is no flag");
        assert_eq!(Route::at("DELETE", "/api/content/tasks"), None);
    }

    #[test]
    fn a_known_path_tells_its_methods() {
        assert_eq!(Route::methods_of("/api/content/tasks"), ["POST", "GET", "HEAD"]);
        assert_eq!(Route::methods_of("/api/content/tasks/task_1/draft"), ["PUT"]);
        assert!(Route::methods_of("/api/content/tasks/").is_empty());
        assert_eq!(Route::methods_of("/api/admin/flags/log"), ["GET", "HEAD"]);
        assert_eq!(Route::methods_of("/api/content/tasks/estimate"), ["POST"]);
        assert!(Route::methods_of("/nowhere").is_empty());
    }
}
