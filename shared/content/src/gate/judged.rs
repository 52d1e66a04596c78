//! A model's judgement beside what the detectors found. It takes no finding away: where both differ, a person decides.

use super::text::{Finding, JudgesWord};
use crate::{
    blockers::Blocker,
    quality::{Judge, Score},
};

/// What a model calls good.
const GOOD: Score = Score::clamped(70);
/// A text to which a model gives less relevance is about something else, whatever words it has.
const RELEVANT: Score = Score::clamped(30);

/// `found` with what the judge says of each cause, and what it alone saw.
pub(super) fn beside(mut found: Vec<Finding>, judge: Option<&Judge>) -> Vec<Finding> {
    let Some(judge) = judge else { return found };
    for finding in &mut found {
        finding.judge = word(judge, finding.blocker);
    }
    let is_off = judge.scores.relevance.is_some_and(|score| score < RELEVANT);
    let is_known = found.iter().any(|finding| matches!(finding.blocker, Blocker::OffSubject | Blocker::WrongLanguage));
    if is_off && !is_known {
        let judge = word(judge, Blocker::OffSubject);
        found.push(Finding { blocker: Blocker::OffSubject, quote: String::new(), place: String::new(), judge });
    }
    found
}

fn word(judge: &Judge, blocker: Blocker) -> Option<JudgesWord> {
    let scores = &judge.scores;
    let (criterion, score) = match blocker {
        Blocker::OffSubject | Blocker::WrongLanguage | Blocker::AboutWriting => ("relevance", scores.relevance),
        Blocker::WordSalad => ("clarity", scores.clarity),
        Blocker::Repetition => ("engagement", scores.engagement),
        Blocker::Truncated | Blocker::EmptyHeading | Blocker::Refusal => ("completeness", scores.completeness),
        Blocker::KeywordStuffing => ("seo_quality", scores.seo_quality),
        Blocker::NotProse => ("readability", scores.readability),
        _ => return None,
    };
    let score = score?;
    Some(JudgesWord { model: judge.model.clone(), criterion: criterion.to_owned(), score, contradicts: score >= GOOD })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::Judged;

    fn judge(relevance: u8) -> Judge {
        let scores = Judged { relevance: Some(Score::clamped(relevance)), ..Judged::default() };
        Judge { model: "a/judge".to_owned(), scores }
    }

    fn finding(blocker: Blocker) -> Finding {
        Finding { blocker, quote: "So it is.".to_owned(), place: String::new(), judge: None }
    }

    #[test]
    fn a_judge_that_contradicts_is_shown_as_such_and_takes_nothing_away() {
        let found = beside(vec![finding(Blocker::OffSubject), finding(Blocker::Copied)], Some(&judge(92)));
        let word = found[0].judge.clone().unwrap();
        assert_eq!((word.criterion.as_str(), word.score.value(), word.contradicts), ("relevance", 92, true));
        assert_eq!((found.len(), &found[1].judge), (2, &None), "of a copy it knows nothing");
        assert!(!beside(vec![finding(Blocker::OffSubject)], Some(&judge(40)))[0].judge.clone().unwrap().contradicts);
    }

    #[test]
    fn a_judge_alone_holds_back_what_is_about_something_else() {
        let found = beside(Vec::new(), Some(&judge(12)));
        assert_eq!((found.len(), found[0].blocker), (1, Blocker::OffSubject));
        assert!(!found[0].judge.clone().unwrap().contradicts);
        assert_eq!(beside(Vec::new(), Some(&judge(30))), []);
        assert_eq!(beside(Vec::new(), None), []);
        assert_eq!(beside(vec![finding(Blocker::WrongLanguage)], Some(&judge(0))).len(), 1);
    }
}
