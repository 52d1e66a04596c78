//! Background tasks: bring messages from queues to functions, as an event source mapping does, and run the schedules.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    aws_json,
    host::{Host, Invoked},
    options::Options,
    parts::Parts,
    template::{ACCOUNT, REGION, Source, Template},
};

/// Most pollers of one queue.
const MOST_POLLERS: usize = 4;
const RETRY: Duration = Duration::from_millis(200);

/// One queue, spoken to in SQS's JSON protocol.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    client: reqwest::Client,
    service: String,
    url: String,
}

impl Queue {
    pub(crate) fn new(parts: &Parts, id: &str) -> Self {
        Self {
            client: parts.client.clone(),
            service: parts.sqs_url.clone(),
            url: format!("{}/{ACCOUNT}/{id}", parts.sqs_url),
        }
    }

    async fn call(&self, operation: &str, mut body: Value) -> Result<Value, String> {
        body["QueueUrl"] = json!(self.url);
        aws_json::call(&self.client, &self.service, &format!("AmazonSQS.{operation}"), &body).await
    }

    async fn receive(&self, most: u64, wait_s: u64) -> Result<Vec<Value>, String> {
        let body = json!({
            "MaxNumberOfMessages": most.min(10), "WaitTimeSeconds": wait_s,
            "AttributeNames": ["All"], "MessageAttributeNames": ["All"],
        });
        let answer = self.call("ReceiveMessage", body).await?;
        Ok(answer["Messages"].as_array().cloned().unwrap_or_default())
    }

    async fn delete(&self, message: &Value) -> Result<(), String> {
        self.call("DeleteMessage", json!({"ReceiptHandle": message["ReceiptHandle"]})).await.map(|_| ())
    }

    pub(crate) async fn send(&self, body: &str) -> Result<(), String> {
        self.call("SendMessage", json!({"MessageBody": body})).await.map(|_| ())
    }

    /// Sends a message that `peek` returned.
    pub(crate) async fn restore(&self, message: &Value) -> Result<(), String> {
        let mut body = json!({"MessageBody": message["Body"]});
        if message["MessageAttributes"].is_object() {
            body["MessageAttributes"] = message["MessageAttributes"].clone();
        }
        self.call("SendMessage", body).await.map(|_| ())
    }

    /// Bodies and receipt handles of all messages, which are hidden then.
    pub(crate) async fn take(&self) -> Result<Vec<(String, String)>, String> {
        let mut taken = Vec::new();
        loop {
            let some = self.receive(10, 0).await?;
            if some.is_empty() {
                return Ok(taken);
            }
            taken.extend(some.iter().map(|message| (text(message, "Body"), text(message, "ReceiptHandle"))));
        }
    }

    /// The bodies of all messages, which are gone then.
    pub(crate) async fn drain(&self) -> Result<Vec<String>, String> {
        let taken = self.take().await?;
        for (_, handle) in &taken {
            self.delete(&json!({"ReceiptHandle": handle})).await?;
        }
        Ok(taken.into_iter().map(|(body, _)| body).collect())
    }

    /// The messages that are there, left where they are.
    pub(crate) async fn peek(&self) -> Result<Vec<Value>, String> {
        let mut found = Vec::new();
        loop {
            let some = self.receive(10, 0).await?;
            if some.is_empty() {
                break;
            }
            found.extend(some);
        }
        for message in &found {
            let body = json!({"ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0});
            self.call("ChangeMessageVisibility", body).await?;
        }
        Ok(found)
    }
}

pub(crate) fn start(template: &Template, host: &Arc<Host>, parts: &Parts, options: &Options, tasks: &mut JoinSet<()>) {
    for source in template.sources.iter().filter(|_| options.deliver) {
        for _ in 0..source.concurrency.min(MOST_POLLERS) {
            tasks.spawn(poll(Queue::new(parts, &source.queue), source.clone(), Arc::clone(host)));
        }
    }
    if !options.schedules {
        return;
    }
    for schedule in template.schedules.clone() {
        let host = Arc::clone(host);
        tasks.spawn(async move {
            // The first run is immediate, because work from before a stop is due by now.
            let mut ticks = tokio::time::interval_at(Instant::now(), schedule.every);
            loop {
                ticks.tick().await;
                let event = json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}});
                if let Invoked::Failed(error) = host.invoke(&schedule.function, event).await {
                    tracing::error!(function = schedule.function, %error, "a scheduled run failed");
                }
            }
        });
    }
}

/// Takes batches, invokes, deletes what succeeded. What failed becomes visible again when its time is up.
async fn poll(queue: Queue, source: Source, host: Arc<Host>) {
    loop {
        let messages = match queue.receive(source.batch, 5).await {
            Ok(messages) => messages,
            Err(error) => {
                tracing::warn!(queue = source.queue, error, "a queue was not read");
                tokio::time::sleep(RETRY).await;
                continue;
            }
        };
        if messages.is_empty() {
            continue;
        }
        let invoked = host.invoke(&source.function, batch(&messages, &source.queue)).await;
        let failed = match invoked {
            Invoked::Returned(response) => failures(&response),
            // Functions that read queues do not stream.
            Invoked::Streamed(_) => failures(&Value::Null),
            Invoked::Failed(error) => {
                tracing::error!(function = source.function, %error, "a whole batch failed");
                continue;
            }
        };
        for message in messages.iter().filter(|message| !failed.contains(&text(message, "MessageId"))) {
            if let Err(error) = queue.delete(message).await {
                tracing::warn!(queue = source.queue, error, "a done message was not deleted");
            }
        }
    }
}

/// SQS's event for Lambda.
fn batch(messages: &[Value], queue: &str) -> Value {
    let records: Vec<Value> = messages
        .iter()
        .map(|message| {
            json!({
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"),
                "awsRegion": REGION,
            })
        })
        .collect();
    json!({"Records": records})
}

/// The records that are to be delivered again.
fn failures(response: &Value) -> Vec<String> {
    let failures = response["batchItemFailures"].as_array().into_iter().flatten();
    failures.map(|failure| text(failure, "itemIdentifier")).collect()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_records_failed() {
        assert!(failures(&Value::Null).is_empty());
        assert_eq!(failures(&json!({"batchItemFailures": [{"itemIdentifier": "b"}]})), ["b"]);
    }
}
