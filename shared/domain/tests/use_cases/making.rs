//! How a text was made, as its article says it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

use galley_domain::{
    models::{
        id::ModelId,
        phase::{Phase, Routed},
    },
    task::{
        making::{DigitalSourceType, Making},
        record::{Approval, Decision, Task},
        revision::{Author, Revision},
        state::TaskState,
    },
};
use galley_testkit::build::{a_task, context, revision, subject};
use jiff::SignedDuration;
use serde_json::json;

fn made(fields: serde_json::Value, models: &[Phase], author: Author) -> Making {
    let mut task = a_task().asking(fields).accepted().task;
    let model: ModelId = "fake/writer".to_owned().try_into().unwrap();
    for phase in models {
        let routed = Routed { model: model.clone(), asked: None, reason: None, reused: false };
        task.models.insert(*phase, routed);
    }
    Making::of(&task, &Revision { author, ..revision(1, "A title", task.created_at) })
}

#[test]
fn what_a_model_wrote_is_never_called_a_persons() {
    use DigitalSourceType::{AlgorithmicMedia, CompositeSynthetic, DigitalCreation, TrainedAlgorithmicMedia};
    let person = || Author::Person { subject: subject("ana") };
    let model = || Author::Model {
        model: "writer".to_owned().try_into().unwrap(),
        provider: Some("fake".to_owned().try_into().unwrap()),
    };
    let cases = [
        (json!({}), &[][..], person(), Some(DigitalCreation)),
        (json!({}), &[Phase::Draft][..], person(), Some(CompositeSynthetic)),
        (json!({}), &[Phase::Draft, Phase::Refine][..], model(), Some(TrainedAlgorithmicMedia)),
        (json!({}), &[][..], model(), Some(TrainedAlgorithmicMedia)),
        (json!({}), &[][..], Author::Outline, Some(AlgorithmicMedia)),
        (json!({}), &[Phase::Draft][..], Author::Cleaner { revision: None }, Some(TrainedAlgorithmicMedia)),
        (json!({"generator": "external"}), &[][..], Author::External { subject: subject("webhook-cms") }, None),
        (json!({"generator": "external"}), &[][..], person(), None),
    ];
    for (fields, models, author, expected) in cases {
        let making = made(fields, models, author.clone());
        assert_eq!(making.digital_source_type, expected, "{author:?}");
        assert_eq!(making.is_disclosed(), expected != Some(DigitalCreation), "{author:?}");
    }
    assert_eq!(made(json!({}), &[], model()).models.len(), 1, "a task of before knows no models");
    let assessed = made(json!({}), &[Phase::Assess, Phase::Draft], model()).models;
    assert_eq!(assessed.iter().map(|used| used.phase).collect::<Vec<_>>(), [Phase::Draft], "who judged wrote nothing");
}

#[test]
fn only_a_person_who_approved_this_very_text_has_reviewed_it() {
    let mut task = a_task().accepted().task;
    let revision = revision(2, "A title", task.created_at);
    let at = task.created_at + SignedDuration::from_hours(1);
    let approval = |decision, number, words: &str| Approval {
        decision,
        reviewer_id: subject("ben"),
        human_feedback: words.to_owned(),
        revision: number,
        content_hash: String::new(),
        overrode: Vec::new(),
        at,
    };
    let reviewed = |task: &Task| Making::of(task, &revision).reviewed_at;
    assert_eq!(reviewed(&task), None);
    for (decision, number, words, expected) in [
        (Decision::Approved, 2, "Reads well to me.", Some(at)),
        (Decision::Approved, 1, "Reads well to me.", None),
        (Decision::ChangesRequested, 2, "Shorter, please.", None),
    ] {
        task.approval = Some(approval(decision, number, words));
        assert_eq!(reviewed(&task), expected, "{decision:?} {number}");
    }
    task.state = TaskState::Generating;
    let (unattended, _) = task.auto_approved(&revision, &context(at)).unwrap();
    assert_eq!(reviewed(&unattended), None, "the tenant's policy reads nothing");
}

#[test]
fn the_words_are_those_of_the_published_vocabulary() {
    let word = |kind| serde_json::to_value(kind).unwrap();
    assert_eq!(word(DigitalSourceType::TrainedAlgorithmicMedia), "trainedAlgorithmicMedia");
    assert_eq!(word(DigitalSourceType::CompositeSynthetic), "compositeSynthetic");
    assert_eq!(word(DigitalSourceType::AlgorithmicMedia), "algorithmicMedia");
    assert_eq!(word(DigitalSourceType::DigitalCreation), "digitalCreation");
}
