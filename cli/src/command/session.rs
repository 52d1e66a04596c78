//! Who talks to which Galley.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Read, stdin},
    path::{Path, PathBuf},
};

use clap::Args;
use galley_client::{Client, SecretString};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    context::Context,
    fail::Failure,
    output::Output,
    profiles::{Locked, Profile, Profiles, Who, file},
    say,
    session::{Environment, LOCAL},
    sign_in,
    table::{self, Column},
};

/// The name where none is given.
const USUAL: &str = "default";

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The file with the key: the key alone, or names and keys as the local stack writes them; - reads standard input
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Sign in with a browser of this machine, as a person whom an admin has let in
    #[arg(long, conflicts_with = "key_file")]
    web: bool,
    /// The tenant to sign in to
    #[arg(long, requires = "web", required_if_eq("web", "true"))]
    tenant: Option<String>,
    /// Which key of a file that has several: viewer, author, editor, admin, operator
    #[arg(long = "as", value_name = "NAME", requires = "key_file")]
    name: Option<String>,
    /// The address; http://127.0.0.1:8787 where nothing else is said
    #[arg(long)]
    url: Option<String>,
    /// Where streams are: the output StreamUrl of a deployment
    #[arg(long, value_name = "URL")]
    streams: Option<String>,
}

impl Login {
    pub(crate) async fn run(&self, output: Output, profile: Option<&str>) -> Result<(), Failure> {
        let environment = Environment::read();
        let kept = if let (true, Some(tenant)) = (self.web, &self.tenant) {
            let url = self.address(environment);
            let signed_in = sign_in::with_browser(&url, tenant).await?;
            let renewal = Some(signed_in.renewal);
            Profile { url, streams: self.streams.clone(), token: signed_in.token, renewal, who: None }
        } else {
            self.kept(environment)?
        };
        let profile_name = profile.unwrap_or(USUAL);
        let signed_in = kept.renewal.is_some().then(|| (kept.url.clone(), kept.token.clone()));
        let done = self.keep(kept, profile_name, output).await;
        if let (Err(_), Some((url, token))) = (&done, signed_in) {
            // Nobody would know of the session any more.
            let _ = sign_in::end(&url, token).await;
        }
        done
    }

    /// Looks who it is, and keeps it as a profile.
    async fn keep(&self, mut kept: Profile, profile_name: &str, output: Output) -> Result<(), Failure> {
        let mut builder = Client::builder(&kept.url)?.token(kept.token.clone());
        if let Some(streams) = &kept.streams {
            builder = builder.streams(streams)?;
        }
        let me = builder.build()?.me().await?;
        let said = format!("{} is {} of {} at {}", me.subject, me.role, me.tenant, kept.url);
        let told = json!({"profile": profile_name, "url": kept.url, "tenant": me.tenant, "subject": me.subject, "role": me.role});
        kept.who = Some(Who { subject: me.subject, role: me.role, tenant: me.tenant });
        let mut locked = Locked::open().await?;
        locked.all.profiles.insert(profile_name.to_owned(), kept);
        let before = locked.all.current.replace(profile_name.to_owned());
        locked.write()?;
        if output.is_json() {
            say::json(&told);
        } else {
            say::line(&said);
            if before.as_deref() != Some(profile_name) {
                anstream::eprintln!("profile {} is in use now", say::safe(profile_name));
            }
            output
                .hint(&format!("Kept in {}. Next: galley tasks create \"How HTTP caching works\"", file()?.display()));
        }
        Ok(())
    }
}

impl Login {
    /// Where streams are is kept only if it was said here: what is kept is where the key goes from now on.
    fn kept(&self, environment: Environment) -> Result<Profile, Failure> {
        let token = match (&self.key_file, &environment.token) {
            (Some(file), _) => key_of(file, self.name.as_deref())?,
            (None, Some(token)) => token.clone(),
            (None, None) => return Err(Failure::NoKey("a key is needed, and is never an argument".to_owned())),
        };
        Ok(Profile { url: self.address(environment), streams: self.streams.clone(), token, renewal: None, who: None })
    }

    fn address(&self, environment: Environment) -> String {
        self.url.clone().or(environment.url).unwrap_or_else(|| LOCAL.to_owned())
    }
}

/// A key out of a file: the whole of it, or one of several by its name.
fn key_of(path: &Path, name: Option<&str>) -> Result<SecretString, Failure> {
    let text = if path.as_os_str() == "-" {
        if stdin().is_terminal() {
            anstream::eprintln!("Enter the key, then Ctrl-D:");
        }
        let mut text = String::new();
        stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| Failure::here(format!("{} cannot be read: {error}", path.display())))?;
    let Ok(keys) = serde_json::from_str::<BTreeMap<String, String>>(&text) else {
        let key = text.trim();
        let whole = !key.is_empty() && key.chars().all(|c| c.is_ascii_graphic());
        return if whole { Ok(key.into()) } else { Err(Failure::here(format!("{} has no key", path.display()))) };
    };
    let names = keys.keys().cloned().collect::<Vec<_>>().join(", ");
    let todo = format!("Choose one with --as: {names}.");
    let name = name.ok_or_else(|| Failure::todo(format!("{} has several keys", path.display()), &todo))?;
    let key = keys.get(name).ok_or_else(|| Failure::todo(format!("{} has no key {name}", path.display()), todo))?;
    Ok(key.as_str().into())
}

