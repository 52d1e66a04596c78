//! Which Galley is meant, as whom: GALLEY_URL and GALLEY_TOKEN before a profile, and a profile's key goes to its own address
//! alone.

use galley_client::{Client, Retries, SecretString};
use jiff::{SignedDuration, Timestamp};

use crate::{
    fail::Failure,
    output::Output,
    profiles::{Profile, Profiles},
    sign_in,
};

/// Where `make run` has it.
pub(crate) const LOCAL: &str = "http://127.0.0.1:8787";

/// Almost all of the fifteen minutes that a session's token is good for.
pub(crate) const WHOLE_TOKEN: SignedDuration = SignedDuration::from_mins(14);

/// Who sits at a terminal is told at once that operators hold writes.
const RETRIES: Retries = Retries { while_held: false, ..Retries::USUAL };

/// What the environment says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    pub(crate) url: Option<String>,
    pub(crate) token: Option<SecretString>,
    pub(crate) streams: Option<String>,
}

impl Environment {
    pub(crate) fn read() -> Self {
        let given = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        Self {
            url: given("GALLEY_URL"),
            token: given("GALLEY_TOKEN").map(Into::into),
            streams: given("GALLEY_STREAM_URL"),
        }
    }
}

/// The Galley that is meant.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) url: String,
    pub(crate) streams: Option<String>,
    pub(crate) token: Option<SecretString>,
    /// The profile that something of it is from.
    pub(crate) profile: Option<String>,
    /// Where the key is from, for people.
    pub(crate) source: &'static str,
    /// When the key of somebody who signed in with a browser ends.
    pub(crate) good_until: Option<Timestamp>,
    /// What of a profile the environment has replaced.
    pub(crate) overridden: Vec<&'static str>,
}

impl Session {
    /// The token of somebody who signed in with a browser is good for `needs`, at least: it is replaced before it ends.
    pub(crate) async fn find(named: Option<&str>, needs: SignedDuration) -> Result<Self, Failure> {
        let (environment, profiles) = (Environment::read(), Profiles::read()?);
        let session = Self::of(environment.clone(), &profiles, named)?;
        let soon = Timestamp::now() + needs;
        match (&session.profile, session.good_until) {
            (Some(name), Some(good_until)) if good_until < soon => {
                sign_in::renew(name, needs).await?;
                Self::of(environment, &Profiles::read()?, named)
            }
            _ => Ok(session),
        }
    }

    /// The same Galley, and nobody.
    pub(crate) fn without_a_key(named: Option<&str>) -> Result<Self, Failure> {
        let session = Self::of(Environment::read(), &Profiles::read()?, named)?;
        Ok(Self { token: None, source: "nowhere", good_until: None, ..session })
    }

    fn of(environment: Environment, profiles: &Profiles, named: Option<&str>) -> Result<Self, Failure> {
        let name = named.or(profiles.current.as_deref());
        let profile = name.and_then(|name| profiles.profiles.get(name));
        if let Some(named) = named
            && profile.is_none()
        {
            return Err(Failure::todo(format!("there is no profile {named}"), "`galley profiles` lists them."));
        }
        let Environment { url, token, streams } = environment;
        if let Some(wrong) = url.as_deref().filter(|url| !has_scheme(url)) {
            let todo = "It begins with http:// or https://, such as https://api.example.com.";
            return Err(Failure::todo(format!("GALLEY_URL is no URL: {wrong}"), todo));
        }
        let mut overridden = Vec::new();
        if profile.is_some() {
            overridden.extend(url.as_ref().map(|_| "GALLEY_URL"));
            overridden.extend(token.as_ref().map(|_| "GALLEY_TOKEN"));
        }
        let same_place = |profile: &&Profile| url.as_deref().is_none_or(|url| is_same(url, &profile.url));
        let kept = profile.filter(same_place);
        let source = match (&token, kept) {
            (Some(_), _) => "GALLEY_TOKEN",
            (None, Some(_)) => "the profile",
            (None, None) => "nowhere",
        };
        // Where a key of the environment goes, the environment says; a profile's goes nowhere but where the profile says.
        let streams = streams.filter(|_| token.is_some());
        let renewal = kept.filter(|_| token.is_none()).and_then(|profile| profile.renewal.as_ref());
        Ok(Self {
            good_until: renewal.map(|renewal| renewal.expires_at),
            token: token.or_else(|| kept.map(|profile| profile.token.clone())),
            streams: streams.or_else(|| kept.and_then(|profile| profile.streams.clone())),
            url: url.or_else(|| profile.map(|profile| profile.url.clone())).unwrap_or_else(|| LOCAL.to_owned()),
            profile: kept.and(name).map(str::to_owned),
            source,
            overridden,
        })
    }

    /// The same Galley with the next token, where this one's ends within a minute; for what goes on for long.
    pub(crate) async fn renewed(&self) -> Result<Option<Self>, Failure> {
        let soon = Timestamp::now() + SignedDuration::from_mins(1);
        match (&self.profile, self.good_until) {
            (Some(name), Some(good_until)) if good_until < soon => {
                let next = Self::find(Some(name), WHOLE_TOKEN).await?;
                // Where it was not replaced, there is no other to try with.
                Ok(next.good_until.is_some_and(|until| until > good_until).then_some(next))
            }
            _ => Ok(None),
        }
    }

