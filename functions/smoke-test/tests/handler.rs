//! What a new version is tried with, and what is said of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::sync::Mutex;

use galley_domain::{
    kernel::error::BoxError,
    operations::canary::{Deployments, Target},
};
use serde_json::Value;
use smoke_test::{App, Hook};

/// A deployment of one function, whose new version answers this; and what was said of it.
struct Deployment {
    function: &'static str,
    answer: Option<&'static str>,
    told: Mutex<Option<bool>>,
}

impl Deployments for Deployment {
    async fn target(&self, _: &str) -> Result<Target, BoxError> {
        Ok(Target { function: self.function.to_owned(), version: "7".to_owned() })
    }

    async fn invoke(&self, _: &Target, _: &Value) -> Result<String, BoxError> {
        self.answer.map(str::to_owned).ok_or_else(|| "it does not start".into())
    }

    async fn tell(&self, _: &str, _: &str, may: bool) -> Result<(), BoxError> {
        *self.told.lock().unwrap() = Some(may);
        Ok(())
    }
}

async fn may_go_on(function: &'static str, answer: Option<&'static str>) -> Option<bool> {
    let app = App { deployments: Deployment { function, answer, told: Mutex::default() } };
    let hook = Hook { deployment_id: "d".to_owned(), lifecycle_event_hook_execution_id: "h".to_owned() };
    app.handle(hook).await.unwrap();
    *app.deployments.told.lock().unwrap()
}

#[tokio::test]
async fn a_version_that_does_not_answer_as_it_should_goes_nowhere() {
    assert_eq!(may_go_on("galley-HealthFunction-x", None).await, Some(false));
    assert_eq!(may_go_on("galley-HealthFunction-x", Some(r#"{"statusCode":503}"#)).await, Some(false));
    assert_eq!(may_go_on("SomeoneElsesFunction", Some(r#"{"statusCode":404}"#)).await, Some(false));
}

#[tokio::test]
async fn a_version_that_answers_goes_on() {
    assert_eq!(may_go_on("galley-HealthFunction-x", Some(r#"{"statusCode":200}"#)).await, Some(true));
    assert_eq!(may_go_on("galley-QueryModelsFunction-x", Some(r#"{"statusCode":404}"#)).await, Some(true));
}
