//! The template and the code, held against each other: what stands in one stands in the other.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{collections::BTreeSet, path::Path};

use galley_domain::access::{
    role::{Access, Role},
    route::Route,
};
use galley_edge::config::Setting;
use galley_local::template::{Function, Names, Template};
use galley_tests::root;
use serde_json::Value;

fn template() -> Template {
    let names = Names { table: "table".into(), sqs: "http://queues".into(), site: "http://site".into() };
    Template::load(&root().join("template.yaml"), &std::collections::BTreeMap::new(), &names).unwrap()
}

/// The text of a function's own code.
fn code(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&code(&path));
        } else {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    text
}

fn set<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn routes_are_those_of_the_route_table() {
    let template = template();
    let in_template: BTreeSet<String> = template.routes.iter().map(|route| route.key.clone()).collect();
    let mut in_code: BTreeSet<String> = Route::ALL
        .iter()
        .flat_map(|route| route.methods().iter().map(|method| format!("{method} {}", route.path())))
        .collect();
    in_code.insert("$default".to_owned());
    assert_eq!(in_template, in_code);
    for route in template.routes.iter().filter(|route| route.key != "$default") {
        let access = Route::from_key(&route.key).unwrap().access();
        // A function's own URL has no authorizer before it: the function asks.
        assert_eq!(route.public, access == Access::Public || route.streams, "{}", route.key);
    }
    assert!(template.routes.iter().any(|route| route.key == "$default" && route.public));
}

