use std::collections::BTreeSet;

use galley_domain::{
    access::{
        keys::{NewKey, StoredKey},
        people::{NewPerson, Person},
        role::Principal,
        route::Query,
    },
    content::{blockers::Finish, markdown, quality::Score},
    generation::transcript::Transcript,
    idempotency::receipt::{ReceiptLine, ReceiptOutcome},
    kernel::{
        ids::{JobId, KeyId, Subject, TaskId, TenantId, TraceId, WebhookId},
        mask::Masked,
        usd::MicroUsd,
    },
    models::{catalogue::Catalogue, phase::Phase, price::Tokens},
    money::{
        budget::Cap,
        ledger::{CallOutcome, Corrected, ModelCall, Quote},
    },
    operations::{
        due::Due,
        stuck::{Reason, Stuck},
    },
    outbox::deliver::Delivery,
    privacy::jobs::{Asked, Job, JobKind},
    queue::{
        dead_letters::{Redrive, Redriven},
        message::{Kind, Message},
        tries::Ended,
    },
    review::action::{Approve, Edit, Note, Republish, Review},
    task::{
        audit::{Actor, Context},
        record::Task,
        request::TaskRequest,
        revision::{Author, Manuscript, Revision, Work},
    },
    tenancy::{
        flags::{Flag, FlagChange, FlagName},
        settings::{Overrides, Policy},
    },
    webhooks::source::{NewSource, Rotation, Source},
};
use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::api::flags::{FlagList, FlagView, Revert};
use crate::api::models::{BudgetView, CostLineView, CostsView, EstimateView, ModelView, PhaseView, TokensTodayView};
use crate::{
    api::{
        CallView, CallbackSecretView, DeliveryView, EndedView, JobPartView, JobView, KeyView, MadeKeyView, MeView,
        PersonView, ReceiptView, RefreshToken, RevisionView, SettingsPatch, SettingsView, SourceSecretView, SourceView,
        StuckList, StuckView, TaskView, TenantLimitsView, TokensView, TryView, UsageLine, UsageView,
    },
    http::{
        body::{self, JsonBody},
        error::{ApiError, FieldError},
    },
};

fn key_of(subject: &str) -> Principal {
    let (tenant, subject) = (TenantId::new("acme").unwrap(), Subject::new(subject).unwrap());
    Principal { tenant, subject, role: Role::Editor }
}

fn properties(schema: &str) -> BTreeSet<String> {
    let document = document();
    let schema = &document["components"]["schemas"][schema];
    schema["properties"].as_object().unwrap_or_else(|| panic!("{schema}")).keys().cloned().collect()
}

fn fields(value: &impl serde::Serialize) -> BTreeSet<String> {
    serde_json::to_value(value).unwrap().as_object().unwrap().keys().cloned().collect()
}

/// A body takes exactly the fields of its schema: with a wrong value, each is named for its rule and not as unknown.
fn takes_exactly<T: JsonBody>(schema: &str) {
    let known = properties(schema);
    let mut map = serde_json::Map::new();
    for name in known.iter().map(String::as_str).chain(["not_a_field"]) {
        map.insert(name.to_owned(), json!({"certainly": ["wrong"]}));
    }
    let unknown: Vec<String> = body::from_object::<T>(map)
        .err()
        .expect("wrong values are refused")
        .into_iter()
        // Of itself, not of what stands in it.
        .filter(|error| error.message == "is not a known field" && !error.field.contains('.'))
        .map(|error| error.field)
        .collect();
    assert_eq!(unknown, ["not_a_field"], "{schema}");
}

#[test]
fn bodies_take_exactly_what_their_schemas_name() {
    takes_exactly::<TaskRequest>("CreateTask");
    takes_exactly::<Approve>("Approve");
    takes_exactly::<Review>("Review");
    takes_exactly::<Republish>("Republish");
    takes_exactly::<Edit>("EditDraft");
    takes_exactly::<Note>("Note");
    takes_exactly::<NewKey>("NewKey");
    takes_exactly::<NewSource>("NewSource");
    takes_exactly::<Rotation>("Rotation");
    takes_exactly::<Redrive>("Redrive");
    takes_exactly::<SettingsPatch>("SettingsPatch");
    takes_exactly::<Asked>("Asked");
    takes_exactly::<NewPerson>("NewPerson");
    takes_exactly::<RefreshToken>("RefreshToken");
    takes_exactly::<Overrides>("Overrides");
    takes_exactly::<Flag>("Flag");
    takes_exactly::<Revert>("Revert");
}

