//! An operator's night at a terminal: dead letters one by one, a task of a tenant's, a tenant that has to be stopped.

use std::time::{Duration, Instant};

use galley_tests::{Galley, request};
use serde_json::{Value, json};

use crate::cli::Terminal;

const DEAD: &str = "WorkDeadLetterQueue";

#[tokio::test]
async fn dead_letters_are_read_sent_back_and_thrown_away_one_by_one() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let path = galley.create(json!({"topic": "Waiting for its text", "generator": "external"})).await;
    let id = path.rsplit('/').next().unwrap();
    let good = json!({"v": 1, "kind": "generate", "tenant": "default", "id": id, "trace_id": "0".repeat(32)});
    for body in [&good.to_string(), "nobody can read this"] {
        galley.stack.send_raw(DEAD, body).await.unwrap();
    }
    let letters = async |more: &[&str]| {
        let told = terminal.run_as("operator", &[&["dlq", "letters", "work", "--json"], more].concat()).await.expect(0);
        told.json().as_array().unwrap().clone()
    };
    let (mut both, mut only) = (Vec::new(), Vec::new());
    galley
        .until(async || {
            both = letters(&[]).await;
            both.len() == 2
        })
        .await;
    let id_of = |can_go_back: bool| {
        let found = both.iter().find(|letter| letter["can_be_redriven"] == can_go_back).unwrap();
        found["letter_id"].as_str().unwrap().to_owned()
    };
    let (readable, unreadable) = (id_of(true), id_of(false));
    galley
        .until(async || {
            only = letters(&["--unreadable"]).await;
            !only.is_empty()
        })
        .await;
    assert_eq!(only.iter().map(|letter| &letter["letter_id"]).collect::<Vec<_>>(), [&json!(unreadable)]);

    // Looking at a letter hides it for a moment.
    let done = async |arguments: &[&str]| {
        let mut told = String::new();
        galley
            .until(async || {
                let said = terminal.run_as("operator", arguments).await;
                told = said.out;
                said.code == 0
            })
            .await;
        told
    };
    stays(&galley, &terminal, &unreadable).await;
    let discard = ["dlq", "discard", "work", &unreadable, "--reason", "Nobody can read it"];
    let dry = done(&[&discard[..], &["--dry-run"]].concat()).await;
    assert!(dry.contains(&unreadable), "{dry}");
    let left = async || galley.stack.peek(DEAD).await.unwrap().len();
    assert_eq!(left().await, 2, "a dry run throws nothing away");
    let thrown = done(&discard).await;
    assert_eq!(thrown, format!("{unreadable} is thrown away\n"));
    done(&["dlq", "resend", "work", &readable]).await;
    assert_eq!(left().await, 0);
    let again = terminal.run_as("operator", &discard).await.expect(1);
    assert!(again.err.contains("letter"), "{}", again.err);
    assert_eq!(galley.wait(&path, "pending").await["version"], 1, "it waits for its text as before");
}

/// A letter that cannot go back is refused as a letter, with what to do. Looking at it has hidden it for a moment.
async fn stays(galley: &Galley, terminal: &Terminal<'_>, letter: &str) {
    let mut told = String::new();
    galley
        .until(async || {
            told = terminal.run_as("operator", &["dlq", "resend", "work", letter]).await.expect(1).err;
            told.contains(&format!("{letter} is not sent back: "))
        })
        .await;
    assert!(told.contains("galley dlq discard") && !told.contains("task"), "{told}");
}