#[test]
fn every_function_is_built_from_a_package_and_every_package_is_used() {
    let packages: BTreeSet<String> = std::fs::read_dir(root().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let used: BTreeSet<String> = template().functions.into_iter().map(|function| function.binary).collect();
    assert_eq!(used, packages);
}

/// Whether the code names a setting, and not another that begins like it.
fn names(text: &str, setting: Setting) -> bool {
    let name = format!("Setting::{}", setting.variant());
    text.split(&name)
        .skip(1)
        .map(|rest| rest.chars().next())
        .any(|next| !next.is_some_and(|next| next.is_ascii_alphanumeric() || next == '_'))
}

/// The table of docs/configuration.md, and nothing that is not set anywhere.
#[test]
fn every_setting_is_documented_in_one_table() {
    let page = std::fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let section = page.split("\n## Settings\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let told: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let distinct = set(told.iter().copied());
    assert_eq!(distinct.len(), told.len(), "a setting is documented twice: {told:?}");
    assert_eq!(distinct, set(Setting::ALL.iter().map(|setting| setting.name())));
    let given: BTreeSet<String> =
        template().functions.into_iter().flat_map(|function| function.environment.into_keys()).collect();
    assert_eq!(given, distinct, "the template gives them all");
}

/// A secret in the environment of a function can be read by whoever may look at its configuration.
#[test]
fn no_environment_holds_a_secret() {
    let template = template();
    let secrets: BTreeSet<&str> = template.secrets.iter().map(|secret| secret.name.as_str()).collect();
    for function in &template.functions {
        for (name, value) in &function.environment {
            // A number of tokens is no token.
            let is_count = name.contains("TOKENS_PER");
            let is_secret = ["SECRET", "KEY", "TOKEN", "PASSWORD"].iter().any(|word| name.contains(word));
            if is_secret && !is_count {
                let is_name = secrets.contains(value.as_str()) || value.starts_with("galley/");
                assert!(is_name, "{} of {} is no name of a secret", name, function.id);
            }
        }
    }
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let resolved = text.split("{{resolve:").skip(1).map(|rest| rest.split(':').next().unwrap());
    // Systems Manager's plain parameters alone are no secrets; the others would stand in the configuration.
    assert_eq!(set(resolved), set(["ssm"]));
}

#[test]
fn every_setting_is_given_and_read() {
    for function in template().functions {
        let text = code(&root().join("functions").join(&function.binary).join("src"));
        let named = Setting::ALL.iter().filter(|setting| names(&text, **setting));
        let readers = Setting::READ_BY.iter().filter(|(call, _)| text.contains(call));
        let mut read: BTreeSet<String> =
            readers.flat_map(|(_, settings)| settings.iter()).chain(named).map(ToString::to_string).collect();
        if ["smoke-test", "console"].contains(&function.binary.as_str()) {
            // They have no table, and are given what all are given.
            read.insert("GALLEY_TABLE".to_owned());
        }
        let given: BTreeSet<String> = function.environment.keys().cloned().collect();
        assert_eq!(given, read, "{}", function.id);
    }
}

/// What a function may do. Derived by hand from the operations of the adapters that its use cases reach: a transaction
/// needs the right to each of its parts.
#[expect(clippy::too_many_lines, reason = "a table: what each function may do")]
fn needed(binary: &str) -> BTreeSet<String> {
    set(match binary {
        // Reserve (2 updates), accept (puts), send; the tenant's language where the authorizer could not say it; schedules, how many there
        // are, their owners' keys, their runs and what these have cost.
        "create-task" => vec![
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "sqs:SendMessage",
        ],
        // Load, revision and claim; a move with puts, and a slug that goes.
        "approve-task" => vec![
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "sqs:SendMessage",
        ],
        // Reads, the window, the cursor's key.
        "query-tasks" => {
            vec![
                "dynamodb:BatchGetItem",
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "secretsmanager:GetSecretValue",
            ]
        }
        // The source, the window, the receipt, its secret, the message.
        "ingest-webhook" => vec![
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "secretsmanager:GetSecretValue",
            "sqs:SendMessage",
        ],
        // Moves, checkpoints, receipts, publication, links that an erasure takes away; its batches, hand-overs, the dead-letter queue, the model's key.
        "process-task" => vec![
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "secretsmanager:GetSecretValue",
            "sqs:SendMessage",
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ChangeMessageVisibility",
        ],
        // Keys and sources; the cursor's key and the sources' secrets; the due index; letters received, sent on, removed or shown again.
        "admin" => vec![
            "dynamodb:Query",
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "dynamodb:ConditionCheckItem",
            "secretsmanager:GetSecretValue",
            "secretsmanager:CreateSecret",
            "secretsmanager:PutSecretValue",
            "secretsmanager:DeleteSecret",
            "sqs:SendMessage",
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
        ],
        // Settings, spending, flags, breakers; the window and the request's counters; what was proposed; the providers' keys.
        "query-models" => vec![
            "dynamodb:Query",
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "secretsmanager:GetSecretValue",
        ],
        // What is due, and the flag that holds it.
        "sweep-tasks" => vec!["dynamodb:Query", "dynamodb:GetItem", "dynamodb:UpdateItem", "sqs:SendMessage"],
        // The key and the day of its use, and the secrets of token issuers.
        "authorize" => vec!["dynamodb:GetItem", "dynamodb:UpdateItem", "secretsmanager:GetSecretValue"],
        // As the authorizer, and a ticket is taken away.
        "stream-task" => {
            vec!["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "secretsmanager:GetSecretValue"]
        }
        // States taken once, sessions, people; the key of tokens and the app's secret.
        "auth" => vec![
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "secretsmanager:GetSecretValue",
        ],
        // Parts that answer, what is due and the flags that hold it, the counters, the window of who asks.
        "health" => vec![
            "dynamodb:DescribeTable",
            "dynamodb:UpdateItem",
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:Query",
            "sqs:GetQueueAttributes",
            "secretsmanager:DescribeSecret",
        ],
        // The list of what is live; addresses, tasks, texts, settings and names.
        "site" => vec!["dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem"],
        "smoke-test" => {
            vec!["codedeploy:GetDeployment", "codedeploy:PutLifecycleEventHookExecutionStatus", "lambda:InvokeFunction"]
        }
        _ => vec![],
    })
}

fn granted(function: &Function) -> BTreeSet<String> {
    let allowed = function.policy.iter().filter(|statement| statement["Effect"] == "Allow");
    allowed
        .flat_map(|statement| match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            one => vec![one.clone()],
        })
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_function_may_do_what_it_does_and_no_more() {
    for function in template().functions {
        assert_eq!(granted(&function), needed(&function.binary), "{}", function.id);
        for statement in function.policy.iter().filter(|statement| statement["Effect"] == "Allow") {
            assert_ne!(statement["Resource"], "*", "{}", function.id);
        }
        let manifest =
            std::fs::read_to_string(root().join("functions").join(&function.binary).join("Cargo.toml")).unwrap();
        for (feature, service) in [("dynamodb", "dynamodb:"), ("sqs", "sqs:"), ("secrets", "secretsmanager:")] {
            let linked = manifest.contains(&format!("\"{feature}\""));
            assert_eq!(
                granted(&function).iter().any(|action| action.starts_with(service)),
                linked,
                "{} {feature}",
                function.id
            );
        }
    }
}

#[test]
fn only_the_worker_asks_bedrock_and_only_where_it_is_turned_on() {
    let names = Names { table: "table".into(), sqs: "http://queues".into(), site: "http://site".into() };
    let on = [("Bedrock".to_owned(), "on".to_owned())].into();
    for function in Template::load(&root().join("template.yaml"), &on, &names).unwrap().functions {
        let may = granted(&function).contains("bedrock:InvokeModel");
        assert_eq!(may, function.binary == "process-task", "{}", function.id);
    }
}

/// Whoever may only look must not be answered by a function that may take away what others need.
#[test]
fn what_a_viewer_or_an_author_asks_is_answered_by_no_function_that_may_change_secrets() {
    let template = template();
    let mut asked = 0;
    for route in template.routes.iter().filter(|route| route.key != "$default") {
        let function = template.functions.iter().find(|function| function.id == route.function).unwrap();
        let changes = granted(function)
            .into_iter()
            .filter(|action| action.starts_with("secretsmanager:"))
            .any(|action| !["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"].contains(&&*action));
        let of_admins =
            matches!(Route::from_key(&route.key).unwrap().access(), Access::Tenant(Role::Admin) | Access::System);
        asked += usize::from(changes);
        assert!(of_admins || !changes, "{} is answered by {}", route.key, function.binary);
    }
    assert!(asked > 20, "some function manages secrets");
}

#[test]
fn queues_give_functions_the_time_that_they_need() {
    let template = template();
    for source in &template.sources {
        let function = template.functions.iter().find(|function| function.id == source.function).unwrap();
        let queue = template.queues.iter().find(|queue| queue.id == source.queue).unwrap();
        assert_eq!(queue.visibility_s, 6 * function.timeout.as_secs(), "{}", queue.id);
        assert_eq!(queue.redrive.as_ref().unwrap().1, 5, "{}", queue.id);
        assert!(source.batch <= if source.queue == "WorkQueue" { 5 } else { 10 });
        assert!(source.concurrency >= 2);
    }
    assert_eq!(template.sources.len(), 2);
    for function in &template.functions {
        let behind_the_front = template.routes.iter().any(|route| route.function == function.id && !route.streams);
        assert!(!behind_the_front || function.timeout.as_secs() < 30, "{}", function.id);
    }
}

#[test]
fn every_route_is_throttled_by_whole_numbers() {
    for route in template().routes {
        assert!((1..10_000).contains(&route.throttle.rate), "{}", route.key);
        assert!((route.throttle.rate..20_000).contains(&route.throttle.burst), "{}", route.key);
    }
}

/// Its HTML is tenants': on the API's origin it would stand beside sessions and the console.
#[test]
fn nothing_of_the_site_is_served_on_the_apis_origin() {
    let template = template();
    assert!(template.routes.iter().all(|route| route.function != "SiteFunction"));
    let site: Vec<_> = template.site.iter().map(|route| (route.key.as_str(), route.function.as_str())).collect();
    assert_eq!(site, [("$default", "SiteFunction")]);
    assert!(template.site.iter().all(|route| route.public && route.throttle.rate < 10_000));
}

/// Whoever takes the site over reads no keys, sessions or secrets with it.
#[test]
fn the_site_reads_no_item_of_any_other_kind_than_it_shows() {
    let template = template();
    let site = template.functions.iter().find(|function| function.binary == "site").unwrap();
    for statement in &site.policy {
        let by_key = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
        let indexes = serde_json::to_string(&statement["Resource"]).unwrap();
        if indexes.contains("/index/") {
            assert_eq!(statement["Action"], serde_json::json!(["dynamodb:Query"]));
        } else {
            assert_eq!(*by_key, serde_json::json!(["SLUG#*", "TASK#*", "TENANT#*", "PERSON#*", "FLAGS"]));
        }
    }
}

/// They look at the flags, and at nothing else by its key.
#[test]
fn sweeper_and_health_read_the_flags_alone() {
    let template = template();
    for binary in ["sweep-tasks", "health"] {
        let function = template.functions.iter().find(|function| function.binary == binary).unwrap();
        let reads: Vec<_> = function
            .policy
            .iter()
            .filter(|statement| statement["Action"].to_string().contains("\"dynamodb:GetItem\""))
            .map(|statement| &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])
            .collect();
        assert_eq!(reads, [&serde_json::json!(["FLAGS"])], "{binary}");
        let queries = function.policy.iter().filter(|statement| {
            let (action, of) = (statement["Action"].to_string(), statement["Resource"].to_string());
            action.contains("\"dynamodb:Query\"") && !of.contains("/index/")
        });
        let read: Vec<_> = queries
            .map(|statement| &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])
            .collect();
        let flags_and_log = serde_json::json!(["FLAGS", "FLAGS#LOG"]);
        let may: Vec<&Value> = (binary == "health").then_some(&flags_and_log).into_iter().collect();
        assert_eq!(read, may, "{binary}");
    }
}

/// Or whoever is turned away asks by HEAD.
#[test]
fn a_head_is_throttled_as_its_get() {
    let template = template();
    for get in &template.routes {
        let Some(path) = get.key.strip_prefix("GET ") else { continue };
        let head = template.routes.iter().find(|route| route.key == format!("HEAD {path}")).unwrap();
        assert_eq!((head.throttle, head.public, &head.function), (get.throttle, get.public, &get.function), "{path}");
    }
}

/// Lambda takes 20,480 bytes of them for a function (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>),
/// and a permission for each route of `admin` was most of that.
#[test]
fn no_functions_resource_policy_outgrows_what_lambda_takes() {
    const MOST_BYTES: usize = 15 * 1024;
    // What Lambda makes of a permission, with names as long as they get.
    const STATEMENT: usize = 700;
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let yaml: yaml_serde::Value = yaml_serde::from_str(&text).unwrap();
    let resources = yaml["Resources"].as_mapping().unwrap();
    let mut statements = std::collections::BTreeMap::<String, usize>::new();
    for (_, resource) in resources {
        if resource["Type"] == "AWS::Lambda::Permission" {
            let yaml_serde::Value::Tagged(name) = &resource["Properties"]["FunctionName"] else {
                panic!("no reference")
            };
            let function = name.value.as_str().unwrap().trim_end_matches(".Alias").to_owned();
            *statements.entry(function).or_default() += 1;
        }
    }
    for (name, resource) in resources {
        // Each event is a permission that the transform makes.
        let events = resource["Properties"]["Events"].as_mapping().map_or(0, yaml_serde::Mapping::len);
        *statements.entry(name.as_str().unwrap().to_owned()).or_default() += events;
    }
    for (function, statements) in &statements {
        assert!(statements * STATEMENT < MOST_BYTES, "{function} has {statements}");
    }
    for route in template().routes.iter().filter(|route| !route.streams) {
        assert_eq!(statements[&route.function], 1, "{} may be called for {}", route.function, route.key);
    }
}

#[test]
fn both_branches_of_cors_differ_in_credentials_alone() {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let yaml: yaml_serde::Value = yaml_serde::from_str(&text).unwrap();
    let yaml_serde::Value::Tagged(branches) = &yaml["Resources"]["Api"]["Properties"]["CorsConfiguration"] else {
        panic!("CORS depends on its credentials")
    };
    let with_credentials = |at: usize, expected: bool| {
        let mut branch = branches.value[at].clone();
        assert_eq!(branch["AllowCredentials"], expected);
        branch["AllowCredentials"] = yaml_serde::Value::Null;
        branch
    };
    assert_eq!(with_credentials(1, true), with_credentials(2, false));
}

#[test]
fn any_origin_with_credentials_is_refused_at_the_start() {
    let names = Names { table: "table".into(), sqs: "http://queues".into(), site: "http://site".into() };
    let parameters = [("CorsAllowOrigins", "*"), ("CorsAllowCredentials", "true")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let refused = Template::load(&root().join("template.yaml"), &parameters.into(), &names).unwrap_err();
    assert_eq!(refused.to_string(), "Api: with credentials every origin must be named, not *");
}

#[test]
fn the_table_keeps_itself_safe_and_clean() {
    let table = template().table;
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["TimeToLiveSpecification"]["AttributeName"], "ttl");
    assert_eq!(table["TimeToLiveSpecification"]["Enabled"], true);
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["SSESpecification"]["SSEEnabled"], true);
    let indexes = table["GlobalSecondaryIndexes"].as_array().unwrap();
    assert_eq!(
        indexes.iter().map(|index| index["IndexName"].as_str().unwrap()).collect::<Vec<_>>(),
        ["by_tenant", "by_state", "due"]
    );
    let projected: usize =
        indexes.iter().map(|index| index["Projection"]["NonKeyAttributes"].as_array().unwrap().len()).sum();
    assert!(projected <= 100, "DynamoDB takes 100 over all indexes");
}

