//! The commands: each is requests to the API, and what is said of the answers.

mod edit;
pub(crate) mod money;
pub(crate) mod review;
pub(crate) mod session;
pub(crate) mod tasks;

use crate::{
    args::{Arguments, Command},
    context::Context,
    fail::Failure,
    session::Session,
};

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let output = arguments.output();
    match &arguments.command {
        Command::Login(login) => return login.run(output, arguments.profile.as_deref()).await,
        Command::Logout(logout) => return logout.run(output, arguments.profile.as_deref()).await,
        Command::Profiles(choose) => return choose.run(output),
        _ => (),
    }
    let context = Context { output, session: Session::find(arguments.profile.as_deref())? };
    match &arguments.command {
        Command::Login(_) | Command::Logout(_) | Command::Profiles(_) => Ok(()),
        Command::Whoami => session::whoami(&context).await,
        Command::Tasks(tasks) => tasks.run(&context).await,
        Command::Review(review) => review.run(&context).await,
        Command::Publish(publish) => publish.run(&context).await,
        Command::Unpublish(unpublish) => unpublish.run(&context).await,
        Command::Costs(costs) => costs.run(&context).await,
        Command::Usage => money::usage(&context).await,
        Command::Estimate(request) => money::estimate(request, &context).await,
    }
}
