//! Settings of the local stack's programs, read from the environment once at the start. A malformed value stops
//! the start, and so does an unknown name that begins with `GALLEY_`: a misspelt limit would have no effect.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use crate::{
    options::Options,
    template::{Parameters, TemplateError},
};

/// The providers' keys, under the names that their own tools read.
const PROVIDER_KEYS: [(&str, &str); 6] = [
    ("OPENAI_API_KEY", "openai"),
    ("ANTHROPIC_API_KEY", "anthropic"),
    ("GEMINI_API_KEY", "google"),
    ("HF_TOKEN", "huggingface"),
    ("SERPER_API_KEY", "serper"),
    ("PEXELS_API_KEY", "pexels"),
];
/// Values of the template's secrets, by their resource's name.
const SECRETS: [(&str, &str); 1] = [("GITHUB_CLIENT_SECRET", "GithubSecret")];
/// What `galley` and the clients read: a shell that has them set may start a stack, too.
const OF_CLIENTS: [&str; 5] =
    ["GALLEY_URL", "GALLEY_TOKEN", "GALLEY_STREAM_URL", "GALLEY_PROFILE", "GALLEY_CONFIG_DIR"];
const PREFIX: &str = "GALLEY_";

#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    #[error("{name} is malformed: it must be {rule}")]
    Malformed { name: String, rule: String },
    #[error("{0} is no setting; docs/configuration.md names them all")]
    Unknown(String),
    #[error("{0} is the local stack's own and cannot be set")]
    Own(String),
    #[error(transparent)]
    Template(#[from] TemplateError),
}

/// The environment: each name once, without empty values.
struct Variables(BTreeMap<String, String>);

