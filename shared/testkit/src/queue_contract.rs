//! What every queue does, whichever it is: messages go to their lane, what can never succeed is buried, and dead letters
//! go back without being lost or moved twice.

use std::{
    future::{Ready, ready},
    time::{Duration, Instant},
};

use galley_domain::queue::{
    dead_letters::{DeadLetters, Limit, Redrive, Redriven, SentBack, discard, list, redrive, redrive_one},
    message::{Kind, Lane, Message, Queue, QueueError, RecordQueue},
};

use uuid::Uuid;

use crate::build::{tenant, trace};

/// A queue and a look at what is in it.
#[derive(Debug)]
pub struct Queues<Q, R, D, T> {
    pub queue: Q,
    /// Of the lane `Work`.
    pub records: R,
    pub letters: D,
    /// Takes what a lane holds: bodies and receipt handles.
    pub take: T,
    /// A fake in which no time passes: what is to wait is there at once.
    pub timeless: bool,
}

/// Who does it is on record.
fn recorded() -> Ready<Result<(), QueueError>> {
    ready(Ok(()))
}

impl<Q: Queue, R: RecordQueue, D: DeadLetters, T: AsyncFn(Lane) -> Vec<(String, String)>> Queues<Q, R, D, T> {
    /// Runs every case.
    pub async fn hold(&self) {
        self.a_message_goes_to_its_lane().await;
        self.many_messages_are_answered_one_by_one().await;
        self.a_delayed_record_comes_again().await;
        self.a_message_sent_for_later_is_there_then().await;
        self.dead_letters_go_back_up_to_the_limit().await;
        self.one_letter_is_read_sent_back_or_thrown_away_and_no_other().await;
    }

    async fn bodies(&self, lane: Lane) -> Vec<String> {
        let mut bodies: Vec<String> = (self.take)(lane).await.into_iter().map(|(body, _)| body).collect();
        bodies.sort();
        bodies
    }

    async fn a_message_goes_to_its_lane(&self) {
        let (generate, publish) = (message(Kind::Generate, "a"), message(Kind::Publish, "b"));
        self.queue.send(&generate).await.unwrap();
        self.queue.send(&publish).await.unwrap();
        assert_eq!(self.bodies(Lane::Work).await, [text(&generate)]);
        assert_eq!(self.bodies(Lane::Quick).await, [text(&publish)]);
        assert!(self.bodies(Lane::Work).await.is_empty());
    }

    async fn many_messages_are_answered_one_by_one(&self) {
        let messages: Vec<Message> = (0..25)
            .map(|nth| message(if nth % 2 == 0 { Kind::Generate } else { Kind::Webhook }, &format!("m{nth:02}")))
            .collect();
        let sent = self.queue.send_all(&messages).await;
        assert_eq!((sent.len(), sent.iter().filter(|one| one.is_ok()).count()), (25, 25));
        let (work, quick) = (self.bodies(Lane::Work).await, self.bodies(Lane::Quick).await);
        assert_eq!((work.len(), quick.len()), (13, 12));
        assert!(messages.iter().all(|message| work.contains(&text(message)) || quick.contains(&text(message))));
        assert!(self.queue.send_all(&[]).await.is_empty());
    }

    async fn a_delayed_record_comes_again(&self) {
        let again = message(Kind::Generate, "again");
        self.queue.send(&again).await.unwrap();
        let taken = (self.take)(Lane::Work).await;
        assert!(self.bodies(Lane::Work).await.is_empty());
        self.records.delay(&taken[0].1, Duration::ZERO).await.unwrap();
        assert_eq!(self.bodies(Lane::Work).await, [text(&again)]);
    }

