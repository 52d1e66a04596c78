//! What admins and operators do, by name.

use crate::rule::choice;

choice!(
    /// What an admin, an editor of schedules or an operator did.
    ActKind {
        KeyMade => "key_made",
        KeyRevoked => "key_revoked",
        SourceMade => "source_made",
        SourceRotated => "source_rotated",
        SourceRemoved => "source_removed",
        TargetMade => "target_made",
        TargetChanged => "target_changed",
        TargetRemoved => "target_removed",
        AgentMade => "agent_made",
        AgentChanged => "agent_changed",
        AgentRemoved => "agent_removed",
        PromptMade => "prompt_made",
        LabelMoved => "label_moved",
        AliasMoved => "alias_moved",
        AliasRemoved => "alias_removed",
        FeedMade => "feed_made",
        FeedRevoked => "feed_revoked",
        ScheduleMade => "schedule_made",
        ScheduleChanged => "schedule_changed",
        ScheduleRemoved => "schedule_removed",
        ScheduleRun => "schedule_run",
        OccurrenceSkipped => "occurrence_skipped",
        PersonSet => "person_set",
        PersonRemoved => "person_removed",
        SettingsChanged => "settings_changed",
        SettingsReverted => "settings_reverted",
        LimitsChanged => "limits_changed",
        LimitsReverted => "limits_reverted",
        FlagSet => "flag_set",
        FlagReverted => "flag_reverted",
        TenantListed => "tenant_listed",
        TenantSuspended => "tenant_suspended",
        TenantResumed => "tenant_resumed",
        ExportAsked => "export_asked",
        ErasureAsked => "erasure_asked",
        TaskKicked => "task_kicked",
        TaskCancelled => "task_cancelled",
        CostCorrected => "cost_corrected",
        EndedRedriven => "ended_redriven",
        LettersRedriven => "letters_redriven",
        LetterRedriven => "letter_redriven",
        LetterDiscarded => "letter_discarded",
    }
);

impl ActKind {
    /// Whether what it is done to is a person, by the name that they have.
    pub const fn is_of_person(self) -> bool {
        matches!(self, Self::PersonSet | Self::PersonRemoved)
    }
}
