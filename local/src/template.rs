//! The parts of `template.yaml` that the local stack needs. Everything about routes, queues, the table and the
//! functions' settings is read from there; nothing here is a second list.

mod error;
mod parameters;
mod resolve;
mod routes;
mod value;

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde_json::Value;

pub use error::TemplateError;
pub use parameters::{Parameter, Parameters};
pub use resolve::{ACCOUNT, Names, REGION};
pub use routes::{Route, Throttle};

use error::invalid;
use resolve::{Resolver, text_of};
use value::{number, scalar, text};

#[derive(Clone, Debug)]
pub struct Template {
    pub functions: Vec<Function>,
    pub routes: Vec<Route>,
    /// Those of the site, which has an API of its own. All of them are public.
    pub site: Vec<Route>,
    pub cors: Cors,
    pub authorizer: Authorizer,
    pub queues: Vec<Queue>,
    pub sources: Vec<Source>,
    pub schedules: Vec<Schedule>,
    pub table: Value,
    pub secrets: Vec<Secret>,
}

#[derive(Clone, Debug)]
pub struct Function {
    pub id: String,
    pub binary: String,
    pub timeout: Duration,
    pub memory_mb: u64,
    /// How many invocations there may be at once, where it is said.
    pub reserved: Option<usize>,
    pub environment: BTreeMap<String, String>,
    /// The statements of its policy, as written.
    pub policy: Vec<Value>,
}

#[derive(Clone, Debug)]
pub struct Cors {
    pub origins: Vec<String>,
    pub credentials: bool,
    pub methods: Vec<String>,
    pub headers: Vec<String>,
    pub expose: Vec<String>,
    pub max_age_s: u64,
}

#[derive(Clone, Debug)]
pub struct Authorizer {
    pub function: String,
    pub kept: Duration,
}

#[derive(Clone, Debug)]
pub struct Queue {
    pub id: String,
    pub visibility_s: u64,
    /// The dead-letter queue and after how many receives.
    pub redrive: Option<(String, u64)>,
}

#[derive(Clone, Debug)]
pub struct Source {
    pub function: String,
    pub queue: String,
    pub batch: u64,
    pub concurrency: usize,
}

#[derive(Clone, Debug)]
pub struct Schedule {
    pub function: String,
    pub every: Duration,
}

#[derive(Clone, Debug)]
pub struct Secret {
    pub id: String,
    pub name: String,
    /// `None`: to be generated.
    pub value: Option<String>,
}

impl Template {
    /// # Errors
    /// When the file is not there, not YAML, or lacks something, with the resource's name.
    pub fn load(path: &Path, parameters: &BTreeMap<String, String>, names: &Names) -> Result<Self, TemplateError> {
        Self::parse(&text_of(path)?, parameters, names)
    }

    /// # Errors
    /// As `load`.
    pub fn parse(text: &str, parameters: &BTreeMap<String, String>, names: &Names) -> Result<Self, TemplateError> {
        let resolver = Resolver::new(text, parameters, names)?;
        Reader { resolver }.read()
    }
}

struct Reader<'a> {
    resolver: Resolver<'a>,
}

impl Reader<'_> {
    fn read(&self) -> Result<Template, TemplateError> {
        let api = self.properties("Api")?;
        let mut template = Template {
            functions: Vec::new(),
            routes: routes::routes(&api)?,
            site: routes::public(&self.properties("SiteApi")?)?,
            cors: cors(&api["CorsConfiguration"])?,
            authorizer: authorizer(&api)?,
            queues: Vec::new(),
            sources: Vec::new(),
            schedules: Vec::new(),
            table: Value::Null,
            secrets: Vec::new(),
        };
        for (id, kind) in self.resolver.resources() {
            let properties = self.properties(&id)?;
            match kind.as_str() {
                "AWS::Serverless::Function" => self.function(&id, &properties, &mut template)?,
                "AWS::SQS::Queue" => template.queues.push(queue(&id, &properties)),
                "AWS::DynamoDB::Table" => template.table = properties,
                "AWS::SecretsManager::Secret" => template.secrets.push(Secret {
                    id: id.clone(),
                    name: text(&properties, "Name").ok_or_else(|| invalid(&id, "has no Name"))?,
                    value: text(&properties, "SecretString"),
                }),
                _ => {}
            }
        }
        Ok(template)
    }

    fn properties(&self, id: &str) -> Result<Value, TemplateError> {
        self.resolver.properties(id).ok_or_else(|| invalid(id, "is not in the template"))
    }

    fn function(&self, id: &str, properties: &Value, into: &mut Template) -> Result<(), TemplateError> {
        let globals = self.resolver.globals();
        let setting =
            |name: &str| if properties[name].is_null() { globals[name].clone() } else { properties[name].clone() };
        let binary = self.resolver.metadata(id)["BuildProperties"]["Binary"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| invalid(id, "has no Metadata.BuildProperties.Binary"))?;
        let mut environment = BTreeMap::new();
        for source in [&globals, properties] {
            for (name, value) in source["Environment"]["Variables"].as_object().into_iter().flatten() {
                environment.insert(name.clone(), scalar(value));
            }
        }
        let policy = properties["Policies"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|policy| policy["Statement"].as_array())
            .flatten();
        into.functions.push(Function {
            id: id.to_owned(),
            binary,
            timeout: Duration::from_secs(setting("Timeout").as_u64().ok_or_else(|| invalid(id, "has no Timeout"))?),
            memory_mb: setting("MemorySize").as_u64().unwrap_or(128),
            reserved: number(&properties["ReservedConcurrentExecutions"]),
            policy: policy.cloned().collect(),
            environment,
        });
        if properties["FunctionUrlConfig"]["InvokeMode"] == "RESPONSE_STREAM" {
            let key = text(&self.resolver.metadata(id), "Route").ok_or_else(|| invalid(id, "has no Metadata.Route"))?;
            let throttle = Throttle { rate: 1000, burst: 1000 };
            let keys = key.strip_prefix("GET ").map(|path| format!("HEAD {path}")).into_iter().chain([key.clone()]);
            into.routes.extend(keys.map(|key| Route {
                key,
                function: id.to_owned(),
                public: true,
                streams: true,
                throttle,
            }));
        }
        for (name, event) in properties["Events"].as_object().into_iter().flatten() {
            add_event(id, name, event, into)?;
        }
        Ok(())
    }
}

