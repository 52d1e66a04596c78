//! The local stack as a place to work in: what the machine's web pages and other users may do, what a folder of state
//! survives, and what a setting that cannot be meant is told.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use galley_domain::kernel::ids::KeyId;
use galley_local::{Options, Stack, StackError, folder::FolderError, seed};
use galley_tests::{Galley, answer, options, root, table};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn no_page_makes_itself_a_key_by_the_invoke_port() {
    let galley = Galley::start().await;
    let event = json!({
        "version": "2.0", "routeKey": "POST /api/admin/keys", "rawPath": "/api/admin/keys", "rawQueryString": "",
        "headers": {"content-type": "application/json"}, "isBase64Encoded": false,
        "body": json!({"tenant": "system", "subject": "mallory", "role": "admin"}).to_string(),
        "requestContext": {
            "accountId": "1", "apiId": "a", "domainName": "d", "domainPrefix": "d", "requestId": "r", "stage": "$default",
            "routeKey": "POST /api/admin/keys", "time": "20/Nov/2026:12:00:00 +0000", "timeEpoch": 0,
            "http": {"method": "POST", "path": "/api/admin/keys", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": ""},
            "authorizer": {"lambda": {"tenant": "system", "subject": "mallory", "role": "admin"}},
        },
    });
    let url = format!("{}/2015-03-31/functions/admin/invocations", galley.stack.invoke_url());
    let ask = || galley.client.post(&url).header("content-type", "text/plain").body(event.to_string());
    answer(ask().header("origin", "https://evil.example")).await.expect(403);
    answer(ask().header("host", "evil.example:9000")).await.expect(421);
    let keys = galley.get("operator", "/api/admin/keys").await.expect(200).body;
    assert!(!keys.to_string().contains("mallory"), "{keys}");
}

#[tokio::test]
async fn the_front_takes_its_own_pages_and_those_that_are_configured() {
    let mut configured = options();
    configured.parameters.insert("CorsAllowOrigins".into(), "https://desk.example".into());
    configured.hosts = vec!["tunnel.example".into()];
    let galley = Galley::with(configured).await;
    let url = galley.stack.url();
    for origin in ["https://desk.example", &url] {
        answer(galley.request("nobody", Method::GET, "/health/live").header("origin", origin)).await.expect(200);
    }
    answer(galley.request("nobody", Method::GET, "/health/live").header("host", "tunnel.example")).await.expect(200);
    for origin in ["http://localhost:3000", "https://desk.example.evil.example"] {
        answer(galley.request("nobody", Method::GET, "/health/live").header("origin", origin)).await.expect(403);
    }
}

fn kept(data: &Path) -> Options {
    Options { data: Some(data.to_owned()), ..options() }
}

#[tokio::test]
async fn two_stacks_on_one_folder_do_not_lose_each_others_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = Stack::start(kept(&data)).await.unwrap();
    let second = Stack::start(kept(&data)).await.unwrap_err();
    assert!(matches!(second, StackError::Folder(FolderError::InUse(_))), "{second}");
    first.stop().await.unwrap();
    Stack::start(kept(&data)).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_damaged_file_stops_the_start_and_makes_no_new_keys() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let stack = Stack::start(kept(&data)).await.unwrap();
    let keys = seed::dev_keys(stack.folder(), &table(&stack)).await.unwrap();
    let file = data.join("keys.json");
    let whole = std::fs::read(&file).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let cut = text.replace(&keys["admin"], &keys["admin"][..11]);
    let without = text.replace("viewer", "nobody");
    for damaged in [&whole[..whole.len() / 2], b"", b"[]", b"{}", cut.as_bytes(), without.as_bytes()] {
        std::fs::write(&file, damaged).unwrap();
        let refused = seed::dev_keys(stack.folder(), &table(&stack)).await.unwrap_err().to_string();
        assert!(refused.contains("keys.json is damaged"), "{refused}");
        assert_eq!(std::fs::read(&file).unwrap(), damaged, "it is left as it was");
    }
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(seed::dev_keys(stack.folder(), &table(&stack)).await.unwrap(), keys);
    stack.stop().await.unwrap();
    for name in ["secrets.json", "dead-letters.json"] {
        let file = data.join(name);
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&file, b"{\"a").unwrap();
        let refused = Stack::start(kept(&data)).await.unwrap_err().to_string();
        assert!(refused.contains(&format!("{name} is damaged")), "{refused}");
        std::fs::write(&file, whole).unwrap();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test]
async fn other_users_of_the_machine_read_nothing_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let galley = Galley::with(kept(&data)).await;
    galley.drafted().await;
    let open = |data: &Path| {
        let others = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o077 != 0;
        files(data).into_iter().filter(others).collect::<Vec<_>>()
    };
    assert!(files(&data).len() > 6, "{:?}", files(&data));
    assert_eq!(open(&data), Vec::<PathBuf>::new());
    galley.stack.stop().await.unwrap();
    assert_eq!(open(&data), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_revoked_key_of_the_folder_stays_revoked_after_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let galley = Galley::with(kept(&data)).await;
    let viewer = KeyId::of(galley.key("viewer")).to_string();
    answer(galley.request("admin", Method::DELETE, &format!("/api/admin/keys/{viewer}"))).await.expect(204);
    galley.stack.stop().await.unwrap();
    let galley = Galley::with(kept(&data)).await;
    galley.get("viewer", "/api/usage").await.expect(403);
    galley.get("editor", "/api/usage").await.expect(200);
}

