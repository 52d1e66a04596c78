//! The stages as data: what goes in is hashed, what comes out is kept, and the same input never does the work twice.

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{
    models::phase::Phase,
    task::{
        record::{Progress, progress},
        store::Checkpoint,
    },
};

/// One step of the work, and the place of its checkpoint within the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// One of the searches, from 0 on.
    Research(u8),
    Outline,
    Draft,
    /// Of the first draft (0), or of a refinement (from 1 on).
    Assess(u8),
    Refine(u8),
    Image,
    References,
    Display,
    Finalize,
}

impl Stage {
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Research(nth) => nth,
            Self::Outline => 10,
            Self::Draft => 20,
            Self::Assess(nth) => 30 + nth,
            Self::Refine(nth) => 50 + nth,
            Self::Image => 70,
            Self::References => 71,
            Self::Display => 72,
            Self::Finalize => 80,
        }
    }

    /// The phase that it belongs to; costs and progress are told by phase.
    pub(super) const fn phase(self) -> Phase {
        match self {
            Self::Research(_) => Phase::Research,
            Self::Outline => Phase::Outline,
            Self::Draft => Phase::Draft,
            Self::Assess(_) => Phase::Assess,
            Self::Refine(_) => Phase::Refine,
            Self::Image | Self::References | Self::Display | Self::Finalize => Phase::Finalize,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        self.phase().name()
    }

    /// Whether there is a draft by then, which is paid for and can be shown to a person as it is.
    pub(super) const fn follows_the_draft(self) -> bool {
        match self {
            Self::Research(_) | Self::Outline | Self::Draft => false,
            Self::Assess(_) | Self::Refine(_) | Self::Image | Self::References | Self::Display | Self::Finalize => true,
        }
    }

    /// Shown to whoever waits, once the step begins.
    pub(super) fn progress(self) -> Progress {
        let (percentage, message) = match self {
            Self::Research(_) => (10, "Looking for sources".to_owned()),
            Self::Outline => (20, "Planning the text".to_owned()),
            Self::Draft => (30, "Writing the draft".to_owned()),
            Self::Assess(0) => (55, "Assessing the draft".to_owned()),
            Self::Assess(nth) => (58 + 8 * nth.min(3), format!("Assessing refinement {nth}")),
            Self::Refine(nth) => (54 + 8 * nth.min(3), format!("Refining the draft, {nth}")),
            Self::Image | Self::References | Self::Display => (88, "Choosing what is shown, checking links".to_owned()),
            Self::Finalize => (95, "Finishing the draft".to_owned()),
        };
        progress(self.name(), percentage, &message)
    }
}

/// The most that a step may leave, in bytes of JSON: its checkpoint is one item of the table, and that takes 400 KB.
pub(super) const MOST_KEPT: usize = 300 * 1024;

/// Whether a step's result can be kept. Asked before the call is settled: what cannot be kept is refused, not lost.
pub(super) fn can_be_kept(output: &impl Serialize) -> bool {
    serde_json::to_vec(output).is_ok_and(|json| json.len() <= MOST_KEPT)
}

/// Changes whenever anything that a stage depends on does.
pub(super) fn input_hash(stage: Stage, input: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut hash = Sha256::new();
    hash.update([stage.number()]);
    hash.update(stage.name());
    hash.update(serde_json::to_vec(input)?);
    Ok(hex::encode(hash.finalize()))
}

/// What an earlier attempt made of the same input. A checkpoint that no longer reads is as good as none.
pub(super) fn reusable<T: DeserializeOwned>(checkpoints: &[Checkpoint], stage: Stage, input_hash: &str) -> Option<T> {
    checkpoints
        .iter()
        .find(|checkpoint| checkpoint.number == stage.number() && checkpoint.input_hash == input_hash)
        .and_then(|checkpoint| serde_json::from_value(checkpoint.output.clone()).ok())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn only_the_same_stage_with_the_same_input_is_reused() {
        let hash = input_hash(Stage::Draft, &"in").unwrap();
        let kept = [Checkpoint {
            round: 1,
            number: Stage::Draft.number(),
            input_hash: hash.clone(),
            output: serde_json::json!("out"),
            at: Timestamp::UNIX_EPOCH,
        }];
        assert_eq!(reusable::<String>(&kept, Stage::Draft, &hash), Some("out".to_owned()));
        assert_eq!(reusable::<String>(&kept, Stage::Assess(0), &hash), None);
        assert_eq!(reusable::<String>(&kept, Stage::Draft, &input_hash(Stage::Draft, &"other").unwrap()), None);
        assert_eq!(reusable::<u32>(&kept, Stage::Draft, &hash), None);
    }

    #[test]
    fn no_two_steps_share_a_place_and_the_work_never_seems_to_go_backwards() {
        let mut steps = vec![Stage::Research(0), Stage::Research(1), Stage::Outline, Stage::Draft, Stage::Assess(0)];
        steps.extend((1..=3).flat_map(|nth| [Stage::Refine(nth), Stage::Assess(nth)]));
        steps.extend([Stage::Image, Stage::References, Stage::Display, Stage::Finalize]);
        let numbers: std::collections::BTreeSet<u8> = steps.iter().map(|stage| stage.number()).collect();
        assert_eq!(numbers.len(), steps.len());
        let shown: Vec<u8> = steps.iter().map(|stage| stage.progress().percentage).collect();
        assert!(shown.is_sorted(), "{shown:?}");
    }

    #[test]
    fn equal_inputs_of_two_stages_hash_apart() {
        assert_ne!(input_hash(Stage::Draft, &"in").unwrap(), input_hash(Stage::Assess(0), &"in").unwrap());
    }
}
