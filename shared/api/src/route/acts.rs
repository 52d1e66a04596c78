//! Which routes administer, and what each of them does.

use super::Route;
use crate::act::ActKind;

impl Route {
    /// The act that a request of this route leaves on record, where it changes something. `None`: it administers nothing, or reads.
    pub const fn act(self) -> Option<ActKind> {
        Some(match self {
            Self::MakeKey => ActKind::KeyMade,
            Self::RevokeKey => ActKind::KeyRevoked,
            Self::MakeSource => ActKind::SourceMade,
            Self::RotateSource => ActKind::SourceRotated,
            Self::RemoveSource => ActKind::SourceRemoved,
            Self::MakeTarget => ActKind::TargetMade,
            Self::PatchTarget => ActKind::TargetChanged,
            Self::RemoveTarget => ActKind::TargetRemoved,
            Self::MakeAgent => ActKind::AgentMade,
            Self::PatchAgent => ActKind::AgentChanged,
            Self::RemoveAgent => ActKind::AgentRemoved,
            Self::MakePrompt => ActKind::PromptMade,
            Self::MoveLabel => ActKind::LabelMoved,
            Self::MoveAlias => ActKind::AliasMoved,
            Self::RemoveAlias => ActKind::AliasRemoved,
            Self::MakeFeed => ActKind::FeedMade,
            Self::RevokeFeed => ActKind::FeedRevoked,
            Self::MakeSchedule => ActKind::ScheduleMade,
            Self::PatchSchedule => ActKind::ScheduleChanged,
            Self::RemoveSchedule => ActKind::ScheduleRemoved,
            Self::RunSchedule => ActKind::ScheduleRun,
            Self::SkipOccurrence => ActKind::OccurrenceSkipped,
            Self::PutPerson => ActKind::PersonSet,
            Self::RemovePerson => ActKind::PersonRemoved,
            Self::PatchSettings => ActKind::SettingsChanged,
            Self::RevertSettings => ActKind::SettingsReverted,
            Self::SetLimits | Self::PatchLimits => ActKind::LimitsChanged,
            Self::RevertLimits => ActKind::LimitsReverted,
            Self::SetFlag => ActKind::FlagSet,
            Self::RevertFlag => ActKind::FlagReverted,
            Self::MakeTenant => ActKind::TenantListed,
            Self::SuspendTenant => ActKind::TenantSuspended,
            Self::ResumeTenant => ActKind::TenantResumed,
            Self::ExportData => ActKind::ExportAsked,
            Self::EraseData => ActKind::ErasureAsked,
            Self::KickTask => ActKind::TaskKicked,
            Self::StopTask => ActKind::TaskCancelled,
            Self::CorrectCall => ActKind::CostCorrected,
            Self::RedriveEnded => ActKind::EndedRedriven,
            Self::Redrive => ActKind::LettersRedriven,
            Self::RedriveLetter => ActKind::LetterRedriven,
            Self::DiscardLetter => ActKind::LetterDiscarded,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{role::Access, route::Function};

    /// A test of a target changes nothing, here or there.
    #[test]
    fn no_route_that_administers_leaves_nothing_on_record() {
        let changes = |route: &&Route| route.method() != "GET" && route.function() == Function::Admin;
        let silent: Vec<&Route> = Route::ALL.iter().filter(changes).filter(|route| route.act().is_none()).collect();
        assert_eq!(silent, [&Route::TestTarget]);
        let of_admins =
            |route: &&Route| matches!(route.access(), Access::System | Access::Tenant(crate::role::Role::Admin));
        let elsewhere =
            |route: &&Route| route.method() != "GET" && of_admins(route) && route.function() != Function::Admin;
        assert_eq!(Route::ALL.iter().find(elsewhere), None, "what admins change stands in one function");
        assert!(Route::ALL.iter().all(|route| route.method() != "GET" || route.act().is_none()));
    }

    #[test]
    fn what_is_done_to_schedules_is_on_record() {
        let of_schedules = |route: &&Route| route.method() != "GET" && route.path().starts_with("/api/schedules");
        assert!(Route::ALL.iter().filter(of_schedules).all(|route| route.act().is_some()));
    }

    #[test]
    fn every_act_has_a_route() {
        for kind in ActKind::ALL {
            assert!(Route::ALL.iter().any(|route| route.act() == Some(*kind)), "{kind:?}");
        }
    }
}
