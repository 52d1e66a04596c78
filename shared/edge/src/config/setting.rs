//! All settings of all functions. The table of docs/configuration.md documents them; tests compare this list, the table,
//! the template and what each function reads.

use std::fmt;

macro_rules! settings {
    ($($variant:ident $name:literal;)+) => {
        /// One setting, by the environment variable that holds it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Setting {
            $($variant,)+
        }

        impl Setting {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The variant's name.
            pub const fn variant(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                }
            }
        }
    };
}

settings! {
    Log "GALLEY_LOG";
    Stage "GALLEY_STAGE";
    Collector "OTEL_EXPORTER_OTLP_ENDPOINT";
    Table "GALLEY_TABLE";
    WorkQueueUrl "GALLEY_WORK_QUEUE_URL";
    QuickQueueUrl "GALLEY_QUICK_QUEUE_URL";
    WorkDlqUrl "GALLEY_WORK_DLQ_URL";
    QuickDlqUrl "GALLEY_QUICK_DLQ_URL";
    OwnQueueUrl "GALLEY_OWN_QUEUE_URL";
    OwnDlqUrl "GALLEY_DLQ_URL";
    CreatePerMinute "GALLEY_CREATE_PER_MINUTE";
    ReadPerMinute "GALLEY_READ_PER_MINUTE";
    StreamsPerPrincipal "GALLEY_STREAMS_PER_PRINCIPAL";
    BulkPerMinute "GALLEY_BULK_PER_MINUTE";
    SessionReadPerMinute "GALLEY_SESSION_READ_PER_MINUTE";
    DecidePerMinute "GALLEY_DECIDE_PER_MINUTE";
    EditPerMinute "GALLEY_EDIT_PER_MINUTE";
    AdminPerMinute "GALLEY_ADMIN_PER_MINUTE";
    EstimatePerMinute "GALLEY_ESTIMATE_PER_MINUTE";
    RedeliverPerMinute "GALLEY_REDELIVER_PER_MINUTE";
    WebhooksPerMinute "GALLEY_WEBHOOKS_PER_MINUTE";
    FeedPerMinute "GALLEY_FEED_PER_MINUTE";
    AuthPerMinute "GALLEY_AUTH_PER_MINUTE";
    UserTasksPerDay "GALLEY_USER_TASKS_PER_DAY";
    OrgTasksPerDay "GALLEY_ORG_TASKS_PER_DAY";
    UsdPerTask "GALLEY_USD_PER_TASK";
    UsdPerDay "GALLEY_USD_PER_DAY";
    UsdPerMonth "GALLEY_USD_PER_MONTH";
    TokensPerDay "GALLEY_TOKENS_PER_DAY";
    LeaseSeconds "GALLEY_LEASE_SECONDS";
    AttemptSeconds "GALLEY_ATTEMPT_SECONDS";
    MaxAttempts "GALLEY_MAX_ATTEMPTS";
    OutageSeconds "GALLEY_OUTAGE_SECONDS";
    LlmCallSeconds "GALLEY_LLM_CALL_SECONDS";
    SearchSeconds "GALLEY_SEARCH_SECONDS";
    LinkSeconds "GALLEY_LINK_SECONDS";
    CallbackSeconds "GALLEY_CALLBACK_SECONDS";
    CatalogueFile "GALLEY_CATALOGUE_FILE";
    LlmBaseUrl "GALLEY_LLM_BASE_URL";
    LlmModel "GALLEY_LLM_MODEL";
    LlmInputPrice "GALLEY_LLM_INPUT_PRICE";
    LlmOutputPrice "GALLEY_LLM_OUTPUT_PRICE";
    Bedrock "GALLEY_BEDROCK";
    DefaultTenant "GALLEY_DEFAULT_TENANT";
    JwtIssuers "GALLEY_JWT_ISSUERS";
    GithubClientId "GALLEY_GITHUB_CLIENT_ID";
    GithubRedirectUrl "GALLEY_GITHUB_REDIRECT_URL";
    GithubUrl "GALLEY_GITHUB_URL";
    GithubApiUrl "GALLEY_GITHUB_API_URL";
    CallbackStandIns "GALLEY_CALLBACK_STAND_INS";
    ProviderKeys "GALLEY_PROVIDER_KEYS";
    CursorSecret "GALLEY_CURSOR_SECRET";
    CallbackSecret "GALLEY_CALLBACK_SECRET";
    SessionSecret "GALLEY_SESSION_SECRET";
    GithubSecret "GALLEY_GITHUB_SECRET";
    WebhookSecretPrefix "GALLEY_WEBHOOK_SECRET_PREFIX";
    SiteHosts "GALLEY_SITE_HOSTS";
    SiteUrl "GALLEY_SITE_URL";
    Contact "GALLEY_CONTACT";
    TargetSecretPrefix "GALLEY_TARGET_SECRET_PREFIX";
}

impl Setting {
    /// The settings that helper functions read, by the helper's name in the code.
    pub const READ_BY: &'static [(&'static str, &'static [Self])] = &[
        (".timings()", &[Self::LeaseSeconds]),
        (".clock()", &[Self::LeaseSeconds]),
        (".table()", &[Self::Table]),
        (".work_queue()", &[Self::WorkQueueUrl]),
        (".quick_queue()", &[Self::QuickQueueUrl]),
        (".queues()", &[Self::WorkQueueUrl, Self::QuickQueueUrl]),
        (".cursors(", &[Self::CursorSecret]),
        ("Issuers::from_settings(", &[Self::JwtIssuers, Self::SessionSecret]),
        (".counter(", Self::LIMITS),
        (".limits()", Self::LIMITS),
        (".quota()", &[Self::UserTasksPerDay, Self::OrgTasksPerDay]),
        (".caps()", &[Self::UsdPerTask, Self::UsdPerDay, Self::UsdPerMonth, Self::TokensPerDay]),
        (".known_models()", &[Self::CatalogueFile, Self::LlmModel]),
        (
            ".model_access(",
            &[
                Self::CatalogueFile,
                Self::LlmBaseUrl,
                Self::LlmModel,
                Self::LlmInputPrice,
                Self::LlmOutputPrice,
                Self::ProviderKeys,
                Self::Bedrock,
            ],
        ),
        ("start::run(", &[Self::Log, Self::Stage, Self::Collector]),
    ];

    const LIMITS: &'static [Self] = &[
        Self::CreatePerMinute,
        Self::ReadPerMinute,
        Self::BulkPerMinute,
        Self::SessionReadPerMinute,
        Self::DecidePerMinute,
        Self::EditPerMinute,
        Self::AdminPerMinute,
        Self::EstimatePerMinute,
        Self::RedeliverPerMinute,
        Self::UserTasksPerDay,
        Self::OrgTasksPerDay,
    ];
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