    async fn a_message_sent_for_later_is_there_then(&self) {
        let later = message(Kind::Deliver, "later");
        let (sent, delay) = (Instant::now(), Duration::from_secs(1));
        self.queue.send_after(&later, delay).await.unwrap();
        loop {
            let bodies = self.bodies(Lane::Quick).await;
            if bodies.is_empty() {
                assert!(sent.elapsed() < Duration::from_secs(20), "it never came");
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            assert!(sent.elapsed() >= delay || self.timeless, "too early");
            assert_eq!(bodies, [text(&later)]);
            return;
        }
    }

    async fn dead_letters_go_back_up_to_the_limit(&self) {
        let asked = |limit| Redrive { queue: Lane::Work, limit: Limit::try_from(limit).unwrap() };
        let redrive = async |limit| redrive(&self.letters, &self.queue, asked(limit)).await.unwrap();
        assert_eq!(redrive(10).await, Redriven::default());
        let letters: Vec<String> = (0..3).map(|nth| text(&message(Kind::Generate, &format!("d{nth}")))).collect();
        for body in letters.iter().map(String::as_str).chain(["not a message"]) {
            self.records.bury(body, "tested").await.unwrap();
        }
        assert_eq!(redrive(2).await.moved, 2);
        assert_eq!(redrive(10).await, Redriven { moved: 1, unreadable: 1 });
        assert_eq!(redrive(10).await, Redriven { moved: 0, unreadable: 1 });
        assert_eq!(self.bodies(Lane::Work).await, letters);
        // Another lane's letter is not sent where it does not belong.
        self.records.bury(&text(&message(Kind::Publish, "p")), "tested").await.unwrap();
        assert_eq!(redrive(10).await, Redriven { moved: 0, unreadable: 2 });
        assert!(self.bodies(Lane::Quick).await.is_empty());
    }
}

impl<Q: Queue, R: RecordQueue, D: DeadLetters, T: AsyncFn(Lane) -> Vec<(String, String)>> Queues<Q, R, D, T> {
    /// Beside what the case before left: two letters that cannot be sent back.
    async fn one_letter_is_read_sent_back_or_thrown_away_and_no_other(&self) {
        let (one, other) = (text(&message(Kind::Generate, "one")), text(&message(Kind::Generate, "other")));
        for body in [&one, &other] {
            self.records.bury(body, "it was tried too often").await.unwrap();
        }
        let all = async || list(&self.letters, Lane::Work, 10).await.unwrap();
        assert_eq!((all().await.len(), all().await.len()), (4, 4), "who reads them leaves them");
        assert_eq!(list(&self.letters, Lane::Work, 2).await.unwrap().len(), 2);
        let of = async |body: &str| all().await.into_iter().find(|letter| letter.body == body);
        let (mine, poison) = (of(&one).await.unwrap(), of("not a message").await.unwrap());
        assert_eq!(mine.reason.as_deref(), Some("it was tried too often"));
        let send = async |id| redrive_one(&self.letters, &self.queue, (Lane::Work, id), recorded()).await.unwrap();
        assert_eq!(send(Uuid::nil()).await, SentBack::Unseen);
        assert_eq!(send(poison.id).await, SentBack::Unreadable);
        let unrecorded = async || Err(QueueError("the table does not answer".into()));
        assert!(redrive_one(&self.letters, &self.queue, (Lane::Work, mine.id), unrecorded()).await.is_err());
        assert!(discard(&self.letters, (Lane::Work, mine.id), unrecorded(), |_| ()).await.is_err());
        assert!(
            of(&one).await.is_some() && self.bodies(Lane::Work).await.is_empty(),
            "what is not on record is not done"
        );
        assert_eq!(send(mine.id).await, SentBack::Moved(message(Kind::Generate, "one")));
        assert_eq!(self.bodies(Lane::Work).await, [one]);
        assert_eq!(send(mine.id).await, SentBack::Unseen);
        let discard = async || discard(&self.letters, (Lane::Work, poison.id), recorded(), |_| ()).await.unwrap();
        assert_eq!(discard().await.map(|letter| letter.body).as_deref(), Some("not a message"));
        assert_eq!(discard().await, None);
        assert!(of(&other).await.is_some() && all().await.len() == 2, "the others stay");
        assert!(self.bodies(Lane::Work).await.is_empty());
    }
}

fn message(kind: Kind, id: &str) -> Message {
    Message::new(kind, tenant("queues"), id, trace())
}

fn text(message: &Message) -> String {
    serde_json::to_string(message).unwrap()
}

#[cfg(test)]
mod tests {
    use galley_domain::queue::{dead_letters::DeadLetter, message::QueueError};

    use super::*;
    use crate::fakes::MemoryQueue;

    /// One letter, which cannot be removed.
    struct Stuck;

    impl DeadLetters for Stuck {
        async fn receive(&self, _: Lane) -> Result<Vec<DeadLetter>, QueueError> {
            let (id, body, handle) = (Uuid::nil(), "what it said".to_owned(), "1".to_owned());
            Ok(vec![DeadLetter { id, body, reason: None, sent_at: None, handle }])
        }

        async fn remove(&self, _: Lane, _: &DeadLetter) -> Result<(), QueueError> {
            Err(QueueError("no answer".into()))
        }

        async fn leave(&self, _: Lane, _: &DeadLetter) -> Result<(), QueueError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_a_letter_said_is_kept_before_it_is_removed() {
        let mut kept = None;
        let thrown =
            discard(&Stuck, (Lane::Work, Uuid::nil()), recorded(), |letter| kept = Some(letter.body.clone())).await;
        assert!(thrown.is_err());
        assert_eq!(kept.as_deref(), Some("what it said"));
    }

    #[tokio::test]
    async fn the_fake_keeps_the_contract() {
        let queue = MemoryQueue::default();
        let taken = queue.clone();
        let take = async |lane| taken.take_of(lane);
        Queues { records: queue.clone(), letters: queue.clone(), queue, take, timeless: true }.hold().await;
    }
}
