//! TLS as functions speak it to AWS: whom they trust, and that it really is asked.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::path::Path;

use galley_tests::{
    Galley,
    bench::process::{Program, Running},
    mock::Mock,
    options, root,
};
use serde_json::Value;

/// A create by the function itself, and how it was answered.
async fn created(program: Program) -> Value {
    let (Running::Function(_child, mut runtime), _) = program.start().await else { unreachable!() };
    let mut event: Value =
        serde_json::from_slice(&std::fs::read(root().join("events/create-task/create.json")).unwrap()).unwrap();
    event["headers"].as_object_mut().unwrap().remove("idempotency-key");
    let (_, answer) = runtime.invoke(event.to_string()).await;
    serde_json::from_slice(&answer).unwrap()
}

fn create_task(galley: &Galley, url: &str) -> Program {
    Program::function(galley, "create-task", &options().binaries.join("create-task")).at(url)
}

fn kept(pem: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    file
}

#[tokio::test]
async fn a_server_that_the_trusted_root_signed_for_is_spoken_to() {
    let galley = Galley::start().await;
    let (mock, signer) = Mock::start_tls().await;
    let trusted = kept(&signer);
    let answer = created(create_task(&galley, &mock.url).trusting(trusted.path())).await;
    assert_eq!(answer["statusCode"], 201, "{answer}");
    assert_eq!(mock.asked(), 5, "the flags, the window, the quota, the transaction, the message");
}

#[tokio::test]
async fn anybody_else_gets_nothing_and_the_client_a_503() {
    let galley = Galley::start().await;
    let (mock, signer) = Mock::start_tls().await;
    let (_, stranger) = Mock::start_tls().await;
    let (trusted, other) = (kept(&signer), kept(&stranger));
    let by_address = mock.url.replace("localhost", "127.0.0.1");
    let amazons = Path::new("shared/adapters/certs/amazon-roots.pem");
    let refusing = [
        ("Amazon's roots alone, as deployed", create_task(&galley, &mock.url)),
        ("the same from a file", create_task(&galley, &mock.url).trusting(&root().join(amazons))),
        ("another root", create_task(&galley, &mock.url).trusting(other.path())),
        ("another name than the certificate's", create_task(&galley, &by_address).trusting(trusted.path())),
    ];
    for (why, program) in refusing {
        let answer = created(program).await;
        assert_eq!(answer["statusCode"], 503, "{why}: {answer}");
        assert_eq!(mock.asked(), 0, "{why}");
    }
}