fn authorizer(api: &Value) -> Result<Authorizer, TemplateError> {
    let auth = &api["Auth"];
    let name = text(auth, "DefaultAuthorizer").ok_or_else(|| invalid("Api", "has no DefaultAuthorizer"))?;
    let authorizer = &auth["Authorizers"][&name];
    let function = text(authorizer, "FunctionArn").ok_or_else(|| invalid("Api", "its authorizer has no function"))?;
    let kept = authorizer["Identity"]["ReauthorizeEvery"].as_u64().unwrap_or(0);
    Ok(Authorizer { function: function.trim_end_matches(".Alias").to_owned(), kept: Duration::from_secs(kept) })
}

/// Adds the queue mapping or the schedule of a function's event source.
fn add_event(id: &str, name: &str, event: &Value, into: &mut Template) -> Result<(), TemplateError> {
    let properties = &event["Properties"];
    match event["Type"].as_str() {
        Some("SQS") => into.sources.push(Source {
            function: id.to_owned(),
            queue: text(properties, "Queue").unwrap_or_default().rsplit(':').next().unwrap_or_default().to_owned(),
            batch: properties["BatchSize"].as_u64().unwrap_or(10),
            concurrency: number(&properties["ScalingConfig"]["MaximumConcurrency"]).unwrap_or(2),
        }),
        Some("Schedule") => into.schedules.push(Schedule {
            function: id.to_owned(),
            every: text(properties, "Schedule")
                .and_then(|rate| every(&rate))
                .ok_or_else(|| invalid(id, &format!("{name} has no rate of minutes")))?,
        }),
        _ => return Err(invalid(id, &format!("{name} is of a kind that the local stack does not know"))),
    }
    Ok(())
}

fn queue(id: &str, properties: &Value) -> Queue {
    let redrive = &properties["RedrivePolicy"];
    let target = text(redrive, "deadLetterTargetArn").and_then(|arn| arn.rsplit(':').next().map(str::to_owned));
    Queue {
        id: id.to_owned(),
        visibility_s: properties["VisibilityTimeout"].as_u64().unwrap_or(30),
        redrive: target.map(|target| (target, redrive["maxReceiveCount"].as_u64().unwrap_or(5))),
    }
}

fn cors(value: &Value) -> Result<Cors, TemplateError> {
    let list = |name: &str| -> Vec<String> {
        match &value[name] {
            Value::Array(items) => items.iter().map(scalar).collect(),
            Value::String(text) => text.split(',').map(|item| item.trim().to_owned()).collect(),
            _ => Vec::new(),
        }
    };
    let cors = Cors {
        origins: list("AllowOrigins"),
        credentials: scalar(&value["AllowCredentials"]) == "true",
        methods: list("AllowMethods"),
        headers: list("AllowHeaders"),
        expose: list("ExposeHeaders"),
        max_age_s: value["MaxAge"].as_u64().unwrap_or(0),
    };
    // Browsers refuse it too; CloudFormation's rule says the same before a deployment.
    if cors.credentials && cors.origins.iter().any(|origin| origin == "*") {
        return Err(invalid("Api", "with credentials every origin must be named, not *"));
    }
    Ok(cors)
}

/// `rate(1 minute)`.
fn every(rate: &str) -> Option<Duration> {
    let inner = rate.strip_prefix("rate(")?.strip_suffix(')')?;
    let (count, unit) = inner.split_once(' ')?;
    let seconds = if unit.starts_with("minute") { 60 } else { 3600 };
    Some(Duration::from_secs(count.parse::<u64>().ok()? * seconds))
}
