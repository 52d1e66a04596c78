//! The commands: each is requests to the API, and what is said of the answers.

pub(crate) mod acts;
pub(crate) mod admin;
pub(crate) mod agents;
mod assign;
pub(crate) mod calendar;
pub(crate) mod comments;
pub(crate) mod dev;
pub(crate) mod dlq;
pub(crate) mod doctor;
mod edit;
pub(crate) mod intent;
pub(crate) mod listen;
pub(crate) mod money;
pub(crate) mod operator;
pub(crate) mod raw;
mod retry;
pub(crate) mod review;
pub(crate) mod schedules;
pub(crate) mod session;
mod target_settings;
pub(crate) mod targets;
pub(crate) mod tasks;
pub(crate) mod tenant;
pub(crate) mod tenants;
mod watch;
pub(crate) mod webhooks;

use clap::CommandFactory;
use jiff::SignedDuration;

use crate::{
    args::{Arguments, Command},
    context::Context,
    fail::Failure,
    session::{Session, WHOLE_TOKEN},
};

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (output, profile) = (arguments.output(), arguments.profile.as_deref());
    match &arguments.command {
        Command::Login(login) => login.run(output, profile).await,
        Command::Logout(logout) => logout.run(output, profile).await,
        Command::Profiles(choose) => choose.run(output).await,
        Command::Dev(dev) => dev.run(),
        Command::Completion(completion) => completion.run(Arguments::command()),
        Command::Man(man) => man.run(Arguments::command(), output),
        command => {
            let session = match Session::find(profile, needs(command)).await {
                Err(Failure::NoSession(_)) if goes_without_a_key(command) => Session::without_a_key(profile)?,
                found => found?,
            };
            let done = of_a_galley(command, &Context { output, session }).await;
            done.map_err(|failure| failure.missing(known(command)))
        }
    }
}

/// How long a token must be good for.
fn needs(command: &Command) -> SignedDuration {
    let is_long = match command {
        Command::Tasks(tasks) => tasks.waits(),
        Command::Listen(_) => true,
        _ => false,
    };
    if is_long { WHOLE_TOKEN } else { SignedDuration::from_mins(1) }
}

/// Whether a session that is over is no reason not to begin.
const fn goes_without_a_key(command: &Command) -> bool {
    matches!(command, Command::Doctor(_) | Command::Api(_) | Command::Webhooks(_))
}

/// Where the things are that a command names.
const fn known(command: &Command) -> &'static str {
    match command {
        Command::Sources(_) => "`galley sources list` has the sources of your tenant.",
        Command::Targets(_) => "`galley targets list` has the targets of your tenant, `galley tasks list` its tasks.",
        Command::Schedules(_) => "`galley schedules list` has the schedules of your tenant.",
        Command::Agents(_) => "`galley agents list --all` has the agents of your tenant, for admins.",
        Command::Feeds(_) => "`galley feeds list` has the addresses of your tenant.",
        Command::Keys(_) => "`galley keys list` has the keys of your tenant.",
        Command::People(_) => "`galley people list` has the people of your tenant.",
        Command::Privacy(_) => "`galley privacy jobs` has the exports and erasures.",
        Command::Settings(_) | Command::Limits(_) | Command::Flags(_) => {
            "The `log` of the same command has the changes."
        }
        Command::Tenants(_) => "`galley tenants list` has the tenants.",
        Command::Dlq(_) => {
            "The queues are work and quick. `galley dlq letters QUEUE` has their letters, `galley dlq list` what was given up."
        }
        Command::Intent(_) => {
            "What is proposed lasts a day, for whoever wrote the sentence: ask again with `galley intent \"…\"`."
        }
        _ => {
            "`galley tasks list` has the tasks of your tenant, `galley api GET /api/content/tasks/TASK/revisions` the revisions of one; another tenant's are not found, too, and operators see a task of any tenant with `galley inspect task`."
        }
    }
}

async fn of_a_galley(command: &Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Login(_)
        | Command::Logout(_)
        | Command::Profiles(_)
        | Command::Dev(_)
        | Command::Completion(_)
        | Command::Man(_) => Ok(()),
        Command::Whoami => session::whoami(context).await,
        Command::Tasks(tasks) => tasks.run(context).await,
        Command::Comments(comments) => comments.run(context).await,
        Command::Review(review) => review.run(context).await,
        Command::Publish(publish) => publish.run(context).await,
        Command::Schedule(schedule) => schedule.run(context).await,
        Command::Unpublish(unpublish) => unpublish.run(context).await,
        Command::Costs(costs) => costs.run(context).await,
        Command::Usage => money::usage(context).await,
        Command::Estimate(request) => money::estimate(request, context).await,
        Command::Intent(intent) => intent.run(context).await,
        Command::Acts(acts) => acts.run(context).await,
        Command::Keys(keys) => keys.run(context).await,
        Command::People(people) => people.run(context).await,
        Command::Sources(sources) => sources.run(context).await,
        Command::Settings(settings) => settings.run(context).await,
        Command::Limits(limits) => limits.run(context).await,
        Command::Tenants(tenants) => tenants.run(context).await,
        Command::Inspect(inspect) => inspect.run(context).await,
        Command::Flags(flags) => flags.run(context).await,
        Command::Privacy(privacy) => privacy.run(context).await,
        Command::Webhooks(webhooks) => webhooks.run(context).await,
        Command::Deliveries(deliveries) => deliveries.run(context).await,
        Command::Listen(listen) => listen.run(context).await,
        Command::Targets(targets) => targets.run(context).await,
        Command::Agents(agents) => agents.run(context).await,
        Command::Schedules(schedules) => schedules.run(context).await,
        Command::Calendar(calendar) => calendar.run(context).await,
        Command::Feeds(feeds) => feeds.run(context).await,
        Command::Stuck(stuck) => stuck.run(context).await,
        Command::Dlq(dlq) => dlq.run(context).await,
        Command::Health => operator::health(context).await,
        Command::Doctor(doctor) => doctor.run(context).await,
        Command::Api(api) => api.run(context).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn what_is_not_found_is_looked_for_among_its_own_kind() {
        for (said, kind) in [
            ("galley sources receipts x", "galley sources list"),
            ("galley targets pause x", "galley targets list"),
            ("galley schedules show x", "galley schedules list"),
            ("galley dlq redrive x", "work and quick"),
            ("galley intent --id x", "lasts a day"),
            ("galley tasks show x", "galley tasks list"),
        ] {
            let arguments = Arguments::try_parse_from(said.split(' ')).unwrap();
            assert!(known(&arguments.command).contains(kind), "{said}");
        }
    }
}
