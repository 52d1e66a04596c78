//! Keys of all items.

use galley_domain::{
    access::{
        acts::{ActPlace, Between, Named},
        limits::{QuotaDay, Window},
        streams::Holder,
        tickets::TicketId,
    },
    content::{near::Mark, slug::Slug},
    idempotency::claim::Claim,
    kernel::ids::{
        AgentId, CommentId, EndedId, FeedId, IntentId, InvalidId, JobId, KeyId, ListenerName, ScheduleId, SessionId,
        SourceKey, Subject, TargetName, TaskId, TenantId, WebhookId, shard_of,
    },
    metrics::{Metric, stats},
    money::budget::{CostBy, month_of},
    tenancy::{
        flags::FlagName,
        history::{ChangePlace, History},
    },
    webhooks::{refusals::Sender, source::SourceName},
};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

pub(super) type Key = (String, String);

pub(super) const META: &str = "META";
pub(super) const COMMENTS: &str = "CMT#";
pub(super) const CALLS: &str = "CALL#";
pub(super) const DELIVERIES: &str = "DLV#";
pub(super) const EVENTS: &str = "EVT#";
pub(super) const REVISIONS: &str = "REV#";
pub(super) const TASK_PREFIX: &str = "TASK#";
pub(super) const HOOK_PREFIX: &str = "HOOK#";
pub(super) const KEY_PREFIX: &str = "KEY#";
pub(super) const PERSON_PREFIX: &str = "PERSON#";
pub(super) const ENDED_PREFIX: &str = "ENDED#";
pub(super) const JOB_PREFIX: &str = "JOB#";
pub(super) const SCHEDULE_PREFIX: &str = "SCHEDULE#";
pub(super) const FEED_PREFIX: &str = "FEED#";
pub(super) const RUNS: &str = "RUN#";
pub(super) const INTENTS: &str = "INTENT#";
pub(super) const PLACEMENTS: &str = "TARGET#";
pub(super) const SOURCE_PREFIX: &str = "SOURCE#";
pub(super) const SLUG_PREFIX: &str = "SLUG#";

pub(super) fn task_pk(id: &TaskId) -> String {
    format!("{TASK_PREFIX}{id}")
}

pub(super) fn task(id: &TaskId) -> Key {
    (task_pk(id), META.to_owned())
}

pub(super) fn event(task: &TaskId, id: Uuid) -> Key {
    (task_pk(task), format!("{EVENTS}{id}"))
}

pub(super) fn comment(task: &TaskId, id: &CommentId) -> Key {
    (task_pk(task), format!("{COMMENTS}{id}"))
}

pub(super) fn call(task: &TaskId, id: Uuid) -> Key {
    (task_pk(task), format!("{CALLS}{id}"))
}

pub(super) fn transcript(task: &TaskId, call: Uuid) -> Key {
    (task_pk(task), format!("TEXT#{call}"))
}

pub(super) fn delivery(task: &TaskId, id: Uuid) -> Key {
    (task_pk(task), format!("{DELIVERIES}{id}"))
}

pub(super) fn placement(task: &TaskId, target: &TargetName) -> Key {
    (task_pk(task), format!("{PLACEMENTS}{target}"))
}

pub(super) fn targets_pk(tenant: &TenantId) -> String {
    format!("TARGETS#{tenant}")
}

pub(super) fn target(tenant: &TenantId, name: &TargetName) -> Key {
    (targets_pk(tenant), name.to_string())
}

/// All of a tenant's agents.
pub(super) fn agents(tenant: &TenantId) -> Key {
    (tenant_pk(tenant), "AGENTS".to_owned())
}

pub(super) fn prompts_pk(tenant: &TenantId, agent: &AgentId) -> String {
    format!("PROMPTS#{tenant}#{agent}")
}

/// A version of an agent's prompt; in their order, for there are fewer than a thousand.
pub(super) fn prompt(tenant: &TenantId, agent: &AgentId, number: u32) -> Key {
    (prompts_pk(tenant, agent), format!("{number:03}"))
}

pub(super) fn mailbox_pk(tenant: &TenantId, listener: &ListenerName) -> String {
    format!("LISTEN#{tenant}#{listener}")
}

