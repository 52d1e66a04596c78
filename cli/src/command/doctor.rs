//! Looks at a Galley from outside, and names the part of the runbook for what it finds.

use clap::Args;
use galley_client::{
    Client, Reply,
    api::{ids::TenantId, route::Route},
    call::Call,
};
use http::Method;
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use serde_json::{Value, json};

use crate::{
    command::operator,
    context::{Context, MOST, items, list, text},
    fail::{Failure, chain},
    output::Output,
    say,
};

/// A signed time may be 300 seconds off; a minute is a clock to mend.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// In seconds: the sweeper sends what is this late again.
const OLD: u64 = 600;

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Whether a browser at this origin may call the API
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// Keys and sources older than this are named
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    max_age_days: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ok,
    Warn,
    Fail,
    /// The caller's role does not show it.
    Skipped,
}

/// The parts of docs/runbook.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Stuck,
    DeadLetters,
    Provider,
    Generation,
    Suspend,
    Budget,
    Errors,
    Queue,
    Key,
    Deploy,
}

impl Part {
    const fn anchor(self) -> &'static str {
        match self {
            Self::Stuck => "stuck",
            Self::DeadLetters => "dead-letters",
            Self::Provider => "provider",
            Self::Generation => "generation",
            Self::Suspend => "suspend",
            Self::Budget => "budget",
            Self::Errors => "errors",
            Self::Queue => "queue",
            Self::Key => "key",
            Self::Deploy => "deploy",
        }
    }
}

#[derive(Debug)]
struct Finding {
    check: String,
    state: State,
    says: String,
    part: Option<Part>,
}

fn finding(check: &str, state: State, says: impl Into<String>, part: Part) -> Finding {
    let part = matches!(state, State::Warn | State::Fail).then_some(part);
    Finding { check: check.to_owned(), state, says: says.into(), part }
}

/// What was not seen: for others to see, or because something is wrong.
fn unseen(check: &str, failure: &Failure, whose: &str, part: Part) -> Finding {
    match failure.status() {
        Some(403) => finding(check, State::Skipped, whose, part),
        _ => finding(check, State::Fail, failure.what(), part),
    }
}

impl Doctor {
    pub(crate) async fn run(&self, context: &Context) -> Result<(), Failure> {
        let client = context.session.anonymous()?;
        let mut findings = Vec::new();
        match client.send(&Call::to(Route::Live, &[])).await {
            Ok(reply) => {
                findings.push(finding("reachable", State::Ok, client.url(), Part::Errors));
                findings.push(clock(&reply));
                findings.extend(version(&reply));
                findings.extend(self.inside(&client, context).await);
            }
            Err(error) => findings.push(finding("reachable", State::Fail, chain(&error), Part::Errors)),
        }
        tell(context.output, &findings);
        let failed = findings.iter().filter(|finding| finding.state == State::Fail).count();
        if failed == 0 { Ok(()) } else { Err(Failure::No(format!("{failed} of {} checks failed", findings.len()))) }
    }

    async fn inside(&self, client: &Client, context: &Context) -> Vec<Finding> {
        let mut findings = vec![ready(client).await];
        if let Some(origin) = &self.origin {
            findings.push(cors(client, origin).await);
        }
        if context.session.token.is_none() {
            findings.push(finding("key", State::Skipped, "there is none: log in to see more", Part::Key));
            return findings;
        }
        let me = match client.me().await {
            Ok(me) => me,
            Err(error) => {
                findings.push(finding("key", State::Fail, chain(&error), Part::Key));
                return findings;
            }
        };
        let says = format!("{} is {} of {}", me.subject, me.role, me.tenant);
        findings.push(finding("key", State::Ok, says, Part::Key));
        findings.extend(parts(client).await);
        findings.extend(silent(client).await);
        findings.extend(switched_off(client).await);
        findings.push(given_up(client).await);
        findings.push(budget(client, &me.tenant).await);
        for (name, route, field) in [("keys", Route::ListKeys, "prefix"), ("sources", Route::ListSources, "source")] {
            findings.push(self.ages(client, name, route, field).await);
        }
        findings
    }

