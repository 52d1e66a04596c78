//! What targets answer, and what is read in it. What they do is tested with the real ones.

use std::time::Duration;

use galley_domain::{
    content::kind::TaskType,
    kernel::ids::{Generation, Subject, TargetName, TaskId, TenantId},
    outbox::{
        kinds::{
            git::{Forge, Git, Preset},
            wordpress::{UserName, WordPress},
        },
        target::Target,
        trouble::{Effect, Why},
    },
};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};
use secrecy::SecretString;
use serde_json::json;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

use super::*;

fn a_target() -> Target {
    let username = UserName::try_from("editor".to_owned()).unwrap();
    Target {
        name: TargetName::new("blog").unwrap(),
        tenant: TenantId::new("acme").unwrap(),
        url: "https://blog.example.com".to_owned().try_into().unwrap(),
        settings: TargetSettings::Wordpress(WordPress { username, author: None }),
        default_for: [].into(),
        site: Generation::of([1; 32]),
        secret: None,
        pause: None,
        failures: 0,
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        created_by: Subject::new("ana").unwrap(),
    }
}

pub(super) fn a_git() -> Git {
    Git {
        forge: Forge::Github,
        repository: "acme/site".to_owned().try_into().unwrap(),
        branch: None,
        preset: Preset::Hugo,
        directory: None,
        author: None,
        site_url: None,
        pull_request: false,
    }
}

pub(super) fn a_piece() -> Piece {
    Piece {
        task_type: TaskType::BlogPost,
        title: "A title".to_owned(),
        html: "<p>A text.</p>".to_owned(),
        excerpt: String::new(),
        slug: "a-title".parse().unwrap(),
        tags: Vec::new(),
        categories: Vec::new(),
        image: None,
        markdown: None,
        language: "en".to_owned(),
        published_at: Timestamp::UNIX_EPOCH,
        written_at: Timestamp::UNIX_EPOCH,
        dated: None,
    }
}

/// A look and a draft at a site that answers everything so.
async fn asked(answer: ResponseTemplate) -> (Trouble, Trouble, Vec<Request>) {
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(answer).mount(&server).await;
    let stand_in = format!("blog.example.com={}", server.address());
    let targets = HttpTargets::new(HttpCallbackSender::new(stand_in.parse().unwrap()));
    let (target, secret) = (a_target(), SecretString::from("not a real password"));
    let site = Site { target: &target, secret: &secret };
    let look = targets.look(site, Trail::Id(&RemoteId("7".to_owned()))).await.unwrap_err();
    let mark = Mark::of(&TaskId::from_uuid(uuid::Uuid::nil()), &target.name);
    let draft = targets.draft(site, &mark, &a_piece()).await.unwrap_err();
    (look, draft, server.received_requests().await.unwrap())
}

#[tokio::test]
async fn what_a_target_answers_is_told_by_our_reading_of_it() {
    let says = |status, code: &str| {
        ResponseTemplate::new(status).set_body_json(json!({"code": code, "message": "In its words"}))
    };
    for (answer, why, look, draft) in [
        (says(401, "rest_not_logged_in"), Why::NotLoggedIn, Effect::None, Effect::None),
        (says(401, "incorrect_password"), Why::CredentialsRefused, Effect::None, Effect::None),
        (says(403, "rest_forbidden_status"), Why::NotAllowed, Effect::None, Effect::None),
        (says(404, "rest_no_route"), Why::NoInterface, Effect::None, Effect::None),
        (says(400, "rest_invalid_param"), Why::Rejected, Effect::Never, Effect::Never),
        // Of a write nobody knows what came of it.
        (says(502, ""), Why::Broken, Effect::None, Effect::Unknown),
        (
            ResponseTemplate::new(200).set_body_string("<html>A page</html>"),
            Why::Unreadable,
            Effect::None,
            Effect::Unknown,
        ),
        (
            ResponseTemplate::new(302).insert_header("location", "/elsewhere"),
            Why::Redirected,
            Effect::None,
            Effect::None,
        ),
    ] {
        let (looked, drafted, requests) = asked(answer).await;
        assert_eq!((looked.why, looked.effect, looked.after), (why, look, None));
        assert_eq!((drafted.why, drafted.effect), (why, draft), "{why:?}");
        assert_eq!(requests.len(), 2, "nothing is sent again, and no redirect is followed");
        assert!(
            requests
                .iter()
                .all(|request| request.headers["authorization"] == "Basic ZWRpdG9yOm5vdCBhIHJlYWwgcGFzc3dvcmQ=")
        );
    }
}

#[tokio::test]
async fn a_wish_to_be_left_alone_is_read_with_its_time() {
    let in_five_minutes = Timestamp::now() + SignedDuration::from_mins(5);
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&in_five_minutes).unwrap();
    for (status, why) in [(429, Why::RateLimited), (503, Why::Broken)] {
        let (look, draft, _) = asked(ResponseTemplate::new(status).insert_header("retry-after", "120")).await;
        assert_eq!((look.why, look.after), (why, Some(Duration::from_mins(2))));
        assert_eq!((draft.why, draft.after), (why, Some(Duration::from_mins(2))));
        let (look, ..) = asked(ResponseTemplate::new(status).insert_header("retry-after", &*date)).await;
        assert!(look.after.is_some_and(|wait| (280..=300).contains(&wait.as_secs())), "{look:?}");
    }
}
