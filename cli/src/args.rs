//! What can be said to `galley`.

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    command::{
        acts, admin, agents, calendar, comments, dev, dlq, doctor, intent, listen, money, operator, raw, review,
        schedules, session, targets, tasks, tenant, tenants, webhooks,
    },
    help,
    output::Output,
};

const AFTER: &str = "\
First steps, with the stack of `galley dev run` in another terminal of its clone:
  galley login --key-file .galley/keys.json --as editor
  galley tasks create \"How HTTP caching works\" --wait
  galley review next

`galley COMMAND --help` says the rest of a command, `galley man COMMAND` has it as a page.
Which Galley: GALLEY_URL and GALLEY_TOKEN, then --profile, then the profile in use, then http://127.0.0.1:8787.
Exit codes: 0 done, 1 failed, 2 stopped, 4 a key is needed.";

/// Galley in the terminal: ask for articles, review them, publish them, look after the system.
#[derive(Debug, Parser)]
#[command(name = "galley", version, after_help = AFTER, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Say everything as JSON
    #[arg(long, global = true)]
    json: bool,
    /// Use this profile
    #[arg(long, global = true, env = "GALLEY_PROFILE", value_name = "NAME")]
    pub(crate) profile: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Log in: keep the address of a Galley and a key for it
    Login(session::Login),
    /// Forget a profile
    Logout(session::Logout),
    /// Show who you are, and where
    Whoami,
    /// List the profiles, or use another
    Profiles(session::Choose),
    /// Ask for content, and see what comes of it
    #[command(subcommand)]
    Tasks(tasks::Tasks),
    /// See what people say of a text, and say something
    #[command(subcommand)]
    Comments(comments::Comments),
    /// Read drafts and decide on them
    #[command(subcommand)]
    Review(review::Review),
    /// Bring an older revision back as the live article
    Publish(review::Publish),
    /// Publish what is approved at another hour, or now
    Schedule(review::Schedule),
    /// Take a live article down for good
    ///
    /// Its text stays in its history, and goes live again by a new task alone.
    Unpublish(review::Unpublish),
    /// Show what was spent
    Costs(money::Costs),
    /// List your limits, and what is left of them
    Usage,
    /// Price a task before it is made
    Estimate(tasks::Request),
    /// Ask for content in a sentence, and take of it what you want
    ///
    /// Nothing is made before you take what is proposed.
    Intent(intent::Intent),
    /// List who made, changed and ended what; for admins and operators
    ///
    /// What admins, and editors of schedules, have done, the newest first, for 400 days.
    Acts(acts::Acts),
    /// Look after API keys; for admins
    #[command(subcommand)]
    Keys(admin::Keys),
    /// Look after the people who may sign in; for admins
    #[command(subcommand)]
    People(admin::People),
    /// Look after sources of webhooks; for admins
    #[command(subcommand)]
    Sources(admin::Sources),
    /// Show or change the tenant's settings; for admins
    #[command(subcommand)]
    Settings(tenant::Settings),
    /// Show or change a tenant's limits; for operators
    #[command(subcommand)]
    Limits(tenant::Limits),
    /// List tenants, stop one, see what each has spent; for operators
    #[command(subcommand)]
    Tenants(tenants::Tenants),
    /// Look at a task of any tenant, send for it or end it; for operators
    #[command(subcommand)]
    Inspect(tenants::Inspect),
    /// Show or turn flags; for operators
    #[command(subcommand)]
    Flags(tenant::Flags),
    /// Export or erase what is kept of somebody; for admins
    #[command(subcommand)]
    Privacy(tenant::Privacy),
    /// Send a webhook as a source does
    #[command(subcommand)]
    Webhooks(webhooks::Webhooks),
    /// Show what was sent to a callback_url, and send it again
    #[command(subcommand)]
    Deliveries(webhooks::Deliveries),
    /// Get events on this machine as a callback_url would get them
    ///
    /// They are pulled, and posted to a program of yours. It takes an admin's key; `galley api GET
    /// /api/admin/callback-secret` shows what signs them.
    Listen(listen::Listen),
    /// Look after where articles go: WordPress, Git, Mastodon, Bluesky
    #[command(subcommand)]
    Targets(targets::Targets),
    /// See who may do a phase of a task; admins keep agents and prompts
    #[command(subcommand)]
    Agents(agents::Agents),
    /// Look after schedules, which make tasks by themselves
    #[command(subcommand)]
    Schedules(schedules::Schedules),
    /// Show what is planned, in work, waiting, scheduled and live
    Calendar(calendar::Calendar),
    /// Look after the calendar's secret addresses; for admins
    ///
    /// Programs that show calendars read them.
    #[command(subcommand)]
    Feeds(calendar::Feeds),
    /// List what is overdue, and why; for operators
    Stuck(operator::Stuck),
    /// Dead letters, and what was given up; for operators
    #[command(subcommand)]
    Dlq(dlq::Dlq),
    /// Show the state of every part; for operators
    Health,
    /// Look for what is wrong, and name the runbook's part for it
    Doctor(doctor::Doctor),
    /// Make any request of the API
    Api(raw::Api),
    /// Run the local stack of your clone, also to practise bad nights
    #[command(subcommand)]
    Dev(dev::Dev),
    /// Print the completion of a shell
    Completion(raw::Completion),
    /// Print a man page: galley man | man -l -
    Man(raw::Man),
}

impl Arguments {
    /// What was said, or what clap says of it.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let mut command = help::grouped(Self::command());
        let matches = command.try_get_matches_from_mut(std::env::args_os())?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }

    pub(crate) fn output(&self) -> Output {
        Output::new(self.json.then_some(()))
    }
}