#[tokio::test]
async fn whoever_sends_for_a_task_that_a_flag_holds_is_told_the_flag() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    terminal.run_as("operator", &["flags", "off", "generation", "--reason", "No provider answers"]).await.expect(0);
    for look in ["health", "doctor"] {
        let told = terminal.run_as("operator", &[look]).await.out;
        assert!(
            told.contains("generation is off since 20") && told.contains("(No provider answers)"),
            "{look}: {told}"
        );
    }
    assert_eq!(galley.get("operator", "/api/health").await.expect(200).body["status"], "degraded");
    assert_eq!(galley.get("viewer", "/health/ready").await.expect(200).body["status"], "ready", "requests are served");
    let path = galley.create(request()).await;
    let kick = ["inspect", "kick", path.rsplit('/').next().unwrap()];
    let refused = terminal.run_as("operator", &kick).await.expect(1);
    assert!(refused.err.contains("an operator has switched off what it waits for"), "{}", refused.err);
    assert_eq!(galley.get("viewer", &path).await.body["status"], "pending");
}

#[tokio::test]
async fn a_task_of_any_tenant_is_looked_at_and_ended_and_a_tenant_is_stopped() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let as_operator = async |arguments: &[&str]| terminal.run_as("operator", arguments).await;
    let path = galley.create(request()).await;
    let id = path.rsplit('/').next().unwrap();
    galley.wait(&path, "awaiting_approval").await;
    for command in [&["tenants", "list"][..], &["inspect", "task", id]] {
        let refused = terminal.run_as("admin", command).await.expect(1);
        assert!(refused.err.contains("role does not allow"), "{}", refused.err);
    }
    let shown = as_operator(&["inspect", "task", id, "--json"]).await.expect(0);
    assert_eq!((&shown.json()["status"], &shown.json()["tenant"]), (&json!("awaiting_approval"), &json!("default")));
    assert_eq!((&shown.json()["reserved_usd"], &shown.json()["waits_for"]), (&json!("0.00"), &json!([])));
    assert!(!shown.out.contains(request()["topic"].as_str().unwrap()), "nothing of what was asked for");
    assert!(as_operator(&["inspect", "events", id]).await.expect(0).out.lines().count() > 2);
    as_operator(&["inspect", "deliveries", id]).await.expect(0);
    let rests = as_operator(&["inspect", "kick", id]).await.expect(1);
    assert!(rests.err.contains("no next step of it is Galley's"), "{}", rests.err);
    assert!(rests.err.contains("galley inspect task"), "{}", rests.err);
    let cancel = ["inspect", "cancel", id, "--reason", "Its tenant asked for it"];
    let dry_run = [&cancel[..], &["--dry-run"]].concat();
    for drafted in [&cancel[..], &dry_run[..]] {
        let spared = as_operator(drafted).await.expect(1);
        assert!(spared.err.contains("is not cancelled: it is awaiting_approval"), "{}", spared.err);
        assert!(spared.err.contains("--even-drafted"), "{}", spared.err);
    }
    assert_eq!(galley.get("viewer", &path).await.body["status"], "awaiting_approval");
    let cancel = [&cancel[..], &["--even-drafted"]].concat();
    let dry = as_operator(&[&cancel[..], &["--dry-run"]].concat()).await.expect(0);
    assert_eq!(dry.out, format!("Would cancel {id} (awaiting_approval)\n"));
    as_operator(&cancel).await.expect(0);
    assert_eq!(galley.get("viewer", &path).await.body["status"], "cancelled");
    let over = as_operator(&cancel).await.expect(1);
    assert!(over.err.contains("is not cancelled: it is cancelled"), "{}", over.err);

    as_operator(&["tenants", "add", "example"]).await.expect(0);
    let tenants = as_operator(&["tenants", "list", "--json"]).await.expect(0).json();
    let status = |tenants: &Value, name: &str| {
        tenants.as_array().unwrap().iter().find(|one| one["tenant"] == name).unwrap()["status"].clone()
    };
    assert_eq!(status(&tenants, "example"), "active");
    let suspend = ["tenants", "suspend", "example", "--reason", "It sends what nobody asked for"];
    let dry = as_operator(&[&suspend[..], &["--dry-run"]].concat()).await.expect(0);
    assert_eq!(dry.out, "Would suspend example (active)\n");
    as_operator(&suspend).await.expect(0);
    assert_eq!(as_operator(&["tenants", "show", "example", "--json"]).await.expect(0).json()["status"], "suspended");
    as_operator(&["tenants", "resume", "example", "--reason", "It promised"]).await.expect(0);
    let log = as_operator(&["flags", "log", "--flag", "tenants"]).await.expect(0).out;
    assert_eq!(log.lines().filter(|line| line.contains("\ttenants\t")).count(), 2, "{log}");
    let costs = as_operator(&["tenants", "costs", "--json"]).await.expect(0).json();
    assert!(costs.as_array().unwrap().iter().any(|one| one["tenant"] == "default"), "{costs}");
    assert!(as_operator(&["tenants", "costs", "--month", "November"]).await.expect(1).err.contains("month"));
}

