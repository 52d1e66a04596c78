//! Text generated from the code: of the table of routes the API's body, permissions and throttles in template.yaml, and the table of
//! docs/access.md; of the kinds of targets what the console asks of each; of the types' shapes and recipes the table of docs/pipeline.md. Each block is between two marks; the rest of the file is written by hand.

use std::collections::BTreeMap;

use galley_api::{
    kind::TaskType,
    phase::QualityPreference,
    route::{Function, Throttle},
    target::KINDS,
};
use galley_domain::{
    access::{
        role::{Access, Role},
        route::Route,
    },
    content::shape::{Form, POST_WEIGHT, SUBJECT_CHARS, Shape},
    generation::recipe::Recipe,
};

/// The block whose marks are missing or in the wrong order.
#[derive(Debug, PartialEq, Eq)]
pub struct Unmarked(pub String);

/// `text` with the content between the marks of each block replaced.
///
/// # Errors
/// The block whose marks are not there.
pub fn written(text: &str, blocks: &[(&str, String)]) -> Result<String, Unmarked> {
    let mut text = text.to_owned();
    for (name, block) in blocks {
        let missing = || Unmarked((*name).to_owned());
        let begin = text.find(&format!("generated: begin {name}")).ok_or_else(missing)?;
        let begin = begin + text.get(begin..).and_then(|rest| rest.find('\n')).ok_or_else(missing)? + 1;
        let end = text.find(&format!("generated: end {name}")).filter(|end| *end >= begin).ok_or_else(missing)?;
        // The line of the mark stays.
        let end = text.get(..end).and_then(|before| before.rfind('\n')).map(|at| at + 1).ok_or_else(missing)?;
        text.replace_range(begin..end, block);
    }
    Ok(text)
}

/// The blocks of template.yaml.
pub fn of_template() -> Vec<(&'static str, String)> {
    vec![
        ("routes", paths()),
        ("integrations", integrations()),
        ("throttles", throttles()),
        ("permissions", permissions()),
    ]
}

/// The blocks of docs/access.md.
pub fn of_access() -> Vec<(&'static str, String)> {
    vec![("routes", access())]
}

/// The blocks of docs/pipeline.md.
pub fn of_pipeline() -> Vec<(&'static str, String)> {
    vec![("types", types())]
}

/// What the console's form of a target is made of.
pub const KINDS_FILE: &str = "console/src/pages/admin/kinds.json";

pub fn of_kinds() -> String {
    let kinds: Vec<serde_json::Value> = KINDS.iter().map(|kind| kind.form()).collect();
    format!("{:#}\n", serde_json::Value::from(kinds))
}

/// What each type of content goes through, and what it looks like.
fn types() -> String {
    let mut table = "| | searches | planned | form | words at most |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for kind in TaskType::ALL {
        let recipe = Recipe::of(*kind, QualityPreference::Balanced);
        let searches: Vec<String> = recipe.searches.iter().map(|search| format!("{search:?}").to_lowercase()).collect();
        let searches = if searches.is_empty() { "none".to_owned() } else { searches.join(", ") };
        let planned = if recipe.plan { "yes" } else { "no" };
        let (form, most) = (form(recipe.shape), recipe.shape.most_words);
        table.push_str(&format!("| `{}` | {searches} | {planned} | {form} | {most} |\n", kind.name()));
    }
    table
}

fn form(shape: Shape) -> String {
    let (least, most) = shape.headings;
    match shape.form {
        Form::Article => format!("{least} to {most} parts under headings"),
        Form::Thread { posts: (least, most) } => format!(
            "a numbered list of {least} to {most} posts of at most {POST_WEIGHT} characters, a hashtag at the end"
        ),
        Form::Letter => {
            format!("a greeting, no headings, what to do in bold, a subject of at most {SUBJECT_CHARS} characters")
        }
    }
}

/// The routes that the gateway serves. The stream is not among them: it has a function URL.
fn behind_the_gateway() -> impl Iterator<Item = Route> {
    Route::ALL.iter().copied().filter(|route| route.function() != Function::StreamTask)
}