/// The options of `run`, from all variables of the environment.
///
/// # Errors
/// See `SettingError`.
pub fn options(environment: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Options, SettingError> {
    let mut variables = Variables::read(environment)?;
    let template = PathBuf::from(variables.text("GALLEY_TEMPLATE", "template.yaml"));
    let known = Parameters::load(&template)?;
    let mut parameters = BTreeMap::new();
    for (variable, parameter) in &known.by_variable {
        if let Some(value) = variables.0.remove(variable) {
            parameter.accepts(&value).map_err(|rule| malformed(variable, rule))?;
            parameters.insert(parameter.name.clone(), value);
        }
    }
    let options = Options {
        template,
        binaries: PathBuf::from(variables.text("GALLEY_BINARIES", "target/debug")),
        data: Some(PathBuf::from(variables.text("GALLEY_DATA", ".galley"))),
        port: variables.port("GALLEY_PORT", 8787)?,
        site_port: variables.port("GALLEY_SITE_PORT", 8788)?,
        hosts: variables.hosts("GALLEY_HOSTS")?,
        invoke_port: variables.port("GALLEY_INVOKE_PORT", 9000)?,
        parameters,
        provider_keys: variables.secrets(&PROVIDER_KEYS)?,
        secrets: variables.secrets(&SECRETS)?,
        schedules: true,
        deliver: true,
        concurrency: 4,
    };
    let is_ours = |name: &String| name.starts_with(PREFIX) && !OF_CLIENTS.contains(&name.as_str());
    match variables.0.into_keys().find(is_ours) {
        Some(name) if known.own.contains(&name) => Err(SettingError::Own(name)),
        Some(name) => Err(SettingError::Unknown(name)),
        None => Ok(options),
    }
}

impl Variables {
    /// Variables of other programs are not validated.
    fn read(environment: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self, SettingError> {
        let mut read = BTreeMap::new();
        for (name, value) in environment {
            let Ok(name) = name.into_string() else { continue };
            let ours =
                name.starts_with(PREFIX) || PROVIDER_KEYS.iter().chain(&SECRETS).any(|(known, _)| name == *known);
            match value.into_string() {
                Ok(value) if value.trim().is_empty() => {}
                Ok(value) => drop(read.insert(name, value.trim().to_owned())),
                Err(_) if ours => return Err(malformed(&name, "UTF-8".to_owned())),
                Err(_) => {}
            }
        }
        Ok(Self(read))
    }

    fn text(&mut self, name: &str, default: &str) -> String {
        self.0.remove(name).unwrap_or_else(|| default.to_owned())
    }

    fn port(&mut self, name: &str, default: u16) -> Result<u16, SettingError> {
        let Some(value) = self.0.remove(name) else { return Ok(default) };
        value.parse().map_err(|_| malformed(name, "a port, 0 to 65535; 0 takes any that is free".to_owned()))
    }

    /// Names apart by commas, without ports.
    fn hosts(&mut self, name: &str) -> Result<Vec<String>, SettingError> {
        let value = self.text(name, "");
        let hosts = value.split(',').map(str::trim).filter(|host| !host.is_empty()).map(str::to_owned);
        let hosts: Vec<String> = hosts.collect();
        let named = |host: &String| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        if hosts.iter().all(named) {
            Ok(hosts)
        } else {
            Err(malformed(name, "names of hosts, without ports".to_owned()))
        }
    }

    fn secrets(&mut self, names: &[(&str, &str)]) -> Result<BTreeMap<String, String>, SettingError> {
        let mut found = BTreeMap::new();
        for (variable, key) in names {
            if let Some(value) = self.0.remove(*variable) {
                // The key is sent in a header, so it must not contain a line break.
                if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(malformed(variable, "visible characters of ASCII, without spaces".to_owned()));
                }
                found.insert((*key).to_owned(), value);
            }
        }
        Ok(found)
    }
}

fn malformed(name: &str, rule: String) -> SettingError {
    SettingError::Malformed { name: name.to_owned(), rule }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    fn read(given: &[(&str, &str)]) -> Result<Options, String> {
        let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml");
        let template = [("GALLEY_TEMPLATE", template)];
        let given = given.iter().chain(&template);
        options(given.map(|(name, value)| ((*name).into(), (*value).into()))).map_err(|error| error.to_string())
    }

    #[test]
    fn a_malformed_value_stops_the_start_by_its_name() {
        for (name, value) in [
            ("GALLEY_PORT", "70000"),
            ("GALLEY_PORT", "-1"),
            ("GALLEY_PORT", "http"),
            ("GALLEY_INVOKE_PORT", "9000.0"),
            ("GALLEY_SITE_PORT", "site"),
            ("GALLEY_HOSTS", "https://tunnel.example"),
            ("GALLEY_HOSTS", "tunnel.example:443"),
            ("GALLEY_CREATE_PER_MINUTE", "abc"),
            ("GALLEY_STAGE", "live"),
            ("GALLEY_CORS_ALLOW_ORIGINS", "localhost:3000"),
            ("GALLEY_CORS_ALLOW_CREDENTIALS", "yes"),
            ("GALLEY_JWT_ISSUERS", "{}"),
            ("GALLEY_CALLBACK_STAND_INS", "hooks.example.com=10.0.0.1:80"),
            ("GALLEY_GITHUB_REDIRECT_URL", "http://localhost:8787/elsewhere"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
            ("OPENAI_API_KEY", "one\ntwo"),
        ] {
            let refused = read(&[(name, value)]).unwrap_err();
            assert!(refused.starts_with(&format!("{name} is malformed: it must be ")), "{name}={value}: {refused}");
            assert!(!refused.contains("one\ntwo"), "a secret is not told");
        }
        let binary = [("GALLEY_DATA".into(), OsString::from_vec(vec![0xff]))];
        assert_eq!(options(binary).unwrap_err().to_string(), "GALLEY_DATA is malformed: it must be UTF-8");
    }

    #[test]
    fn a_misspelt_name_stops_the_start() {
        let refused = read(&[("GALLEY_PROT", "80")]).unwrap_err();
        assert_eq!(refused, "GALLEY_PROT is no setting; docs/configuration.md names them all");
        let refused = read(&[("GALLEY_TABLE", "other")]).unwrap_err();
        assert_eq!(refused, "GALLEY_TABLE is the local stack's own and cannot be set");
    }

    #[test]
    fn what_the_docs_name_can_be_given() {
        let issuers =
            r#"[{"issuer":"intranet","audience":"galley","algorithm":"HS256","secret":"galley/dev/jwt/intranet"}]"#;
        let stand_in = "hooks.example.com=127.0.0.1:4000";
        let options = read(&[
            ("GALLEY_JWT_ISSUERS", issuers),
            ("GALLEY_CALLBACK_STAND_INS", stand_in),
            ("GALLEY_CORS_ALLOW_ORIGINS", "http://localhost:5173,https://desk.example"),
            ("GALLEY_CORS_ALLOW_CREDENTIALS", "true"),
            ("GALLEY_GITHUB_CLIENT_ID", "Iv1.0123"),
            ("GALLEY_GITHUB_REDIRECT_URL", "http://localhost:8787/api/auth/github/callback"),
            ("GITHUB_CLIENT_SECRET", "made-up-for-this-test"),
            ("GALLEY_HOSTS", "tunnel.example, other.example"),
            ("GALLEY_PORT", " 8080 "),
            ("GALLEY_DATA", ""),
            ("PATH", "/bin"),
            ("GALLEY_URL", "https://api.example.com"),
            ("GALLEY_TOKEN", "made-up-for-this-test"),
            ("GALLEY_CONFIG_DIR", "/somewhere"),
        ])
        .unwrap();
        let given = |name: &str| options.parameters.get(name).map_or("", String::as_str);
        assert_eq!((given("JwtIssuers"), given("CallbackStandIns")), (issuers, stand_in));
        assert_eq!(given("CorsAllowOrigins"), "http://localhost:5173,https://desk.example");
        assert_eq!((given("CorsAllowCredentials"), given("GithubClientId")), ("true", "Iv1.0123"));
        assert_eq!(options.secrets.get("GithubSecret").map(String::as_str), Some("made-up-for-this-test"));
        assert_eq!((options.port, options.invoke_port), (8080, 9000));
        assert_eq!(options.hosts, ["tunnel.example", "other.example"]);
        assert_eq!(options.data, Some(PathBuf::from(".galley")));
    }
}