    async fn ages(&self, client: &Client, name: &str, route: Route, field: &str) -> Finding {
        let all = match items(client, Call::to(route, &[]), MOST).await {
            Ok(all) => all,
            Err(failure) => return unseen(name, &failure, "for admins", Part::Key),
        };
        let limit = Timestamp::now() - SignedDuration::from_hours(24 * self.max_age_days.clamp(0, 36_500));
        let is_old = |one: &&Value| {
            let made: Option<Timestamp> = text(one, "created_at").parse().ok();
            text(one, "revoked") != "true" && made.is_some_and(|made| made < limit)
        };
        let old: Vec<String> = all.iter().filter(is_old).map(|one| text(one, field)).collect();
        if old.is_empty() {
            return finding(name, State::Ok, format!("none is older than {} days", self.max_age_days), Part::Key);
        }
        finding(name, State::Warn, format!("older than {} days: {}", self.max_age_days, old.join(", ")), Part::Key)
    }
}

fn clock(reply: &Reply) -> Finding {
    let theirs = reply.header("date").and_then(|date| rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
    let Some(theirs) = theirs else {
        return finding("clock", State::Skipped, "the answer has no date", Part::Errors);
    };
    let skew = Timestamp::now().duration_since(theirs).abs();
    let says = format!("{} s apart", skew.as_secs());
    finding("clock", if skew > SKEW { State::Fail } else { State::Ok }, says, Part::Errors)
}

/// The version that answers, and whether it is on its way out (RFC 8594).
fn version(reply: &Reply) -> Option<Finding> {
    let version = reply.header("api-version")?;
    Some(match reply.header("sunset") {
        Some(sunset) => finding("version", State::Warn, format!("{version} ends at {sunset}"), Part::Deploy),
        None => finding("version", State::Ok, version, Part::Deploy),
    })
}

async fn ready(client: &Client) -> Finding {
    match client.send(&Call::to(Route::Ready, &[])).await {
        Ok(_) => finding("ready", State::Ok, "all parts answer", Part::Errors),
        Err(error) => finding("ready", State::Fail, chain(&error), Part::Errors),
    }
}

async fn cors(client: &Client, origin: &str) -> Finding {
    let call = Call::raw(Method::OPTIONS, "/api/content/tasks")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,idempotency-key");
    let allowed = match client.send(&call).await {
        Ok(reply) => reply.header("access-control-allow-origin").map(str::to_owned),
        Err(error) => return finding("origin", State::Fail, chain(&error), Part::Deploy),
    };
    match allowed {
        Some(allowed) if allowed == origin || allowed == "*" => finding("origin", State::Ok, origin, Part::Deploy),
        _ => finding("origin", State::Fail, format!("{origin} is not among CorsAllowOrigins"), Part::Deploy),
    }
}

/// Each part, what is stuck, and the breakers: for operators.
async fn parts(client: &Client) -> Vec<Finding> {
    let health = match client.read::<Value>(&Call::to(Route::Health, &[])).await {
        Ok(health) => health,
        Err(error) => return vec![unseen("parts", &error.into(), "for operators", Part::Errors)],
    };
    let list = health.get("components").and_then(Value::as_array).into_iter().flatten();
    let mut findings: Vec<Finding> = list.map(part).collect();
    let breakers = health.get("open_breakers").and_then(Value::as_array);
    findings.push(match breakers {
        None => finding("breakers", State::Warn, "they could not be read", Part::Provider),
        Some(none) if none.is_empty() => finding("breakers", State::Ok, "none is open", Part::Provider),
        Some(open) => finding("breakers", State::Fail, format!("open: {}", json!(open)), Part::Provider),
    });
    findings.push(match health.pointer("/stuck/count").and_then(Value::as_u64) {
        None => finding("stuck", State::Warn, "it could not be read", Part::Stuck),
        Some(0) => finding("stuck", State::Ok, "nothing is overdue", Part::Stuck),
        Some(count) => {
            let (worst, why) = (text(&health, "stuck.worst.id"), text(&health, "stuck.worst.reason"));
            let says = format!("{count}, first of all {worst} ({why}): galley stuck");
            finding("stuck", State::Fail, says, Part::Stuck)
        }
    });
    findings
}

fn part(component: &Value) -> Finding {
    let name = text(component, "name");
    let depth = component.get("depth").and_then(Value::as_u64);
    let age = component.get("age_s").and_then(Value::as_u64).unwrap_or(0);
    // For how long dead letters have lain there is not told.
    let oldest = (age > 0).then(|| format!("the oldest {age} s"));
    let waits = depth.map(messages).into_iter().chain(oldest).collect::<Vec<_>>().join(", ");
    let status = text(component, "status");
    let says = if waits.is_empty() { status.clone() } else { format!("{status}, {waits}") };
    if status != "ok" {
        return finding(&name, State::Fail, says, Part::Errors);
    }
    if name.contains("dead") && depth.unwrap_or(0) > 0 {
        let lane = name.split(' ').next().unwrap_or_default();
        let says = format!("{waits}: galley dlq letters {lane} says which can go back");
        return finding(&name, State::Fail, says, Part::DeadLetters);
    }
    finding(&name, if age > OLD { State::Warn } else { State::Ok }, says, Part::Queue)
}

fn messages(count: u64) -> String {
    format!("{count} {}", if count == 1 { "message" } else { "messages" })
}

/// What an operator has switched off, and may have forgotten.
async fn switched_off(client: &Client) -> Vec<Finding> {
    let health = match client.read::<Value>(&Call::to(Route::Health, &[])).await {
        Ok(health) => health,
        Err(error) => return vec![unseen("flags", &error.into(), "for operators", Part::Provider)],
    };
    match health.get("flags").and_then(Value::as_array) {
        None => vec![finding("flags", State::Warn, "they could not be read", Part::Provider)],
        Some(none) if none.is_empty() => {
            vec![finding("flags", State::Ok, "nothing is switched off", Part::Provider)]
        }
        Some(off) => {
            let suspended = suspended(client).await;
            off.iter().map(|flag| is_off(flag, &suspended)).collect()
        }
    }
}

/// The tenants that operators have suspended; health only counts them.
async fn suspended(client: &Client) -> Vec<String> {
    let flags = client.read::<Value>(&Call::to(Route::ListFlags, &[])).await.unwrap_or_default();
    let of_tenants = list(&flags, "data").filter(|flag| text(flag, "flag") == "tenants");
    of_tenants.flat_map(|flag| list(flag, "tenants_off")).filter_map(Value::as_str).map(str::to_owned).collect()
}

fn is_off(flag: &Value, suspended: &[String]) -> Finding {
    let name = text(flag, "flag");
    let part = match name.as_str() {
        "tenants" => Part::Suspend,
        "generation" => Part::Generation,
        _ => Part::Provider,
    };
    let says = match suspended {
        [one] if name == "tenants" => format!("tenant {one} is suspended: galley tenants show {one}"),
        [_, _, ..] if name == "tenants" => {
            format!("tenants {} are suspended: galley tenants list", suspended.join(", "))
        }
        _ => format!("{}: galley flags log --flag {name}", operator::says(flag)),
    };
    finding("flags", State::Warn, says, part)
}

/// Tasks that wait for a provider which says nothing: health counts what is overdue alone.
async fn silent(client: &Client) -> Option<Finding> {
    let call = Call::to(Route::ListStuck, &[]).query("limit", "100");
    let stuck = client.read::<Value>(&call).await.ok()?;
    let all = stuck.get("data").and_then(Value::as_array)?;
    let waits: Vec<&Value> = all.iter().filter(|one| text(one, "reason") == "provider_silent").collect();
    let (provider, seconds) = waits.first().map(|first| (text(first, "provider"), text(first, "overdue_s")))?;
    let says =
        format!("tasks that wait for an answer: {}, the first for {provider}, {seconds} s: galley stuck", waits.len());
    Some(finding("silent providers", State::Fail, says, Part::Stuck))
}

async fn given_up(client: &Client) -> Finding {
    match items(client, Call::to(Route::ListEnded, &[]), 100).await {
        Ok(none) if none.is_empty() => finding("given up", State::Ok, "nothing", Part::Stuck),
        Ok(some) => finding("given up", State::Fail, format!("{}: galley dlq list", some.len()), Part::Stuck),
        Err(failure) => unseen("given up", &failure, "for operators", Part::Stuck),
    }
}

/// Of the caller's own tenant. An operator's has no tasks, so that its budget says nothing of what Galley spends.
async fn budget(client: &Client, tenant: &str) -> Finding {
    let costs = match client.read::<Value>(&Call::to(Route::Costs, &[])).await {
        Ok(costs) => costs,
        Err(error) => return unseen("budget", &error.into(), "it is a tenant's", Part::Budget),
    };
    let list = costs.get("budgets").and_then(Value::as_array).into_iter().flatten();
    let told = |budget: &Value| {
        format!("{} of {} this {}", text(budget, "spent_usd"), text(budget, "cap_usd"), text(budget, "period"))
    };
    let highest = list.clone().filter_map(|budget| budget.get("alert_percent")?.as_u64()).max();
    let says = list.map(told).collect::<Vec<_>>().join(", ");
    let says = if tenant == TenantId::SYSTEM {
        format!("of {tenant} alone, {says}; of every tenant: galley tenants costs")
    } else {
        says
    };
    let state = match highest {
        Some(100..) => State::Fail,
        Some(_) => State::Warn,
        None => State::Ok,
    };
    finding("budget", state, says, Part::Budget)
}

fn tell(output: Output, findings: &[Finding]) {
    let state = |finding: &Finding| match finding.state {
        State::Ok => "ok",
        State::Warn => "warn",
        State::Fail => "fail",
        State::Skipped => "skipped",
    };
    let place = |finding: &Finding| finding.part.map(|part| format!("docs/runbook.md#{}", part.anchor()));
    if output.is_json() {
        let all = findings.iter().map(|finding| {
            json!({"check": finding.check, "state": state(finding), "says": finding.says, "runbook": place(finding)})
        });
        say::json(&Value::Array(all.collect()));
        return;
    }
    let rows = findings.iter().map(|finding| {
        vec![state(finding).to_owned(), finding.check.clone(), finding.says.clone(), place(finding).unwrap_or_default()]
    });
    output.table(&["", "check", "finding", "see"], rows.collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_that_is_named_is_in_the_runbook() {
        use Part::{Budget, DeadLetters, Deploy, Errors, Generation, Key, Provider, Queue, Stuck, Suspend};
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/runbook.md");
        let runbook = std::fs::read_to_string(path).unwrap();
        for part in [Stuck, DeadLetters, Provider, Generation, Suspend, Budget, Errors, Queue, Key, Deploy] {
            assert!(runbook.contains(&format!("<a id=\"{}\">", part.anchor())), "{part:?}");
        }
    }

    #[test]
    fn only_what_is_for_others_is_skipped() {
        let of = |status| {
            let refused = galley_client::Error::Refused { status, message: "why".into(), retry_after: None };
            unseen("keys", &refused.into(), "for admins", Part::Key)
        };
        assert_eq!((of(403).state, of(403).says.as_str()), (State::Skipped, "for admins"));
        for status in [401, 404, 429, 500, 503] {
            let found = of(status);
            assert_eq!((found.state, found.part), (State::Fail, Some(Part::Key)), "{status}");
            assert!(found.says.contains("why"), "{}", found.says);
        }
    }

    #[test]
    fn a_tenant_that_is_suspended_is_named_with_the_runbooks_part_for_it() {
        let flag = json!({"flag": "tenants", "enabled": true, "percent": 100, "tenants_off": 1});
        let found = |suspended: &[&str]| {
            let suspended: Vec<String> = suspended.iter().map(|one| (*one).to_owned()).collect();
            is_off(&flag, &suspended)
        };
        assert_eq!(found(&["acme"]).says, "tenant acme is suspended: galley tenants show acme");
        assert!(found(&["acme", "other"]).says.starts_with("tenants acme, other are suspended"));
        assert_eq!((found(&[]).part, found(&["acme"]).part), (Some(Part::Suspend), Some(Part::Suspend)));
        assert_eq!(found(&[]).says, "tenants is off for 1 tenant: galley flags log --flag tenants");
    }

    #[test]
    fn a_part_with_dead_letters_is_never_fine() {
        let of = |value: Value| part(&value).state;
        assert_eq!(of(json!({"name": "work dead letters", "status": "ok", "depth": 1})), State::Fail);
        assert_eq!(of(json!({"name": "work dead letters", "status": "ok", "depth": 0})), State::Ok);
        assert_eq!(of(json!({"name": "work", "status": "ok", "depth": 9, "age_s": 700})), State::Warn);
        assert_eq!(of(json!({"name": "table", "status": "unavailable"})), State::Fail);
    }

    #[test]
    fn a_part_says_its_lane_and_an_age_only_where_there_is_one() {
        let says = |value: Value| part(&value).says;
        assert_eq!(
            says(json!({"name": "quick dead letters", "status": "ok", "depth": 1})),
            "1 message: galley dlq letters quick says which can go back"
        );
        let queue = |age_s| says(json!({"name": "work queue", "status": "ok", "depth": 2, "age_s": age_s}));
        assert_eq!([queue(0), queue(7)], ["ok, 2 messages", "ok, 2 messages, the oldest 7 s"]);
        assert_eq!(says(json!({"name": "table", "status": "ok"})), "ok");
    }
}