pub(super) fn heard(tenant: &TenantId, listener: &ListenerName, id: Uuid) -> Key {
    (mailbox_pk(tenant, listener), id.to_string())
}

/// The attribute of a tenant's settings that is a target's line in the tenant's directory.
pub(super) const DIRECTORY: &str = "target.";

pub(super) fn directory_line(name: &TargetName) -> String {
    format!("{DIRECTORY}{name}")
}

pub(super) fn person(tenant: &TenantId, subject: &Subject) -> Key {
    (format!("{PERSON_PREFIX}{tenant}#{subject}"), META.to_owned())
}

pub(super) fn subject_pk(tenant: &TenantId, subject: &Subject) -> String {
    format!("SUBJECT#{tenant}#{subject}")
}

/// The link from a subject to a task that names it.
pub(super) fn link(tenant: &TenantId, subject: &Subject, task: &TaskId) -> Key {
    (subject_pk(tenant, subject), task_pk(task))
}

/// What somebody has asked for in a sentence: it stands under their name, and nowhere else.
pub(super) fn intent(tenant: &TenantId, subject: &Subject, id: &IntentId) -> Key {
    (subject_pk(tenant, subject), format!("{INTENTS}{id}"))
}

pub(super) fn job(id: &JobId) -> Key {
    (format!("{JOB_PREFIX}{id}"), META.to_owned())
}

pub(super) fn schedule(id: &ScheduleId) -> Key {
    (format!("{SCHEDULE_PREFIX}{id}"), META.to_owned())
}

/// What is kept of the last article that had this mark.
pub(super) fn mark(tenant: &TenantId, mark: &Mark) -> Key {
    (format!("NEAR#{tenant}#{}", mark.as_str()), META.to_owned())
}

pub(super) fn feed(id: &FeedId) -> Key {
    (format!("{FEED_PREFIX}{id}"), META.to_owned())
}

/// What came of the occurrence of this name.
pub(super) fn run(id: &ScheduleId, name: &str) -> Key {
    (format!("{SCHEDULE_PREFIX}{id}"), format!("{RUNS}{name}"))
}

pub(super) fn ended(id: &EndedId) -> Key {
    (format!("{ENDED_PREFIX}{id}"), META.to_owned())
}

pub(super) fn job_part(id: &JobId, number: u32) -> Key {
    (format!("{JOB_PREFIX}{id}"), format!("PART#{number:06}"))
}

pub(super) fn begun(state: &str) -> Key {
    (format!("OAUTH#{state}"), "STATE".to_owned())
}

pub(super) fn ticket(id: &TicketId) -> Key {
    (format!("TICKET#{}", id.as_str()), "STREAM".to_owned())
}

pub(super) fn session(id: &SessionId) -> Key {
    (format!("SESSION#{id}"), META.to_owned())
}

pub(super) fn settings(tenant: &TenantId) -> Key {
    (tenant_pk(tenant), "SETTINGS".to_owned())
}

pub(super) fn tenant_pk(tenant: &TenantId) -> String {
    format!("TENANT#{tenant}")
}

/// Before all changes of tenants, and all links to one.
pub(super) const CHANGES: &str = "CHANGE#";

pub(super) fn changes(history: History) -> String {
    format!("{CHANGES}{}#", history.name())
}

pub(super) fn tenant_change(place: &ChangePlace) -> Key {
    (tenant_pk(&place.tenant), format!("{}{}", changes(place.history), place.id))
}

/// The link from a subject to a change that names it.
pub(super) fn change_link(tenant: &TenantId, subject: &Subject, place: &ChangePlace) -> Key {
    (subject_pk(tenant, subject), format!("{}{}#{}", changes(place.history), place.tenant, place.id))
}

/// Where a link leads, by its sort key.
pub(super) fn change_place(sort: &str) -> Option<ChangePlace> {
    let (history, rest) = sort.strip_prefix(CHANGES)?.split_once('#')?;
    let (tenant, id) = rest.split_once('#')?;
    let history = History::ALL.into_iter().find(|known| known.name() == history)?;
    Some(ChangePlace { tenant: TenantId::new(tenant).ok()?, history, id: Uuid::parse_str(id).ok()? })
}

/// Before all acts in a list, and all links of whoever did one, or to whom it was done.
pub(super) const ACTS: &str = "ACT#";
pub(super) const ACTS_UPON: &str = "ACTED#";