/// Whatever stands in a field, what is said of it is a rule in words of the API.
fn tells_nothing_of_the_inside<T: JsonBody>(schema: &str) {
    let wrong = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("certainly wrong \u{1}"),
        json!([]),
        json!([1, "x", {}]),
        json!({}),
        json!({"certainly": ["wrong"]}),
    ];
    for name in properties(schema) {
        for value in &wrong {
            let map = serde_json::Map::from_iter([(name.clone(), value.clone())]);
            let errors = body::from_object::<T>(map).err().unwrap_or_default();
            for FieldError { field, message } in errors.iter().filter(|error| error.field.starts_with(&name)) {
                let is_rule =
                    ["must ", "is ", "has the wrong type", "title must ", "description must ", "keywords must "]
                        .iter()
                        .any(|start| message.starts_with(start));
                assert!(is_rule && !message.contains('`'), "{schema}: {field} of {value}: {message}");
            }
        }
    }
}

#[test]
fn no_answer_tells_the_name_of_a_type_or_a_library() {
    tells_nothing_of_the_inside::<TaskRequest>("CreateTask");
    tells_nothing_of_the_inside::<Approve>("Approve");
    tells_nothing_of_the_inside::<Review>("Review");
    tells_nothing_of_the_inside::<Republish>("Republish");
    tells_nothing_of_the_inside::<Edit>("EditDraft");
    tells_nothing_of_the_inside::<Note>("Note");
    tells_nothing_of_the_inside::<NewKey>("NewKey");
    tells_nothing_of_the_inside::<NewSource>("NewSource");
    tells_nothing_of_the_inside::<Rotation>("Rotation");
    tells_nothing_of_the_inside::<Redrive>("Redrive");
    tells_nothing_of_the_inside::<SettingsPatch>("SettingsPatch");
    tells_nothing_of_the_inside::<Asked>("Asked");
    tells_nothing_of_the_inside::<NewPerson>("NewPerson");
    tells_nothing_of_the_inside::<RefreshToken>("RefreshToken");
    tells_nothing_of_the_inside::<Overrides>("Overrides");
    tells_nothing_of_the_inside::<Flag>("Flag");
    tells_nothing_of_the_inside::<Revert>("Revert");
}

#[test]
fn required_fields_are_the_same_in_both() {
    let required = |schema: &str| {
        let document = document();
        let list = document["components"]["schemas"][schema]["required"].clone();
        serde_json::from_value::<BTreeSet<String>>(list).unwrap_or_default()
    };
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(required("CreateTask"), named(TaskRequest::REQUIRED));
    assert_eq!(required("Approve"), named(Approve::REQUIRED));
    assert_eq!(required("Review"), named(Review::REQUIRED));
    assert_eq!(required("Republish"), named(Republish::REQUIRED));
    assert_eq!(required("EditDraft"), named(Edit::REQUIRED));
    assert_eq!(required("Note"), named(Note::REQUIRED));
    assert_eq!(required("NewKey"), named(NewKey::REQUIRED));
    assert_eq!(required("NewSource"), named(NewSource::REQUIRED));
    assert_eq!(required("Rotation"), named(Rotation::REQUIRED));
    assert_eq!(required("Redrive"), named(Redrive::REQUIRED));
    assert_eq!(required("SettingsPatch"), named(SettingsPatch::REQUIRED));
    assert_eq!(required("Asked"), named(Asked::REQUIRED));
    assert_eq!(required("NewPerson"), named(NewPerson::REQUIRED));
    assert_eq!(required("RefreshToken"), named(RefreshToken::REQUIRED));
    assert_eq!(required("Overrides"), named(Overrides::REQUIRED));
    assert_eq!(required("Flag"), named(Flag::REQUIRED));
    assert_eq!(required("Revert"), named(Revert::REQUIRED));
}