#[tokio::test]
async fn whoever_changes_something_while_writes_are_held_is_told_at_once_and_by_whom() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    for flag in ["provider.openai", "writes"] {
        terminal.run_as("operator", &["flags", "off", flag]).await.expect(0);
    }
    let (mut told, mut took) = (String::new(), Duration::MAX);
    galley
        .until(async || {
            let begun = Instant::now();
            let said = terminal.run_as("author", &["tasks", "create", "How HTTP caching works"]).await;
            (told, took) = (said.err, begun.elapsed());
            said.code == 1
        })
        .await;
    assert!(told.contains("Try again in 60 seconds: an operator holds writes"), "{told}");
    assert!(took < Duration::from_mins(1), "it is not tried again: {took:?}");
    let log = terminal.run_as("operator", &["flags", "log", "--flag", "writes"]).await.expect(0).out;
    assert!(log.lines().count() == 1 && log.contains("\twrites\t"), "{log}");
}

#[tokio::test]
async fn a_doctor_names_the_lane_of_dead_letters_and_whose_budget_it_looked_at() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    galley.stack.send_raw(DEAD, "nobody can read this").await.unwrap();
    let mut told = String::new();
    galley
        .until(async || {
            let said = terminal.run_as("operator", &["doctor"]).await;
            told = said.out;
            said.code == 1
        })
        .await;
    assert!(told.contains("\t1 message: galley dlq letters work says which can go back\t"), "{told}");
    assert!(told.contains("\tof system alone, ") && told.contains("galley tenants costs"), "{told}");
}

#[tokio::test]
async fn a_key_is_revoked_by_its_name_where_that_says_which() {
    let galley = Galley::start().await;
    let terminal = Terminal::of(&galley);
    let as_admin = async |arguments: &[&str]| terminal.run_as("admin", arguments).await;
    for _ in 0..2 {
        as_admin(&["keys", "create", "bo", "--role", "viewer"]).await.expect(0);
    }
    let keys = as_admin(&["keys", "list", "--json"]).await.expect(0).json();
    let of_bo = keys.as_array().unwrap().iter().filter(|key| key["subject"] == "bo");
    let ids: Vec<&str> = of_bo.map(|key| key["id"].as_str().unwrap()).collect();
    let [revoke, dry_run] = [&["keys", "revoke", "bo"][..], &["keys", "revoke", "bo", "--dry-run"]];
    for arguments in [revoke, dry_run] {
        let several = as_admin(arguments).await.expect(1).err;
        assert!(several.contains("bo has 2 active keys") && ids.iter().all(|id| several.contains(id)), "{several}");
    }
    as_admin(&["keys", "revoke", ids[0]]).await.expect(0);
    assert_eq!(as_admin(dry_run).await.expect(0).out, format!("Would revoke the key {}\n", ids[1]));
    assert_eq!(as_admin(revoke).await.expect(0).out, format!("Done: revoke the key {}\n", ids[1]));
    for arguments in [revoke, dry_run] {
        assert!(as_admin(arguments).await.expect(1).err.contains("bo has no active key"));
    }
    as_admin(&["keys", "revoke", &"0".repeat(64), "--dry-run"]).await.expect(1);
}
