//! Targets of articles, and where a task's article stands on each of them.

use std::collections::BTreeSet;

use galley_domain::{
    content::kind::TaskType,
    kernel::{
        ids::{Subject, TargetName},
        url::PublicUrl,
    },
    outbox::{
        manage::Tested,
        placement::{Placement, PlacementState, Resolution, Wanted},
        port::RemoteId,
        target::{Pause, Target, TargetSettings},
        trouble::Why,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A target, without its secret.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Target))]
pub struct TargetView {
    pub name: TargetName,
    pub url: PublicUrl,
    pub settings: TargetSettings,
    /// The types that go to it where a request does not say `publish_to`.
    pub default_for: BTreeSet<TaskType>,
    /// False where its address was changed without a new secret: then it pauses itself.
    pub has_secret: bool,
    /// Since when, and why, nothing is sent to it. Null: it is not paused.
    pub pause: Option<Pause>,
    /// Tries in a row that it was to blame for.
    pub failures: u32,
    pub created_at: Timestamp,
    pub created_by: Subject,
}

impl From<Target> for TargetView {
    fn from(target: Target) -> Self {
        Self {
            has_secret: target.secret.is_some(),
            name: target.name,
            url: target.url,
            settings: target.settings,
            default_for: target.default_for,
            pause: target.pause,
            failures: target.failures,
            created_at: target.created_at,
            created_by: target.created_by,
        }
    }
}

/// All of a tenant's targets, by name.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TargetList {
    pub data: Vec<TargetView>,
}

/// What a look at a target came to.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TargetTest))]
pub struct TargetTestView {
    pub ready: bool,
    /// What is in the way.
    pub trouble: Option<Why>,
    /// The same in words.
    pub message: Option<String>,
}

impl From<Tested> for TargetTestView {
    fn from(tested: Tested) -> Self {
        let trouble = match tested {
            Tested::Ready => None,
            Tested::Trouble(why) => Some(why),
        };
        Self { ready: trouble.is_none(), trouble, message: trouble.map(|why| why.to_string()) }
    }
}

/// Where a task's article stands on one target.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Placement))]
pub struct PlacementView {
    pub target: TargetName,
    pub status: PlacementState,
    /// The revision that is to stand there. Null: none, the article was taken down.
    pub revision: Option<u32>,
    /// The target's own id of the copy, once it is known.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub remote_id: Option<RemoteId>,
    /// Where readers find the copy, as the target says.
    pub remote_url: Option<String>,
    pub last_error: Option<Why>,
    /// The same in words.
    pub message: Option<String>,
    /// Tries in all.
    pub attempts: u32,
    pub next_try_at: Option<Timestamp>,
    pub updated_at: Timestamp,
}

impl From<Placement> for PlacementView {
    fn from(placement: Placement) -> Self {
        let (remote_id, remote_url) = placement.remote.map(|remote| (remote.id, remote.url)).unzip();
        Self {
            target: placement.target,
            status: placement.state,
            revision: match placement.wanted {
                Wanted::Live { revision, .. } => Some(revision),
                Wanted::Gone => None,
            },
            remote_id,
            remote_url: remote_url.flatten(),
            last_error: placement.last_error,
            message: placement.last_error.map(|why| why.to_string()),
            attempts: placement.attempts,
            next_try_at: placement.next_at,
            updated_at: placement.updated_at,
        }
    }
}

/// All of a task's targets, by name.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlacementList {
    pub data: Vec<PlacementView>,
}

/// What is to be done about a placement that rests.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlacementRetry {
    /// For a copy that was changed there by hand. Without it the target is tried again, and what is changed there stays a conflict.
    #[serde(default)]
    pub resolution: Option<Resolution>,
}