#[test]
fn answers_have_exactly_what_their_schemas_name() {
    let request: TaskRequest = serde_json::from_value(json!({
        "topic": "How HTTP caching works", "target_audience": "a", "primary_keyword": "k", "model": "m",
        "models_by_phase": {"draft": "m"}, "callback_url": "https://example.com/", "max_cost_usd": "1",
    }))
    .unwrap();
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let manuscript = Manuscript {
        title: "A title".into(),
        html: markdown::to_html("Text.").unwrap(),
        excerpt: None,
        seo: None,
        featured_image: None,
        finish: Finish::Complete,
        author: Author::Outline,
        work: Work::default(),
    };
    let revision = Revision::assessed(1, manuscript, &request, Score::clamped(70), now).unwrap();
    let context = Context {
        actor: Actor::Worker,
        at: now,
        event_id: Uuid::nil(),
        trace_id: TraceId::from_uuid(Uuid::nil()),
        timings: galley_domain::kernel::timings::Timings::default(),
    };
    let (tenant, subject) = (TenantId::new("acme").unwrap(), Subject::new("ana").unwrap());
    let (task, _) = Task::accept(TaskId::from_uuid(Uuid::nil()), tenant, subject, request, &context);
    assert_eq!(fields(&TaskView::whole(&task, Some(&revision))), properties("Task"));
    assert_eq!(fields(&RevisionView::whole(revision)), properties("Revision"));
    assert_eq!(fields(&Redriven::default()), properties("Redriven"));
    let due = Due {
        message: Message::generate(
            TenantId::new("acme").unwrap(),
            &TaskId::from_uuid(Uuid::nil()),
            context.trace_id.clone(),
        ),
        state: None,
        due_at: now,
        resends: 0,
        key: (String::new(), String::new()),
    };
    let stuck = StuckView::of(Stuck { due, reason: Reason::Unclaimed }, now);
    let item = document()["components"]["schemas"]["StuckList"]["properties"]["data"]["items"]["properties"].clone();
    assert_eq!(fields(&stuck), item.as_object().unwrap().keys().cloned().collect());
    assert_eq!(fields(&StuckList { data: Vec::new(), total: 0 }), properties("StuckList"));
    let (_, event) = task.claim(&context).unwrap();
    let delivery = Delivery::of(&task, &event).unwrap();
    assert_eq!(fields(&DeliveryView::from(delivery)), properties("Delivery"));
}

#[test]
fn what_is_told_of_models_costs_and_switches_has_its_schema() {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let model = Catalogue::built_in().unwrap().models.remove(0);
    let inner = |schema: &str, list: &str| {
        let item = document()["components"]["schemas"][schema]["properties"][list]["items"]["properties"].clone();
        item.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>()
    };
    assert_eq!(fields(&ModelView::of(&model, None, false, now)), inner("ModelList", "data"));
    let phase = PhaseView {
        phase: Phase::Draft,
        model: String::new(),
        calls: 1,
        expected_usd: MicroUsd::ZERO,
        most_usd: MicroUsd::ZERO,
        expected_tokens: 1,
        most_tokens: 2,
        note: None,
    };
    assert_eq!(fields(&phase), inner("Estimate", "phases"));
    let request: TaskRequest = serde_json::from_value(json!({"topic": "How HTTP caching works"})).unwrap();
    assert_eq!(fields(&EstimateView::of(&request, Vec::new(), MicroUsd::ZERO)), properties("Estimate"));
    let costs = CostsView {
        by: "model",
        from: jiff::civil::Date::ZERO,
        to: jiff::civil::Date::ZERO,
        total_usd: MicroUsd::ZERO,
        budgets: vec![BudgetView {
            period: Cap::Day,
            spent_usd: MicroUsd::ZERO,
            cap_usd: MicroUsd::ZERO,
            alert_percent: None,
        }],
        tokens_today: TokensTodayView { used: 1, cap: 2, alert_percent: Some(80) },
        data: vec![CostLineView { value: String::new(), cost_usd: MicroUsd::ZERO, calls: Some(1) }],
    };
    assert_eq!(fields(&costs), properties("Costs"));
    assert_eq!(fields(&costs.budgets[0]), inner("Costs", "budgets"));
    assert_eq!(fields(&costs.data[0]), inner("Costs", "data"));
    let flag = FlagView::of(FlagName::generation(), None);
    assert_eq!(fields(&flag), properties("FlagView"));
    assert_eq!(fields(&FlagList { data: vec![flag] }), properties("FlagList"));
    let change = FlagChange {
        id: Uuid::nil(),
        flag: FlagName::generation(),
        before: None,
        after: None,
        by: Subject::new("ana").unwrap(),
        at: now,
        reverts: Some(Uuid::nil()),
    };
    assert_eq!(fields(&change), inner("FlagChangePage", "data"));
}