pub(super) fn acts_pk(of: &TenantId) -> String {
    format!("ACTS#{of}")
}

/// By its time: a span of time is a part of the list.
pub(super) fn act_sort(place: ActPlace) -> String {
    format!("{ACTS}{}", list_sort(place.at, &place.id.to_string()))
}

pub(super) fn act(of: &TenantId, place: ActPlace) -> Key {
    (acts_pk(of), act_sort(place))
}

pub(super) const fn acts_naming(named: Named) -> &'static str {
    match named {
        Named::Actor => ACTS,
        Named::Thing => ACTS_UPON,
    }
}

/// The link from somebody whom an act names to the act.
pub(super) fn act_link(of: &TenantId, (named, subject): (Named, &Subject), place: ActPlace) -> Key {
    (subject_pk(of, subject), format!("{}{}", acts_naming(named), list_sort(place.at, &place.id.to_string())))
}

/// The sort key of the act that a link leads to.
pub(super) fn linked_act(named: Named, sort: &str) -> Option<String> {
    Some(format!("{ACTS}{}", sort.strip_prefix(acts_naming(named))?))
}

/// From the first to behind the last sort key of what happened in a span of time, after `prefix`.
pub(super) fn during(prefix: &str, between: Between) -> [String; 2] {
    let since = between.since.map(sortable).unwrap_or_default();
    let until = between.until.map_or_else(|| "~".to_owned(), sortable);
    [format!("{prefix}{since}"), format!("{prefix}{until}")]
}

/// The list of tenants.
pub(super) const TENANTS: &str = "TENANTS";

pub(super) fn registered(tenant: &TenantId) -> Key {
    (TENANTS.to_owned(), tenant.to_string())
}

pub(super) const FLAGS: &str = "FLAGS";
pub(super) const FLAG_LOG: &str = "FLAGS#LOG";

pub(super) fn flag(name: &FlagName) -> Key {
    (FLAGS.to_owned(), name.to_string())
}

pub(super) fn flag_change(id: Uuid) -> Key {
    (FLAG_LOG.to_owned(), id.to_string())
}

pub(super) fn answer(tenant: &TenantId, key: &str) -> Key {
    (format!("CACHE#{tenant}#{key}"), "VALUE".to_owned())
}

/// The budget of a month and its days.
pub(super) fn budget(tenant: &TenantId, day: Date) -> Key {
    (format!("BUDGET#{tenant}"), month_of(day))
}

pub(super) fn cost_pk(tenant: &TenantId, by: CostBy) -> String {
    format!("COST#{tenant}#{}", by.name())
}

/// The cost counter of one value of `by` on a day, in the task's shard.
pub(super) fn cost(tenant: &TenantId, by: CostBy, day: Date, value: &str, task: &TaskId) -> Key {
    (cost_pk(tenant, by), format!("{day}#{value}#{}", shard_of(task.as_str(), stats::SHARDS)))
}

pub(super) const BREAKER: &str = "BREAKER#";

pub(super) fn breaker(provider: &str) -> Key {
    (format!("{BREAKER}{provider}"), "STATE".to_owned())
}

const TOTAL: &str = "TOTAL";

/// The keys of a metric's counters: for the hour of `at`, and for all time.
pub(super) fn counters(metric: Metric, shard: &str, at: Timestamp) -> [Key; 2] {
    let pk = format!("STAT#{}#{}", metric.name(), shard_of(shard, stats::SHARDS));
    let hour = at.strftime("%Y-%m-%dT%H").to_string();
    [(pk.clone(), hour), (pk, TOTAL.to_owned())]
}

/// All time's counters, of every metric.
pub(super) fn totals() -> impl Iterator<Item = Key> {
    let of = |metric: Metric| (0..stats::SHARDS).map(move |shard| format!("STAT#{}#{shard}", metric.name()));
    stats::COUNTED.into_iter().flat_map(of).map(|pk| (pk, TOTAL.to_owned()))
}

pub(super) fn is_counted_under(metric: Metric, pk: &str) -> bool {
    pk.strip_prefix("STAT#").and_then(|rest| rest.rsplit_once('#')).is_some_and(|(name, _)| name == metric.name())
}

