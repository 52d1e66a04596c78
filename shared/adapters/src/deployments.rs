//! Deployments of new versions, by `CodeDeploy` and Lambda. Only three operations are needed, so their
//! requests are signed here; SDK clients would link hundreds more.

use std::time::Duration;

use galley_domain::{
    kernel::error::BoxError,
    operations::canary::{Deployments, Target},
};
use reqwest::{Client, Request, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::{Aws, Signed};

const LIMIT: Duration = Duration::from_secs(40);

#[derive(Clone, Debug)]
pub struct CodeDeploy {
    client: Client,
    codedeploy: Signed,
    lambda: Signed,
}

impl CodeDeploy {
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(aws: &Aws) -> Result<Self, BoxError> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder().timeout(LIMIT).redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { client, codedeploy: aws.signed("codedeploy"), lambda: aws.signed("lambda") })
    }

    async fn codedeploy(&self, operation: &str, body: &Value) -> Result<Value, BoxError> {
        let request = self.client.post(&self.codedeploy.base_url).body(body.to_string());
        let request = request.header("content-type", "application/x-amz-json-1.1");
        let mut request = request.header("x-amz-target", format!("CodeDeploy_20141006.{operation}")).build()?;
        self.codedeploy.signer.sign(&mut request)?;
        Ok(serde_json::from_str(&self.answer(request).await?.1)?)
    }

    async fn answer(&self, request: Request) -> Result<(bool, String), BoxError> {
        let response = self.client.execute(request).await.map_err(reqwest::Error::without_url)?;
        let (status, failed) = (response.status(), response.headers().contains_key("x-amz-function-error"));
        let text = response.text().await?;
        if status.is_success() {
            Ok((failed, text))
        } else {
            let start: String = text.chars().take(300).collect();
            Err(format!("it answered {}: {start}", status.as_u16()).into())
        }
    }
}

/// The part of a deployment's `AppSpec` that is read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AppSpec {
    resources: Vec<std::collections::BTreeMap<String, Resource>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    name: String,
    target_version: String,
}

impl Deployments for CodeDeploy {
    async fn target(&self, deployment: &str) -> Result<Target, BoxError> {
        let answer = self.codedeploy("GetDeployment", &json!({"deploymentId": deployment})).await?;
        let revision = answer.pointer("/deploymentInfo/revision").cloned().unwrap_or_default();
        let content =
            ["/appSpecContent/content", "/string/content"].iter().find_map(|path| revision.pointer(path)?.as_str());
        let spec: AppSpec = serde_json::from_str(content.ok_or("the deployment has no file of its own")?)?;
        let resource = spec.resources.into_iter().flatten().next().ok_or("the deployment is about nothing")?.1;
        Ok(Target { function: resource.properties.name, version: resource.properties.target_version })
    }

    async fn invoke(&self, target: &Target, event: &Value) -> Result<String, BoxError> {
        let mut url = Url::parse(&self.lambda.base_url)?;
        url.set_path(&format!("/2015-03-31/functions/{}/invocations", target.function));
        url.set_query(Some(&format!("Qualifier={}", target.version)));
        let mut request =
            self.client.post(url).header("content-type", "application/json").body(event.to_string()).build()?;
        self.lambda.signer.sign(&mut request)?;
        match self.answer(request).await? {
            (false, text) => Ok(text),
            (true, text) => Err(format!("it failed: {}", text.chars().take(300).collect::<String>()).into()),
        }
    }

    async fn tell(&self, deployment: &str, hook: &str, may: bool) -> Result<(), BoxError> {
        let status = if may { "Succeeded" } else { "Failed" };
        let body = json!({"deploymentId": deployment, "lifecycleEventHookExecutionId": hook, "status": status});
        self.codedeploy("PutLifecycleEventHookExecutionStatus", &body).await.map(|_| ())
    }
}