#[tokio::test]
async fn keys_whose_file_is_gone_open_nothing_and_there_are_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let galley = Galley::with(kept(&data)).await;
    let body = json!({"subject": "somebody", "role": "viewer"});
    let made = galley.post("admin", "/api/admin/keys", body).await.expect(201).text("key");
    let lost = galley.key("admin").to_owned();
    galley.stack.stop().await.unwrap();
    std::fs::remove_file(data.join("keys.json")).unwrap();
    let galley = Galley::with(kept(&data)).await;
    assert_ne!(galley.key("admin"), lost);
    galley.get("admin", "/api/admin/keys").await.expect(200);
    galley.get("operator", "/api/admin/stuck").await.expect(200);
    let with = |key: &str| {
        let url = format!("{}/api/usage", galley.stack.url());
        answer(galley.client.get(url).header("authorization", format!("Bearer {key}")))
    };
    with(&lost).await.expect(403);
    with(&made).await.expect(200);
}

#[tokio::test]
async fn a_setting_that_is_missing_is_told_in_words_with_what_needs_it() {
    for (given, value, told) in [
        ("GithubClientId", "Iv1.0123", "GALLEY_GITHUB_REDIRECT_URL is not set, and GALLEY_GITHUB_CLIENT_ID needs it"),
        ("LlmModel", "llama3.1", "GALLEY_LLM_BASE_URL is not set, and GALLEY_LLM_MODEL needs it"),
        ("CatalogueFile", "/nowhere", "the file of the catalogue of models cannot be read: No such file"),
    ] {
        let mut alone = options();
        alone.parameters.insert(given.into(), value.into());
        let stack = Stack::start(alone).await.unwrap();
        let refused = stack.try_functions().await.unwrap_err().to_string();
        assert!(refused.contains(&format!("does not start: Error: {told}")), "{refused}");
    }
}

#[tokio::test]
async fn a_setting_that_a_function_refuses_stops_the_start_with_its_name() {
    let mut wrong = options();
    wrong.parameters.insert("JwtIssuers".into(), "[{\"issuer\": 1}]".into());
    let stack = Stack::start(wrong).await.unwrap();
    let refused = stack.try_functions().await.unwrap_err();
    assert!(matches!(refused, StackError::Function { .. }), "{refused:?}");
    assert!(refused.to_string().contains("GALLEY_JWT_ISSUERS"), "{refused}");
    let stack = Stack::start(options()).await.unwrap();
    stack.try_functions().await.unwrap();
}

#[tokio::test]
async fn a_secret_that_a_run_is_given_is_put_where_the_functions_look() {
    let mut given = options();
    given.secrets.insert("GithubSecret".into(), "made-up-for-this-test".into());
    let stack = Stack::start(given).await.unwrap();
    assert_eq!(stack.secret("galley/dev/github").as_deref(), Some("made-up-for-this-test"));
    let mut unknown = options();
    unknown.secrets.insert("Nothing".into(), "x".into());
    assert!(Stack::start(unknown).await.unwrap_err().to_string().contains("there is no Nothing"));
}

/// ARCHITECTURE.md says so.
#[test]
fn only_a_main_names_a_concrete_adapter() {
    let mut named = Vec::new();
    for room in ["functions", "local/src", "shared/edge/src", "shared/domain/src"] {
        let code = files(&root().join(room)).into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs"));
        named.extend(code.filter(|file| {
            let tests = file.components().any(|part| part.as_os_str() == "tests");
            let is_concrete =
                |text: String| ["galley_adapters::", "galley_start::"].iter().any(|one| text.contains(one));
            !tests && !file.ends_with("main.rs") && is_concrete(std::fs::read_to_string(file).unwrap())
        }));
    }
    assert_eq!(named, Vec::<PathBuf>::new());
}

#[test]
fn help_that_was_asked_for_is_told_on_standard_output_and_nothing_else_is() {
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(options().binaries.join("galley-local"));
        command.args(arguments).output().unwrap()
    };
    for arguments in [&["--help"][..], &["-h"], &["help"], &["run", "--help"]] {
        let output = run(arguments);
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && told.starts_with("usage: galley-local run | demo"), "{arguments:?}: {told}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
    for arguments in [&[][..], &["rnu"], &["run", "demo"]] {
        let output = run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage: galley-local"), "{arguments:?}");
    }
}

#[tokio::test]
async fn demonstrations_end_with_a_live_article_and_without_a_word_of_trouble() {
    let data = tempfile::tempdir().unwrap();
    let run = |demo: &'static str| {
        let mut command = tokio::process::Command::new(options().binaries.join("galley-local"));
        // No key of a provider is in what it is given: nobody pays for a test.
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.arg(demo).current_dir(root()).env("GALLEY_DATA", data.path().join(demo));
        command.env("GALLEY_BINARIES", options().binaries);
        command.kill_on_drop(true).output()
    };
    let (plain, pipeline) = (run("demo").await.unwrap(), run("demo-pipeline").await.unwrap());
    for (output, kept) in [(plain, "demo/demo/article.html"), (pipeline, "demo-pipeline/demo/article.html")] {
        let troubles = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{troubles}");
        assert_eq!(troubles, "");
        let page = std::fs::read_to_string(data.path().join(kept)).unwrap();
        assert!(page.contains("<h1"), "{page}");
    }
}
