//! The clients in Rust, TypeScript and Python: one table of behaviours for all three, and the examples of their READMEs against the stack.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use galley_client::{Client, webhook::Scheme};
use galley_tests::{
    Galley,
    api_tools::document,
    article, behave,
    behaviours::{Task, hold},
    client_tools::{Language, Made, ended},
    documents::{blocks, says},
    root,
};
use jiff::Timestamp;
use serde_json::Value;

/// Of no deployment.
const CALLBACK_SECRET: &str = "whsec_c2l4dGVlbiBieXRlcyBhdCBsZWFzdC4u";

/// What a program gives that does a client's steps.
async fn outcomes(made: &Made, tasks: Vec<Task>) -> Vec<Vec<Value>> {
    let steps = made.folder.join("steps.json");
    std::fs::write(&steps, serde_json::to_vec(&tasks).unwrap()).unwrap();
    let told = ended(made.program("behave").arg(&steps)).await;
    serde_json::from_str(&told).unwrap()
}

/// A client keeps the table, and the examples of its README print what they say.
async fn behaves(language: Language) {
    let place = tempfile::tempdir().unwrap();
    let galley = Galley::start().await;
    let made = Made::of(language, &document(&galley, place.path()).await, place.path()).await;
    let examples = made.examples();
    made.check().await;
    hold(async |tasks| outcomes(&made, tasks).await).await;

    std::fs::write(made.folder.join("article.md"), article("HTTP caching in practice")).unwrap();
    let mut program = made.program("examples");
    program.env("GALLEY_URL", galley.stack.url()).env("GALLEY_TOKEN", galley.key("editor"));
    let told = ended(program.env("GALLEY_CALLBACK_SECRET", CALLBACK_SECRET)).await;
    assert!(examples.prints.len() >= 9, "{}", examples.program);
    assert!(says(&examples.prints, &told), "said:\n{told}\nnot:\n{}", examples.prints.join("\n"));
    galley.get("nobody", "/api/content/published/default/http-caching-in-practice").await.expect(200);
}

#[path = "../../../clients/rust/examples/article.rs"]
#[expect(dead_code, reason = "a test calls what the program's main calls")]
mod example;

#[tokio::test]
async fn the_client_in_rust_behaves_as_the_table_and_its_readme_say() {
    hold(behave::all).await;

    let galley = Galley::start().await;
    let client = Client::builder(&galley.stack.url()).unwrap().token(galley.key("editor").into()).build().unwrap();
    let live = example::publish(&client, article("HTTP caching in practice")).await.unwrap();
    assert_eq!(live["title"], "HTTP caching in practice");
    assert_eq!(example::refusals(&client).await.unwrap(), ["forbidden 403 []", "invalid 400 [\"topic\"]"]);
    let newest = example::newest(&client).await.unwrap().unwrap();
    assert_eq!(newest, ("How HTTP caching works".to_owned(), "published".to_owned()));

    let (secret, body) = (CALLBACK_SECRET.into(), br#"{"type":"task.published","data":{}}"#);
    let signed = Scheme::Standard.sign(&secret, "evt_1", Timestamp::now(), body).unwrap();
    let header = |name: &str| signed.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    assert_eq!(example::received(&secret, header, body), (200, "task.published evt_1".to_owned()));
    assert_eq!(example::received(&secret, header, b"{}").0, 401);
}

#[test]
fn the_readme_of_the_client_in_rust_is_the_program_that_is_run() {
    let read = |name: &str| std::fs::read_to_string(root().join("clients/rust").join(name)).unwrap();
    let lines = |text: &str| text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let program = read("examples/article.rs");
    assert_eq!(lines(&blocks(&read("README.md"), "rust").concat()), lines(program.split_once("\n\n").unwrap().1));
}

#[tokio::test]
async fn the_client_in_typescript_behaves_as_the_table_and_its_readme_say() {
    behaves(Language::Typescript).await;
}

#[tokio::test]
async fn the_client_in_python_behaves_as_the_table_and_its_readme_say() {
    behaves(Language::Python).await;
}