/// The functions, each once, in the order of the table.
fn functions() -> impl Iterator<Item = Function> {
    Function::ALL.iter().copied().filter(|function| *function != Function::StreamTask)
}

/// `CreateTask` of `create-task`: how the template calls it.
fn resource(function: Function) -> String {
    let words = function.name().split('-').map(|word| {
        let (first, rest) = word.split_at(1);
        format!("{}{rest}", first.to_uppercase())
    });
    words.collect()
}

fn paths() -> String {
    let mut order = Vec::new();
    let mut by_path = BTreeMap::<&str, Vec<Route>>::new();
    for route in behind_the_gateway() {
        if !by_path.contains_key(route.path()) {
            order.push(route.path());
        }
        by_path.entry(route.path()).or_default().push(route);
    }
    let mut text = String::new();
    for path in order {
        text.push_str(&format!("          {path}:\n"));
        for route in by_path.remove(path).unwrap_or_default() {
            let security = if route.access() == Access::Public { "security: [{NONE: []}], " } else { "" };
            for method in route.methods() {
                text.push_str(&format!(
                    "            {}: {{{security}responses: {{}}, x-amazon-apigateway-integration: \
                     {{$ref: \"#/components/x-amazon-apigateway-integrations/{}\"}}}}\n",
                    method.to_lowercase(),
                    route.function().name(),
                ));
            }
        }
    }
    text
}

fn integrations() -> String {
    let one = |function: Function| {
        format!(
            "            {}:
              type: aws_proxy
              httpMethod: POST
              payloadFormatVersion: \"2.0\"
              uri: !Sub
                - arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{Alias}}/invocations
                - {{Alias: !Ref {}Function.Alias}}\n",
            function.name(),
            resource(function)
        )
    };
    functions().map(one).collect()
}

fn throttles() -> String {
    let mut text = String::new();
    for route in behind_the_gateway() {
        let Throttle::PerSecond(rate, burst) = route.throttle() else { continue };
        for method in route.methods() {
            text.push_str(&format!(
                "        {method} {}:\n          ThrottlingRateLimit: {rate}\n          ThrottlingBurstLimit: {burst}\n",
                route.path()
            ));
        }
    }
    text
}

