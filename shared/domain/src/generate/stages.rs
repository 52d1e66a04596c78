//! The stages as data: what goes in is hashed, what comes out is kept, and the same input never does the work twice.

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::ports::Checkpoint;

/// In their order; the number is the checkpoint's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Draft,
    Assess,
    Finalize,
}

impl Stage {
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Draft => 1,
            Self::Assess => 2,
            Self::Finalize => 3,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Assess => "assess",
            Self::Finalize => "finalize",
        }
    }

    /// Shown to whoever waits, once the stage begins.
    pub(super) const fn percentage(self) -> u8 {
        match self {
            Self::Draft => 10,
            Self::Assess => 70,
            Self::Finalize => 90,
        }
    }
}

/// Changes whenever anything that a stage depends on does.
pub(super) fn input_hash(stage: Stage, input: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut hash = Sha256::new();
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
            number: 1,
            input_hash: hash.clone(),
            output: serde_json::json!("out"),
            at: Timestamp::UNIX_EPOCH,
        }];
        assert_eq!(reusable::<String>(&kept, Stage::Draft, &hash), Some("out".to_owned()));
        assert_eq!(reusable::<String>(&kept, Stage::Assess, &hash), None);
        assert_eq!(reusable::<String>(&kept, Stage::Draft, &input_hash(Stage::Draft, &"other").unwrap()), None);
        assert_eq!(reusable::<u32>(&kept, Stage::Draft, &hash), None);
    }

    #[test]
    fn equal_inputs_of_two_stages_hash_apart() {
        assert_ne!(input_hash(Stage::Draft, &"in").unwrap(), input_hash(Stage::Assess, &"in").unwrap());
    }
}
