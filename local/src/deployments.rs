//! The part of `CodeDeploy` that a deployment hook calls. The deployment `d-<function>` deploys that function; its
//! new version is the one that runs here.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// The status that hooks have reported, by deployment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deployments(Arc<Mutex<BTreeMap<String, String>>>);

impl Deployments {
    pub(crate) fn told(&self, deployment: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(deployment).cloned()
    }
}

pub(crate) async fn answer(State(all): State<Deployments>, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let id = body["deploymentId"].as_str().unwrap_or_default();
    let Some(function) = id.strip_prefix("d-") else {
        let problem = json!({"__type": "DeploymentDoesNotExistException", "message": "no such deployment"});
        return (StatusCode::BAD_REQUEST, Json(problem)).into_response();
    };
    match target {
        "CodeDeploy_20141006.GetDeployment" => {
            let properties = json!({"Name": function, "Alias": "live", "CurrentVersion": "1", "TargetVersion": "2"});
            let resource = json!({"Type": "AWS::Lambda::Function", "Properties": properties});
            let content = json!({"version": 0.0, "Resources": [{function: resource}]}).to_string();
            let revision = json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": content}});
            Json(json!({"deploymentInfo": {"deploymentId": id, "revision": revision}})).into_response()
        }
        "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus" => {
            let status = body["status"].as_str().unwrap_or_default().to_owned();
            all.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), status);
            Json(json!({"lifecycleEventHookExecutionId": body["lifecycleEventHookExecutionId"]})).into_response()
        }
        _ => (StatusCode::BAD_REQUEST, Json(json!({"__type": "UnknownOperationException"}))).into_response(),
    }
}
