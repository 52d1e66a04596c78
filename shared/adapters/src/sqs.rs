//! The queues. `MessageGroupId` is the tenant: this makes a standard queue a fair one, so that a busy tenant does
//! not starve the rest.

use std::time::Duration;

use aws_sdk_sqs::{
    Client,
    operation::receive_message::builders::ReceiveMessageFluentBuilder,
    types::{self, MessageAttributeValue, MessageSystemAttributeName, SendMessageBatchRequestEntry},
};
use galley_domain::{
    kernel::error::chain,
    queue::{
        dead_letters::{DeadLetter, DeadLetters},
        message::{Lane, Message, Queue, QueueError, RecordQueue},
    },
};

use jiff::Timestamp;

use crate::aws::Aws;

/// SQS takes no more at a time.
const BATCH: usize = 10;

/// The queues that a function sends to; it knows only those it needs.
#[derive(Clone, Debug)]
pub struct Queues {
    client: Client,
    work: Option<String>,
    quick: Option<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("this function does not know the {0:?} queue")]
struct UnknownLane(Lane);

impl Queues {
    pub fn new(aws: &Aws) -> Self {
        Self { client: aws.sqs(), work: None, quick: None }
    }

    #[must_use]
    pub fn work(self, url: String) -> Self {
        Self { work: Some(url), ..self }
    }

    #[must_use]
    pub fn quick(self, url: String) -> Self {
        Self { quick: Some(url), ..self }
    }