#[test]
fn answers_to_admins_have_exactly_what_their_schemas_name() {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let key = StoredKey {
        id: KeyId::of("text"),
        prefix: "galley_".into(),
        principal: Principal {
            tenant: TenantId::new("acme").unwrap(),
            subject: Subject::new("ana").unwrap(),
            role: Role::Editor,
        },
        created_at: now,
        expires_at: None,
        last_used: None,
        revoked: false,
    };
    assert_eq!(fields(&KeyView::from(key.clone())), properties("Key"));
    assert_eq!(fields(&MadeKeyView::of(key, "text".to_owned().into())), properties("MadeKey"));
    let source = Source::built_in(&TenantId::new("acme").unwrap()).unwrap();
    assert_eq!(fields(&SourceView::from(source.clone())), properties("Source"));
    assert_eq!(fields(&SourceSecretView::of(source, "text".to_owned().into())), properties("SourceSecret"));
    let line = |outcome| ReceiptLine {
        id: WebhookId::new("e1").unwrap(),
        event_type: "content.failed".into(),
        outcome,
        received_at: now,
    };
    let task_id = TaskId::new(format!("task_{}", "0".repeat(32))).unwrap();
    let outcomes = [
        ReceiptOutcome::Processed { task_id },
        ReceiptOutcome::Ignored { reason: "no such task".into() },
        ReceiptOutcome::Abandoned { tries: 10 },
    ];
    let shown: BTreeSet<String> =
        outcomes.into_iter().flat_map(|outcome| fields(&ReceiptView::from(line(outcome)))).collect();
    let told = document()["components"]["schemas"]["ReceiptPage"]["properties"]["data"]["items"]["properties"].clone();
    assert_eq!(shown, told.as_object().unwrap().keys().cloned().collect());
    let message = Message::new(Kind::Job, TenantId::new("acme").unwrap(), "x", TraceId::from_uuid(Uuid::nil()));
    assert_eq!(fields(&EndedView::from(Ended::of(&message, 10, now))), properties("Ended"));
    let tried = TryView { at: now, status: None, error: None, latency_ms: 0 };
    let item = document()["components"]["schemas"]["Delivery"]["properties"]["tries"]["items"]["properties"].clone();
    assert_eq!(fields(&tried), item.as_object().unwrap().keys().cloned().collect());
    let secret = CallbackSecretView { secret: "text".to_owned().into(), previous: None };
    assert_eq!(fields(&secret), properties("CallbackSecret"));
    let line = UsageLine::of("create_per_minute".to_owned(), 5, 1, now);
    let item = document()["components"]["schemas"]["Usage"]["properties"]["data"]["items"]["properties"].clone();
    assert_eq!(fields(&line), item.as_object().unwrap().keys().cloned().collect());
    assert_eq!(fields(&UsageView { data: Vec::new() }), properties("Usage"));
    let limits = TenantLimitsView::of(TenantId::new("acme").unwrap(), Overrides::default());
    assert_eq!(fields(&limits), properties("TenantLimits"));
    assert_eq!(fields(&SettingsView::from(Policy::default())), properties("Settings"));
    let principal = key_of("ana");
    assert_eq!(fields(&MeView::from(principal.clone())), properties("Me"));
    let tokens = TokensView {
        access_token: "text".to_owned().into(),
        token_type: "Bearer",
        expires_in: 900,
        refresh_token: "text".to_owned().into(),
    };
    assert_eq!(fields(&tokens), properties("Tokens"));
    let Principal { tenant, subject, role } = principal;
    let person = Person { subject: subject.clone(), tenant, role, added_at: now, added_by: subject };
    assert_eq!(fields(&PersonView::from(person)), properties("Person"));
    let job = Job {
        id: JobId::from_uuid(Uuid::nil()),
        tenant: TenantId::new("acme").unwrap(),
        kind: JobKind::Export,
        subject: Subject::new("ana").unwrap(),
        pseudonym: Subject::new("erased-0").unwrap(),
        requested_by: Subject::new("ben").unwrap(),
        begun: true,
        tasks: 0,
        parts: 0,
        after: None,
        left: 0,
        created_at: now,
        completed_at: None,
        failed_at: None,
        due_at: None,
        version: 1,
        trace_id: TraceId::from_uuid(Uuid::nil()),
    };
    assert_eq!(fields(&JobView::from(job)), properties("Job"));
    assert_eq!(fields(&JobPartView::of("[]")), properties("JobPart"));
    let problem = ApiError::invalid_fields(vec![FieldError { field: "f".into(), message: "m".into() }]);
    let problem = problem.detail("d").state("pending").body("r", "/");
    assert_eq!(fields(&problem), properties("Problem"));
}

