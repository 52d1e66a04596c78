//! Stand-ins of social networks, each on a port of its own: they hold what the networks document (docs/targets.md has each rule with its
//! source), refuse what breaks it, and show on a page what arrived. What is posted there is gone with the process.

pub mod bluesky;
pub mod mastodon;
mod wire;

pub use crate::networks::wire::Running;
use crate::{error::StackError, options::Options};

/// Starts them all beside a stack, which reaches them under their names.
///
/// # Errors
/// When no port is free.
pub async fn beside(options: &mut Options) -> Result<Vec<Running>, StackError> {
    let (mastodon, bluesky) = (mastodon::Mastodon::start().await?, bluesky::Bluesky::start().await?);
    let stand_ins = options.parameters.entry("CallbackStandIns".to_owned()).or_default();
    for stand_in in [mastodon.stand_in(), bluesky.stand_in()] {
        if !stand_ins.is_empty() && !stand_ins.ends_with(',') {
            stand_ins.push(',');
        }
        stand_ins.push_str(&stand_in);
    }
    Ok(vec![mastodon.running(), bluesky.running()])
}