#[derive(Debug, Args)]
pub(crate) struct Logout {
    /// The profile; the one in use where none is named
    name: Option<String>,
}

impl Logout {
    pub(crate) async fn run(&self, output: Output, profile: Option<&str>) -> Result<(), Failure> {
        let name = self.name.as_deref().or(profile).map(str::to_owned);
        let name = match name {
            Some(name) => name,
            None => Profiles::read()?.current.ok_or_else(|| Failure::here("there is no profile in use"))?,
        };
        // The session ends by a token that works; where there is none any more, there is nothing to end.
        let is_renewed = sign_in::renew(&name, SignedDuration::from_mins(1)).await;
        let mut locked = Locked::open().await?;
        let Some(gone) = locked.all.profiles.remove(&name) else {
            return Err(Failure::todo(format!("there is no profile {name}"), "`galley profiles` lists them."));
        };
        if locked.all.current.as_ref() == Some(&name) {
            locked.all.current = locked.all.profiles.keys().next().cloned();
        }
        locked.write()?;
        let is_over = matches!(is_renewed, Err(Failure::NoSession(_)));
        let is_session = gone.renewal.is_some();
        let ended = is_over || is_session && sign_in::end(&gone.url, gone.token).await.is_ok();
        if output.is_json() {
            say::json(&json!({"forgotten": name, "ended": ended}));
            return Ok(());
        }
        let rest = match (is_session, ended) {
            (true, true) => "Its session is over.",
            (true, false) => "Its session could not be ended, and is over in 30 days at most.",
            (false, _) => "Its key still works: an admin revokes it with `galley keys revoke`.",
        };
        say::line(&format!("Forgot {name}. {rest}"));
        Ok(())
    }
}

const COLUMNS: &[Column] =
    &[("name", "name"), ("url", "url"), ("", "used"), ("role", "role"), ("tenant", "tenant"), ("subject", "subject")];

#[derive(Debug, Args)]
pub(crate) struct Choose {
    /// Use this one from now on
    name: Option<String>,
}

impl Choose {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        if let Some(name) = &self.name {
            let mut locked = Locked::open().await?;
            if !locked.all.profiles.contains_key(name) {
                return Err(Failure::todo(format!("there is no profile {name}"), "`galley profiles` lists them."));
            }
            locked.all.current = Some(name.clone());
            locked.write()?;
        }
        let profiles = Profiles::read()?;
        let rows = profiles.profiles.iter().map(|(name, profile)| {
            let (who, in_use) = (profile.who.as_ref(), profiles.current.as_ref() == Some(name));
            json!({
                "name": name, "url": profile.url, "subject": who.map(|who| &who.subject), "role": who.map(|who| &who.role),
                "tenant": who.map(|who| &who.tenant), "in_use": in_use, "used": if in_use { "in use" } else { "" },
            })
        });
        let mut rows: Vec<Value> = rows.collect();
        if output.is_json() {
            rows.iter_mut().filter_map(Value::as_object_mut).for_each(|row| drop(row.remove("used")));
        }
        table::list_or(output, rows, COLUMNS, "No profiles. `galley login --help` says how to keep one.");
        Ok(())
    }
}

pub(crate) async fn whoami(context: &Context) -> Result<(), Failure> {
    let session = &context.session;
    let me = context.client()?.me().await?;
    if context.output.is_json() {
        say::json(&json!({
            "url": session.url, "tenant": me.tenant, "subject": me.subject, "role": me.role, "site_url": me.site_url,
            "profile": session.profile, "key_from": session.source, "overridden": session.overridden,
        }));
        return Ok(());
    }
    say::fields(&[
        ("subject", me.subject),
        ("role", me.role),
        ("tenant", me.tenant),
        ("url", session.url.clone()),
        ("site", me.site_url.unwrap_or_default()),
        ("profile", session.profile.clone().unwrap_or_default()),
        ("key from", session.source.to_owned()),
    ]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_keeps_no_streams_that_it_was_not_told() {
        let kept = |streams: Option<&str>| {
            let streams = streams.map(str::to_owned);
            let login = Login { key_file: None, web: false, tenant: None, name: None, url: None, streams };
            let elsewhere = Some("https://elsewhere.example".to_owned());
            login.kept(Environment { url: None, token: Some("k".into()), streams: elsewhere }).unwrap().streams
        };
        assert_eq!(kept(None), None);
        assert_eq!(kept(Some("https://streams.example")).as_deref(), Some("https://streams.example"));
    }
}