    /// Whether the queue answers, and how many messages wait in it.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn depth(&self, url: &str) -> Result<u64, QueueError> {
        use aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessages;
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(ApproximateNumberOfMessages)
            .send()
            .await
            .map_err(|error| QueueError(error.into()))?;
        let depth = answer.attributes().and_then(|all| all.get(&ApproximateNumberOfMessages));
        Ok(depth.and_then(|depth| depth.parse().ok()).unwrap_or(0))
    }

    fn url(&self, lane: Lane) -> Result<&str, QueueError> {
        let url = match lane {
            Lane::Work => &self.work,
            Lane::Quick => &self.quick,
        };
        url.as_deref().ok_or_else(|| QueueError(UnknownLane(lane).into()))
    }

    /// Sends up to ten messages of one lane. Returns the indexes of those that were accepted.
    async fn send_batch(&self, lane: Lane, batch: &[(usize, &Message)]) -> Result<Vec<usize>, QueueError> {
        let mut request = self.client.send_message_batch().queue_url(self.url(lane)?);
        for (place, message) in batch {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(place.to_string())
                .message_body(serde_json::to_string(message).map_err(|error| QueueError(error.into()))?)
                .message_group_id(message.tenant.as_str())
                .build()
                .map_err(|error| QueueError(error.into()))?;
            request = request.entries(entry);
        }
        let answer = request.send().await.map_err(|error| QueueError(error.into()))?;
        Ok(answer.successful().iter().filter_map(|entry| entry.id().parse().ok()).collect())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the queue refused this message of a batch")]
struct NotTaken;

impl Queue for Queues {
    async fn send(&self, message: &Message) -> Result<(), QueueError> {
        self.send_after(message, Duration::ZERO).await
    }

    async fn send_after(&self, message: &Message, delay: Duration) -> Result<(), QueueError> {
        let url = self.url(message.kind.lane())?;
        let body = serde_json::to_string(message).map_err(|error| QueueError(error.into()))?;
        self.client
            .send_message()
            .queue_url(url)
            .message_body(body)
            .message_group_id(message.tenant.as_str())
            .set_delay_seconds((!delay.is_zero()).then(|| seconds(delay)))
            .send()
            .await
            .map_err(|error| QueueError(error.into()))?;
        Ok(())
    }

    async fn send_all(&self, messages: &[Message]) -> Vec<Result<(), QueueError>> {
        let mut sent: Vec<Result<(), QueueError>> = messages.iter().map(|_| Err(QueueError(NotTaken.into()))).collect();
        for lane in Lane::ALL {
            let of_lane: Vec<(usize, &Message)> =
                messages.iter().enumerate().filter(|(_, message)| message.kind.lane() == lane).collect();
            for batch in of_lane.chunks(BATCH) {
                match self.send_batch(lane, batch).await {
                    Ok(taken) => {
                        for place in taken {
                            if let Some(slot) = sent.get_mut(place) {
                                *slot = Ok(());
                            }
                        }
                    }
                    Err(error) => tracing::warn!(lane = lane.name(), error = chain(&error), "a batch was not sent"),
                }
            }
        }
        sent
    }
}

/// Whole seconds, rounded up, because 0 would mean no delay.
fn seconds(delay: Duration) -> i32 {
    i32::try_from(delay.as_millis().div_ceil(1000)).unwrap_or(i32::MAX)
}

/// The queue that a function's batches come from, and its dead-letter queue.
#[derive(Clone, Debug)]
pub struct Records {
    client: Client,
    queue: String,
    dead_letters: String,
}

impl Records {
    pub fn new(aws: &Aws, queue: String, dead_letters: String) -> Self {
        Self { client: aws.sqs(), queue, dead_letters }
    }
}

impl RecordQueue for Records {
    async fn bury(&self, body: &str, reason: &str) -> Result<(), QueueError> {
        // An attribute's value is limited; a reason is one line.
        let reason: String = reason.chars().filter(|c| !c.is_control()).take(250).collect();
        let reason = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(reason)
            .build()
            .map_err(|error| QueueError(error.into()))?;
        self.client
            .send_message()
            .queue_url(&self.dead_letters)
            .message_body(if body.is_empty() { "(empty)" } else { body })
            .message_attributes("reason", reason)
            .send()
            .await
            .map_err(|error| QueueError(error.into()))?;
        Ok(())
    }

    async fn delay(&self, receipt_handle: &str, delay: Duration) -> Result<(), QueueError> {
        self.client
            .change_message_visibility()
            .queue_url(&self.queue)
            .receipt_handle(receipt_handle)
            .visibility_timeout(seconds(delay))
            .send()
            .await
            .map_err(|error| QueueError(error.into()))?;
        Ok(())
    }
}

/// Both dead-letter queues.
#[derive(Clone, Debug)]
pub struct DeadLetterQueues {
    client: Client,
    work: String,
    quick: String,
}

/// How long a received dead letter is hidden. Longer than a run takes, or it would be moved twice.
const HIDDEN_S: i32 = 60;
/// Without a wait, SQS asks some of its servers only, and may say that there is nothing where there is.
const WAIT_S: i32 = 1;

impl DeadLetterQueues {
    pub fn new(aws: &Aws, work: String, quick: String) -> Self {
        Self { client: aws.sqs(), work, quick }
    }

    fn url(&self, lane: Lane) -> &str {
        match lane {
            Lane::Work => &self.work,
            Lane::Quick => &self.quick,
        }
    }

    fn receiving(&self, lane: Lane) -> ReceiveMessageFluentBuilder {
        let request = self.client.receive_message().queue_url(self.url(lane)).visibility_timeout(HIDDEN_S);
        let request = request
            .message_attribute_names("reason")
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        request.max_number_of_messages(10).wait_time_seconds(WAIT_S)
    }
}

impl DeadLetters for DeadLetterQueues {
    async fn receive(&self, lane: Lane) -> Result<Vec<DeadLetter>, QueueError> {
        let answer = self.receiving(lane).send().await.map_err(|error| QueueError(error.into()))?;
        let letters = answer.messages.unwrap_or_default().into_iter();
        Ok(letters.map(letter).collect())
    }

    async fn remove(&self, lane: Lane, letter: &DeadLetter) -> Result<(), QueueError> {
        let request = self.client.delete_message().queue_url(self.url(lane)).receipt_handle(&letter.handle);
        request.send().await.map(|_| ()).map_err(|error| QueueError(error.into()))
    }

    async fn leave(&self, lane: Lane, letter: &DeadLetter) -> Result<(), QueueError> {
        let request = self.client.change_message_visibility().queue_url(self.url(lane));
        let sent = request.receipt_handle(&letter.handle).visibility_timeout(0).send().await;
        sent.map(|_| ()).map_err(|error| QueueError(error.into()))
    }
}

/// SQS names each message by a UUID.
fn letter(message: types::Message) -> DeadLetter {
    let sent = message.attributes.as_ref().and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp));
    let reason = message.message_attributes.as_ref().and_then(|all| all.get("reason"));
    DeadLetter {
        id: message.message_id.as_deref().and_then(|id| id.parse().ok()).unwrap_or_default(),
        reason: reason.and_then(|reason| reason.string_value.clone()),
        sent_at: sent.and_then(|ms| Timestamp::from_millisecond(ms.parse().ok()?).ok()),
        body: message.body.unwrap_or_default(),
        handle: message.receipt_handle.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_letters_are_asked_of_all_servers_of_a_queue() {
        let aws = Aws::from_vars(|name| (name != "AWS_CA_BUNDLE").then(|| "x".to_owned())).unwrap();
        let queues = DeadLetterQueues::new(&aws, "work".to_owned(), "quick".to_owned());
        let asked = queues.receiving(Lane::Quick);
        assert_eq!((asked.get_queue_url().as_deref(), *asked.get_wait_time_seconds()), (Some("quick"), Some(1)));
    }
}