    /// A client that has a key.
    pub(crate) fn client(&self, output: Output) -> Result<Client, Failure> {
        if self.token.is_none() {
            return Err(Failure::NoKey(format!("there is no key for {}", self.url)));
        }
        if !self.overridden.is_empty() {
            output.hint(&format!("note: {} is set and wins over the profile", self.overridden.join(" and ")));
        }
        self.anonymous()
    }

    /// A client that sends no key, for what is signed.
    pub(crate) fn keyless(&self) -> Result<Client, Failure> {
        Ok(Client::builder(&self.url)?.retries(RETRIES).build()?)
    }

    /// A client for what needs no key; it sends one if there is one.
    pub(crate) fn anonymous(&self) -> Result<Client, Failure> {
        let mut builder = Client::builder(&self.url)?.retries(RETRIES);
        if let Some(token) = &self.token {
            builder = builder.token(token.clone());
        }
        if let Some(streams) = &self.streams {
            builder = builder.streams(streams)?;
        }
        Ok(builder.build()?)
    }
}

fn has_scheme(url: &str) -> bool {
    let url = url.trim().to_ascii_lowercase();
    url.starts_with("http://") || url.starts_with("https://")
}

fn is_same(one: &str, other: &str) -> bool {
    one.trim().trim_end_matches('/') == other.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::profiles::Renewal;

    fn profiles() -> Profiles {
        let of = |url: &str| Profile {
            url: url.into(),
            streams: None,
            token: format!("key of {url}").into(),
            renewal: None,
            who: None,
        };
        let all = [("a", of("https://a.example")), ("b", of("https://b.example"))];
        Profiles { current: Some("a".into()), profiles: all.map(|(name, profile)| (name.to_owned(), profile)).into() }
    }

    fn found(url: Option<&str>, token: Option<&str>, named: Option<&str>) -> Session {
        let environment = Environment { url: url.map(str::to_owned), token: token.map(Into::into), streams: None };
        Session::of(environment, &profiles(), named).unwrap()
    }

    fn key(session: &Session) -> Option<&str> {
        session.token.as_ref().map(ExposeSecret::expose_secret)
    }

    #[test]
    fn a_profiles_key_goes_to_no_other_address() {
        let session = found(Some("https://elsewhere.example"), None, None);
        assert_eq!((session.url.as_str(), key(&session)), ("https://elsewhere.example", None));
        assert!(matches!(session.client(Output::Pipe), Err(Failure::NoKey(_))));
        assert_eq!(key(&found(Some("https://a.example/"), None, None)), Some("key of https://a.example"));
    }

    #[test]
    fn a_profiles_key_goes_to_no_streams_of_the_environment() {
        let found = |token: Option<&str>| {
            let streams = Some("https://elsewhere.example".to_owned());
            let environment = Environment { url: None, token: token.map(Into::into), streams };
            Session::of(environment, &profiles(), None).unwrap().streams
        };
        assert_eq!(found(None), None);
        assert_eq!(found(Some("mine")).as_deref(), Some("https://elsewhere.example"));
    }

    #[test]
    fn a_token_that_is_not_used_is_not_renewed() {
        let mut profiles = profiles();
        let renewal = Renewal { refresh_token: "r".into(), expires_at: Timestamp::now() };
        profiles.profiles.get_mut("a").unwrap().renewal = Some(renewal);
        let due = |url: Option<&str>, token: Option<&str>, named| {
            let environment = Environment { url: url.map(str::to_owned), token: token.map(Into::into), streams: None };
            Session::of(environment, &profiles, named).unwrap().good_until
        };
        assert!(due(None, None, None).is_some());
        assert!(due(Some("https://a.example/"), None, None).is_some());
        assert_eq!(due(Some("https://elsewhere.example"), None, None), None);
        assert_eq!(due(None, Some("mine"), None), None);
        assert_eq!(due(None, None, Some("b")), None);
    }

    #[test]
    fn what_is_no_address_is_told_before_a_key_is_missed() {
        for wrong in ["rubbish", "localhost:8787", "ftp://a.example"] {
            let environment = Environment { url: Some(wrong.to_owned()), ..Environment::default() };
            let refused = Session::of(environment, &profiles(), None);
            assert!(
                matches!(refused, Err(Failure::Here { ref what, .. }) if what.contains("GALLEY_URL")),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn the_environment_wins_and_says_so() {
        let session = found(None, Some("mine"), Some("b"));
        assert_eq!((session.url.as_str(), key(&session)), ("https://b.example", Some("mine")));
        assert_eq!((session.source, &session.overridden[..]), ("GALLEY_TOKEN", &["GALLEY_TOKEN"][..]));
        assert_eq!(found(None, None, None).url, "https://a.example");
        let unknown = Session::of(Environment::default(), &profiles(), Some("c"));
        assert!(matches!(unknown, Err(Failure::Here { .. })));
        let none = Session::of(Environment::default(), &Profiles::default(), None).unwrap();
        assert_eq!((none.url.as_str(), key(&none)), (LOCAL, None));
    }
}