#[test]
fn every_example_is_taken() {
    for route in Route::ALL {
        let operation = operations::of(*route);
        let taken = |example: Value| -> bool {
            let Value::Object(map) = example else { return false };
            match operation.body {
                Some("CreateTask") => body::from_object::<TaskRequest>(map).is_ok(),
                Some("Approve") => body::from_object::<Approve>(map).is_ok(),
                Some("Review") => body::from_object::<Review>(map).is_ok(),
                Some("Republish") => body::from_object::<Republish>(map).is_ok(),
                Some("EditDraft") => body::from_object::<Edit>(map).is_ok(),
                Some("Note") => body::from_object::<Note>(map).is_ok(),
                Some("NewKey") => body::from_object::<NewKey>(map).is_ok(),
                Some("NewSource") => body::from_object::<NewSource>(map).is_ok(),
                Some("Rotation") => body::from_object::<Rotation>(map).is_ok(),
                Some("NewPerson") => body::from_object::<NewPerson>(map).is_ok(),
                Some("RefreshToken") => body::from_object::<RefreshToken>(map).is_ok(),
                Some("Asked") => body::from_object::<Asked>(map).is_ok(),
                Some("SettingsPatch") => body::from_object::<SettingsPatch>(map).is_ok(),
                Some("Redrive") => body::from_object::<Redrive>(map).is_ok(),
                Some("Overrides") => body::from_object::<Overrides>(map).is_ok(),
                Some("Flag") => body::from_object::<Flag>(map).is_ok(),
                Some("Revert") => body::from_object::<Revert>(map).is_ok(),
                _ => true,
            }
        };
        if operation.body.is_some() {
            assert!(taken(operation.example.clone()), "{route:?}");
        }
    }
}

#[test]
fn queries_take_exactly_what_the_document_names() {
    for route in Route::ALL {
        let told: Vec<&str> = operations::of(*route).query.iter().map(|(name, _)| *name).collect();
        match route.query() {
            Query::Only(names) => assert_eq!(told, names, "{route:?}"),
            Query::Any => assert!(!told.is_empty(), "{route:?}"),
        }
    }
}

#[test]
fn if_match_is_told_where_it_is_taken_and_nowhere_else() {
    for route in Route::ALL {
        let told = operations::of(*route).headers.iter().any(|(name, _)| *name == "If-Match");
        assert_eq!(told, route.takes_if_match(), "{route:?}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document.pointer(reference).is_some_and(|target| !target.is_null()), "{reference}");
    }
    assert_eq!(
        document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum::<usize>(),
        Route::ALL.len()
    );
}

#[test]
fn a_call_has_what_its_schema_names_whatever_became_of_it() {
    let tokens = Tokens { input: 1, output: 2 };
    let reason = || Masked::of("down");
    let outcomes = [
        CallOutcome::Intent,
        CallOutcome::Answered { tokens, response_sha256: "s".into(), latency_ms: 1 },
        CallOutcome::Failed { reason: reason(), tokens, latency_ms: 1 },
        CallOutcome::Unknown { reason: reason(), latency_ms: 1 },
    ];
    let quote = Quote {
        provider: "p".into(),
        model: "m".into(),
        prompt_version: "draft/1".into(),
        prompt_sha256: "s".into(),
        reserved: MicroUsd::ZERO,
        reserved_tokens: 0,
    };
    let mut seen = BTreeSet::new();
    for outcome in outcomes {
        let call = ModelCall {
            id: Uuid::nil(),
            tenant: TenantId::new("acme").unwrap(),
            phase: Phase::Draft,
            quote: quote.clone(),
            round: 1,
            attempt: 1,
            at: Timestamp::UNIX_EPOCH,
            cost: MicroUsd::ZERO,
            outcome,
            corrected: Some(Corrected {
                was_usd: MicroUsd::ZERO,
                tokens: Some(1),
                reason: reason(),
                at: Timestamp::UNIX_EPOCH,
            }),
        };
        let shown = fields(&CallView::from(call));
        assert!(shown.is_subset(&properties("Call")), "{shown:?}");
        seen.extend(shown);
    }
    assert_eq!(seen, properties("Call"));
    let said = Transcript { prompt: reason(), response: reason() };
    assert_eq!(fields(&said), properties("Transcript"));
}