/// One for each function, not for each route: the policy of a function has 20,480 bytes.
fn permissions() -> String {
    let one = |function: Function| {
        let name = resource(function);
        format!(
            "  {name}Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref {name}Function.Alias
      Action: lambda:InvokeFunction
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{Api}}/*/*\n"
        )
    };
    functions().map(one).collect()
}

/// What each caller gets: nobody, viewer, author, editor, admin, operator, an admin of another tenant.
fn cells(route: Route) -> [&'static str; 7] {
    match route.access() {
        Access::Public if route.path().starts_with("/api/webhooks/") => ["signed"; 7],
        Access::Public => ["yes"; 7],
        Access::System | Access::Scrape => ["401", "403", "403", "403", "403", of_operator(route), "403"],
        Access::Tenant(least) => {
            let of = |role: Role| if role >= least { "yes" } else { "403" };
            let (viewer, author, editor, admin) =
                (of(Role::Viewer), of(Role::Author), of(Role::Editor), of(Role::Admin));
            ["401", viewer, author, editor, admin, of_operator(route), of_a_rival(route)]
        }
    }
}

/// The operator is an admin of the tenant `system`, which owns no content.
fn of_operator(route: Route) -> &'static str {
    match route {
        Route::CreateTask | Route::MakeSchedule | Route::MakeFeed | Route::AskIntent => "403",
        // Operators may look at a leaked key of any tenant, and revoke it.
        Route::GetKey | Route::RevokeKey => "yes",
        // Works for any tenant; the test names an object that does not exist.
        Route::CorrectCall | Route::RedriveEnded => "404",
        _ if is_of_operators(route) => "yes",
        _ => of_a_rival(route),
    }
}

/// Whether operators ask for it, and no tenant.
pub fn is_of_operators(route: Route) -> bool {
    matches!(route.access(), Access::System | Access::Scrape)
}

/// Whether the path names something that belongs to one tenant.
pub fn names_an_object(route: Route) -> bool {
    let names = [
        "{task_id}",
        "{key_id}",
        "{source}",
        "{target}",
        "{subject}",
        "{job_id}",
        "{schedule_id}",
        "{feed_id}",
        "{intent_id}",
        "{agent_id}",
    ];
    names.iter().any(|name| route.path().contains(name))
}

fn of_a_rival(route: Route) -> &'static str {
    // A PUT creates the person in the caller's own tenant, and whoever has done nothing there has an empty trail.
    if names_an_object(route) && !matches!(route, Route::PutPerson | Route::Trail) { "404" } else { "own" }
}

fn access() -> String {
    let mut text = "| route | no key | viewer | author | editor | admin | operator | other tenant | counted as |\n\
                    | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for route in Route::ALL {
        let cells = cells(*route).join(" | ");
        let class = route.class().name();
        text.push_str(&format!("| `{} {}` | {cells} | {class} |\n", route.method(), route.path()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root;

    fn read(name: &str) -> String {
        std::fs::read_to_string(root().join(name)).unwrap()
    }

    #[test]
    fn the_template_has_the_routes_permissions_and_throttles_of_the_table() {
        let text = read("template.yaml");
        assert!(written(&text, &of_template()).unwrap() == text, "template.yaml: run `make generate`");
    }

    #[test]
    fn the_table_of_access_is_that_of_the_routes() {
        let text = read("docs/access.md");
        assert!(written(&text, &of_access()).unwrap() == text, "docs/access.md: run `make generate`");
    }

    #[test]
    fn the_table_of_types_is_that_of_their_shapes_and_recipes() {
        let text = read("docs/pipeline.md");
        assert_eq!(written(&text, &of_pipeline()).unwrap(), text, "run `make generate`");
    }

    #[test]
    fn the_console_asks_for_a_target_what_the_row_of_its_kind_says() {
        assert_eq!(of_kinds(), read(KINDS_FILE), "{KINDS_FILE}: run `make generate`");
    }

    /// CloudFormation takes 500; what SAM makes of each function comes on top (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>).
    #[test]
    fn the_stack_stays_under_450_resources() {
        let yaml: yaml_serde::Value = yaml_serde::from_str(&read("template.yaml")).unwrap();
        let mut resources = 0;
        for (_, resource) in yaml["Resources"].as_mapping().unwrap() {
            // A function's role, alias, version, deployment group, URL and its permission; each event a mapping or rule and its permission.
            let events = resource["Properties"]["Events"].as_mapping().map_or(0, yaml_serde::Mapping::len);
            let is_function = resource["Type"] == "AWS::Serverless::Function";
            resources += 1 + if is_function { 7 } else { 0 } + 2 * events;
        }
        assert!(resources < 450, "{resources}");
    }

    /// The size of a function determines its cold start.
    #[test]
    fn only_health_links_what_the_document_is_made_with() {
        let mut with = Vec::new();
        for function in std::fs::read_dir(root().join("functions")).unwrap() {
            let name = function.unwrap().file_name().into_string().unwrap();
            let manifest = read(&format!("functions/{name}/Cargo.toml"));
            if ["openapi", "schema\"", "utoipa"].iter().any(|word| manifest.contains(word)) {
                with.push(name);
            }
        }
        assert_eq!(with, ["health"]);
        for library in ["api", "domain", "edge"] {
            let manifest = read(&format!("shared/{library}/Cargo.toml"));
            assert!(manifest.contains("utoipa = { workspace = true, optional = true }"), "{library}");
            assert!(!manifest.contains("\ndefault = "), "{library}");
        }
    }

    #[test]
    fn what_has_no_marks_is_not_written() {
        let blocks = [("routes", "new\n".to_owned())];
        assert_eq!(written("no marks", &blocks), Err(Unmarked("routes".to_owned())));
        assert_eq!(
            written("# generated: end routes\n# generated: begin routes\n", &blocks),
            Err(Unmarked("routes".to_owned()))
        );
        let text = "a\n  # generated: begin routes\nold\n  # generated: end routes\nb\n";
        assert_eq!(
            written(text, &blocks).unwrap(),
            "a\n  # generated: begin routes\nnew\n  # generated: end routes\nb\n"
        );
    }
}
