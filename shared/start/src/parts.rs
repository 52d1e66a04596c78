//! Parts of a function that need only settings.

#![cfg(any(feature = "dynamodb", feature = "sqs", feature = "secrets"))]

#[cfg(feature = "secrets")]
use galley_adapters::secrets::SecretsManager;
#[cfg(feature = "sqs")]
use galley_adapters::sqs::Queues;
#[cfg(feature = "dynamodb")]
use galley_adapters::{clock::SystemClock, dynamodb::Table};
#[cfg(feature = "dynamodb")]
use galley_domain::tenancy::flags::FlagCache;
use galley_edge::config::{ConfigError, Setting};
#[cfg(feature = "secrets")]
use galley_edge::cursor::Cursors;
#[cfg(feature = "dynamodb")]
use galley_edge::http::counting::Counter;

use crate::start::Start;

#[cfg(feature = "dynamodb")]
impl Start {
    pub fn table(&self) -> Result<Table, ConfigError> {
        Ok(Table::new(&self.aws, self.settings.text(Setting::Table)?))
    }

    /// Counts principals in `table`.
    pub fn counter(&self, table: &Table) -> Result<Counter<Table, SystemClock>, ConfigError> {
        let (store, clock, flags) = (table.clone(), SystemClock::default(), FlagCache::default());
        Ok(Counter { store, clock, limits: self.settings.limits()?, flags })
    }
}

#[cfg(feature = "sqs")]
impl Start {
    pub fn work_queue(&self) -> Result<Queues, ConfigError> {
        Ok(Queues::new(&self.aws).work(self.settings.text(Setting::WorkQueueUrl)?))
    }

    pub fn quick_queue(&self) -> Result<Queues, ConfigError> {
        Ok(Queues::new(&self.aws).quick(self.settings.text(Setting::QuickQueueUrl)?))
    }

    /// Both of them.
    pub fn queues(&self) -> Result<Queues, ConfigError> {
        Ok(self.work_queue()?.quick(self.settings.text(Setting::QuickQueueUrl)?))
    }
}

#[cfg(feature = "secrets")]
impl Start {
    pub fn secrets(&self) -> SecretsManager {
        SecretsManager::new(&self.aws)
    }

    pub fn cursors(&self, secrets: &SecretsManager) -> Result<Cursors<SecretsManager>, ConfigError> {
        Ok(Cursors { secrets: secrets.clone(), secret_id: self.settings.text(Setting::CursorSecret)? })
    }
}
