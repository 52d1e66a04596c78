//! What is particular to one tenant. A tenant that nobody said anything about has none of it.

use serde::{Deserialize, Serialize};

use crate::{
    content::quality::{Method, Score},
    limits::DayQuota,
    money::MicroUsd,
    revision::DEFAULT_QUALITY_BAR,
};

/// All of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub limits: Overrides,
    pub policy: Policy,
}

/// How a tenant wants its content made. Its own admins decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// What scores below is refined, and is not published without an override.
    pub quality_bar: Score,
    /// `None`: what the task's preference says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Method>,
    /// Whether what is said to models and by them is kept.
    pub keep_model_texts: bool,
    /// Whether a draft that asked for it (`publish_mode`) and that nothing speaks against is published without a person.
    pub auto_publish: bool,
    /// Whether the same question may get the answer that the tenant paid for within the last day.
    pub reuse_answers: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            quality_bar: Score::clamped(DEFAULT_QUALITY_BAR),
            assessment: None,
            keep_model_texts: false,
            auto_publish: false,
            reuse_answers: false,
        }
    }
}

/// What may be spent at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    pub task: MicroUsd,
    pub day: MicroUsd,
    pub month: MicroUsd,
}

/// Limits in place of those of the deployment. Only an operator sets them: no tenant raises its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_per_minute: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_per_minute: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk_per_minute: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_tasks_per_day: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_tasks_per_day: Option<Limit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd_per_task: Option<MicroUsd>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd_per_day: Option<MicroUsd>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd_per_month: Option<MicroUsd>,
}

/// 1 to 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Limit(u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 1000000")]
pub struct InvalidLimit;

impl TryFrom<u32> for Limit {
    type Error = InvalidLimit;
    fn try_from(limit: u32) -> Result<Self, InvalidLimit> {
        if (1..=1_000_000).contains(&limit) { Ok(Self(limit)) } else { Err(InvalidLimit) }
    }
}

impl From<Limit> for u32 {
    fn from(limit: Limit) -> u32 {
        limit.0
    }
}

/// The limits of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub create_per_minute: u32,
    pub read_per_minute: u32,
    pub bulk_per_minute: u32,
    pub quota: DayQuota,
}

impl Overrides {
    pub fn create(&self, usual: u32) -> u32 {
        self.create_per_minute.map_or(usual, u32::from)
    }

    pub fn read(&self, usual: u32) -> u32 {
        self.read_per_minute.map_or(usual, u32::from)
    }

    pub fn bulk(&self, usual: u32) -> u32 {
        self.bulk_per_minute.map_or(usual, u32::from)
    }

    pub fn quota(&self, usual: DayQuota) -> DayQuota {
        DayQuota {
            user: self.user_tasks_per_day.map_or(usual.user, u32::from),
            organisation: self.org_tasks_per_day.map_or(usual.organisation, u32::from),
        }
    }

    pub fn caps(&self, usual: Caps) -> Caps {
        Caps {
            task: self.usd_per_task.unwrap_or(usual.task),
            day: self.usd_per_day.unwrap_or(usual.day),
            month: self.usd_per_month.unwrap_or(usual.month),
        }
    }

    pub fn of(&self, usual: Limits) -> Limits {
        Limits {
            create_per_minute: self.create(usual.create_per_minute),
            read_per_minute: self.read(usual.read_per_minute),
            bulk_per_minute: self.bulk(usual.bulk_per_minute),
            quota: self.quota(usual.quota),
        }
    }
}
