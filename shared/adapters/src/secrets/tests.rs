//! Tests against a vault whose reads lag behind its writes.

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

use super::*;

const ID: &str = "galley/test/webhooks/a/b";

fn generation(byte: u8) -> Generation {
    Generation::of([byte; 32])
}

/// A vault that shows these versions, the newest first, each as its id and its text.
async fn shows(server: &MockServer, versions: &[(String, &'static str)]) {
    server.reset().await;
    let versions = versions.to_vec();
    let answer = move |request: &Request| {
        let asked: Value = request.body_json().unwrap();
        let at = STAGES.iter().position(|stage| asked["VersionStage"] == *stage).unwrap();
        match versions.get(at) {
            Some((id, text)) => ResponseTemplate::new(200).set_body_json(
                json!({"Name": ID, "VersionId": id, "SecretString": text, "VersionStages": [STAGES[at]]}),
            ),
            None => ResponseTemplate::new(400)
                .set_body_json(json!({"__type": "ResourceNotFoundException", "Message": "there is none"})),
        }
    };
    Mock::given(any()).respond_with(answer).mount(server).await;
}

fn vault(server: &MockServer) -> SecretsManager {
    let url = server.uri();
    let aws = Aws::from_vars(|name| match name {
        "AWS_ENDPOINT_URL_SECRETS_MANAGER" | "AWS_ENDPOINT_URL_SECRETSMANAGER" => Some(url.clone()),
        "AWS_REGION" => Some("eu-central-1".to_owned()),
        "AWS_CA_BUNDLE" => None,
        _ => Some("x".to_owned()),
    });
    SecretsManager::new(&aws.unwrap())
}

fn texts(found: Result<Vec<SecretString>, SecretError>) -> Vec<String> {
    found.unwrap().iter().map(|text| text.expose_secret().to_owned()).collect()
}

async fn calls(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn a_vault_that_is_behind_never_passes_off_an_old_secret_as_the_new_generation() {
    let server = MockServer::start().await;
    let vault = vault(&server);
    let (old, new) = (generation(1), generation(2));
    shows(&server, &[(Put::Beside.version(&old), "leaked"), (Put::Beside.version(&generation(0)), "older")]).await;
    assert_eq!(texts(vault.of_generation(ID, &old).await), ["leaked", "older"]);
    let refused = vault.of_generation(ID, &new).await;
    assert!(matches!(refused, Err(SecretError::Unavailable(_))), "{refused:?}");
    shows(&server, &[(Put::Alone.version(&new), "new"), (Put::Between.version(&new), "new")]).await;
    assert_eq!(texts(self::vault(&server).of_generation(ID, &new).await), ["new"]);
}

#[tokio::test]
async fn what_was_revoked_does_not_count_where_the_vault_still_shows_it_as_the_one_before() {
    let server = MockServer::start().await;
    let new = generation(2);
    shows(&server, &[(Put::Alone.version(&new), "new"), (Put::Beside.version(&generation(1)), "leaked")]).await;
    assert_eq!(texts(vault(&server).of_generation(ID, &new).await), ["new"]);
}

#[tokio::test]
async fn a_vault_that_is_ahead_of_the_row_serves_both() {
    let server = MockServer::start().await;
    let (old, new) = (generation(1), generation(2));
    for before in [Put::Beside, Put::Alone] {
        shows(&server, &[(Put::Beside.version(&new), "new"), (before.version(&old), "old")]).await;
        assert_eq!(texts(vault(&server).of_generation(ID, &old).await), ["new", "old"]);
    }
}

#[tokio::test]
async fn a_version_that_an_earlier_release_put_still_counts() {
    let server = MockServer::start().await;
    shows(&server, &[("0190a5e4-0000-7000-8000-000000000000".to_owned(), "secret")]).await;
    assert_eq!(texts(vault(&server).of_generation(ID, &generation(1)).await), ["secret"]);
}

#[tokio::test]
async fn asking_for_what_is_not_there_is_no_stream_of_calls() {
    let server = MockServer::start().await;
    let vault = vault(&server);
    shows(&server, &[]).await;
    for _ in 0..3 {
        assert!(matches!(vault.active(ID).await, Err(SecretError::Missing)));
    }
    assert_eq!(calls(&server).await, STAGES.len());
    // Another name is another secret, and a new generation is asked for.
    shows(&server, &[(Put::Beside.version(&generation(1)), "new")]).await;
    assert_eq!(texts(vault.of_generation(ID, &generation(1)).await), ["new"]);
    assert_eq!(texts(vault.active("another").await), ["new"]);
}

#[tokio::test]
async fn a_vault_that_says_no_for_good_is_not_one_that_is_away() {
    let server = MockServer::start().await;
    let vault = vault(&server);
    for (code, for_good) in [
        ("AccessDeniedException", true),
        ("DecryptionFailure", true),
        ("InvalidRequestException", true),
        ("ThrottlingException", false),
        ("InternalServiceError", false),
        ("ExpiredTokenException", false),
    ] {
        server.reset().await;
        let answer = ResponseTemplate::new(400).set_body_json(json!({"__type": code, "Message": "no"}));
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let refused = vault.active(ID).await.unwrap_err();
        assert_eq!(matches!(refused, SecretError::Refused(_)), for_good, "{code}: {refused:?}");
        assert!(for_good || matches!(refused, SecretError::Unavailable(_)), "{code}: {refused:?}");
    }
}

#[test]
fn every_id_of_a_version_is_one_that_the_vault_takes() {
    for put in [Put::Beside, Put::Between, Put::Alone] {
        let id = put.version(&generation(255));
        assert!((32..=64).contains(&id.len()) && id.starts_with(OURS), "{id}");
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{id}");
    }
}