/// The newest sorts first, right behind `META`. The first 9999 have four digits, as in earlier releases; later ones sort
/// before them, because `!` sorts before every digit.
pub(super) fn revision(task: &TaskId, number: u32) -> Key {
    let sort = match 9999_u32.checked_sub(number) {
        Some(left) => format!("{REVISIONS}{left:04}"),
        None => format!("{REVISIONS}!{:010}", u32::MAX - number),
    };
    (task_pk(task), sort)
}

/// All checkpoints of a round begin with this.
pub(super) fn round(round: u32) -> String {
    format!("STAGE#{round}#")
}

pub(super) fn checkpoint(task: &TaskId, of_round: u32, number: u8) -> Key {
    (task_pk(task), format!("{}{number}", round(of_round)))
}

pub(super) fn claim(claim: &Claim) -> Key {
    (format!("IDEM#{}#{}", claim.tenant, claim.name), "CLAIM".to_owned())
}

pub(super) fn slug(tenant: &TenantId, slug: &Slug) -> Key {
    (format!("{SLUG_PREFIX}{tenant}#{}", slug.as_str()), "LIVE".to_owned())
}

pub(super) const RECEIPT: &str = "RECEIPT";

pub(super) fn receipt(source: &SourceKey, id: &WebhookId) -> Key {
    (format!("{HOOK_PREFIX}{source}#{id}"), RECEIPT.to_owned())
}

pub(super) fn refusals(Sender { tenant, source }: &Sender, day: Date) -> Key {
    (format!("REFUSED#{tenant}#{source}"), day.to_string())
}

pub(super) fn window(window: &Window) -> Key {
    (format!("RATE#{}#{}", window.class.name(), window.principal), window.minute.to_string())
}

pub(super) fn streams(holder: &Holder) -> Key {
    (format!("STREAMS#{}", holder.as_str()), "OPEN".to_owned())
}

pub(super) fn quota(day: &QuotaDay) -> Key {
    (format!("QUOTA#{}", day.tenant), day.date.to_string())
}

pub(super) fn api_key(id: &KeyId) -> Key {
    (format!("{KEY_PREFIX}{id}"), "KEY".to_owned())
}

pub(super) fn source(name: &SourceName) -> Key {
    let name = match name {
        SourceName::Own { tenant, source } => format!("{SOURCE_PREFIX}{tenant}#{source}"),
        SourceName::Shared(source) => format!("{SOURCE_PREFIX}{source}"),
    };
    (name, META.to_owned())
}

/// Parses a source's name from its key.
pub(super) fn source_name(pk: &str) -> Result<SourceName, InvalidId> {
    let name = pk.strip_prefix(SOURCE_PREFIX).unwrap_or_default();
    Ok(match name.split_once('#') {
        Some((tenant, source)) => SourceName::Own { tenant: tenant.parse()?, source: source.parse()? },
        None => SourceName::Shared(name.parse()?),
    })
}

/// What comes after everything that begins with `prefix`.
pub(super) fn after(prefix: &str) -> String {
    format!("{prefix}~")
}

/// The partition key of a list in `by_tenant`.
pub(super) fn list_of(tenant: &TenantId, kind: &str) -> String {
    format!("{tenant}#{kind}")
}

pub(super) fn list_sort(at: Timestamp, id: &str) -> String {
    format!("{}#{id}", sortable(at))
}

/// A time as text that sorts: always three decimals.
fn sortable(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ten_thousandth_revision_has_a_place_of_its_own_before_all_others() {
        let task = TaskId::from_uuid(Uuid::nil());
        let sort = |number| revision(&task, number).1;
        assert_eq!((sort(1).as_str(), sort(9999).as_str()), ("REV#9998", "REV#0000"), "as they are stored");
        let numbers = [1, 2, 9998, 9999, 10_000, 10_001, 1_000_000, u32::MAX];
        let sorts: Vec<String> = numbers.into_iter().map(sort).collect();
        assert!(sorts.windows(2).all(|pair| matches!(pair, [older, newer] if newer < older)), "{sorts:?}");
        assert!(sorts.iter().all(|sort| sort.as_str() > META && sort.starts_with(REVISIONS)), "{sorts:?}");
    }
}