/// The days after which docs/privacy.md promises that what was erased is in no backup.
fn days_of_the_privacy_promise() -> u64 {
    let text = std::fs::read_to_string(root().join("docs/privacy.md")).unwrap();
    let promise = text.split("**Backups.**").nth(1).unwrap();
    promise.split("for ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn no_backup_has_what_was_erased_for_longer_than_the_docs_promise() {
    let promised = days_of_the_privacy_promise();
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let yaml: yaml_serde::Value = yaml_serde::from_str(&text).unwrap();
    let resources = yaml["Resources"].as_mapping().unwrap();
    let mut longest = BTreeSet::new();
    for (id, resource) in resources {
        let properties = &resource["Properties"];
        match resource["Type"].as_str().unwrap() {
            "AWS::Backup::BackupPlan" => {
                for rule in properties["BackupPlan"]["BackupPlanRule"].as_sequence().unwrap() {
                    // Without a number a copy is kept for ever, and a copy of it elsewhere has a life of its own.
                    longest.insert(rule["Lifecycle"]["DeleteAfterDays"].as_u64().expect("every copy ends"));
                    assert!(rule.get("CopyActions").is_none(), "{id:?}: copies of copies are not counted here");
                }
            }
            "AWS::DynamoDB::Table" => {
                let recovery = &properties["PointInTimeRecoverySpecification"];
                // AWS's default, and its most.
                longest.insert(recovery["RecoveryPeriodInDays"].as_u64().unwrap_or(35));
            }
            _ => {}
        }
    }
    assert!(longest.len() > 2, "{longest:?}");
    assert_eq!(longest.last(), Some(&promised));
    let told = std::fs::read_to_string(root().join("docs/disaster-recovery.md")).unwrap();
    assert!(longest.iter().all(|days| told.contains(&format!("{days} days"))), "{longest:?}");
}

#[test]
fn logs_are_kept_for_thirty_days() {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let yaml: yaml_serde::Value = yaml_serde::from_str(&text).unwrap();
    let resources = yaml["Resources"].as_mapping().unwrap();
    let groups: Vec<_> = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::Logs::LogGroup").collect();
    assert!(groups.len() > template().functions.len());
    assert!(groups.iter().all(|(_, group)| group["Properties"]["RetentionInDays"] == 30));
}

/// A tag can be moved to other code, a hash cannot.
#[test]
fn every_action_of_the_workflow_is_named_by_its_hash() {
    let mut found = 0;
    for file in std::fs::read_dir(root().join(".github/workflows")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for action in text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: ")) {
            let (_, version) = action.split_once('@').unwrap();
            let hash = version.split(' ').next().unwrap();
            assert!(hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}");
            found += 1;
        }
    }
    assert!(found > 0);
}
