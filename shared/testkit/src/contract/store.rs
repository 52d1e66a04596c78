//! Everything that one table does.

use galley_domain::{
    access::{
        acts::{ActStore, Recording},
        keys::KeyStore,
        limits::LimitStore,
        people::PersonStore,
        sign_in::SessionStore,
        streams::StreamStore,
        tickets::TicketStore,
    },
    agents::store::AgentStore,
    generation::{breaker::BreakerStore, services::AnswerStore, transcript::TranscriptStore},
    intent::store::IntentStore,
    metrics::stats::StatStore,
    money::budget::CostStore,
    operations::{correction::LedgerStore, due::DueStore},
    outbox::{deliver::DeliveryStore, listen::ListenStore, placement::PlacementStore, target::TargetStore},
    plans::feed::FeedStore,
    privacy::jobs::PrivacyStore,
    publishing::{live::PublishedStore, near::NearStore},
    queue::tries::EndedStore,
    schedule::store::ScheduleStore,
    task::{assigning::AssignmentStore, comment::CommentStore, store::TaskStore},
    tenancy::{flags::FlagStore, history::HistoryStore, registry::RegistryStore, settings::TenantStore},
    webhooks::{receive::ReceiptStore, refusals::RefusalStore, source::SourceStore},
};

/// A trait that is no more than others together, with the list of them in one place.
macro_rules! all_of {
    ($(#[$doc:meta])* $name:ident: $($store:ident),+ $(,)?) => {
        $(#[$doc])*
        pub trait $name: Clone $(+ $store)+ {}

        impl<T: Clone $(+ $store)+> $name for T {}
    };
}

all_of! {
    /// Every store of the domain, in one.
    Store:
    TaskStore,
    AssignmentStore,
    CommentStore,
    LimitStore,
    PublishedStore,
    ReceiptStore,
    RefusalStore,
    DueStore,
    EndedStore,
    BreakerStore,
    KeyStore,
    SourceStore,
    DeliveryStore,
    PlacementStore,
    ListenStore,
    TargetStore,
    TenantStore,
    SessionStore,
    PersonStore,
    PrivacyStore,
    TranscriptStore,
    CostStore,
    LedgerStore,
    FlagStore,
    HistoryStore,
    RegistryStore,
    AnswerStore,
    StatStore,
    StreamStore,
    FeedStore,
    NearStore,
    TicketStore,
    ScheduleStore,
    IntentStore,
    ActStore,
    AgentStore,
    Recording,
}
