//! A stack with fake providers of models, searches and photographs that speak the real protocols.

use galley_local::fake_providers::{FakeProviders, PAGES, Temper};
use serde_json::Value;

use crate::{Galley, options};

#[derive(Debug)]
pub struct Fixture {
    pub galley: Galley,
    pub fake: FakeProviders,
    _folder: tempfile::TempDir,
}

pub async fn with_fake_providers(temper: Temper, parameters: &[(&str, &str)]) -> Fixture {
    let fake = FakeProviders::start(temper).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("models.json");
    std::fs::write(&file, fake.catalogue().to_string()).unwrap();
    let mut options = options();
    let (file, stand_ins) = (file.display().to_string(), format!("{PAGES}={}", fake.address));
    let own = [("CatalogueFile", file.as_str()), ("CallbackStandIns", stand_ins.as_str()), ("LeaseSeconds", "3")];
    for (name, value) in own.iter().chain(parameters) {
        options.parameters.insert((*name).to_owned(), (*value).to_owned());
    }
    options.provider_keys = FakeProviders::keys();
    Fixture { galley: Galley::with(options).await, fake, _folder: folder }
}

impl Fixture {
    pub async fn drafted(&self, body: Value) -> (String, Value) {
        let path = self.galley.create(body).await;
        let task = self.galley.wait(&path, "awaiting_approval").await;
        (path, task)
    }

    pub async fn story(&self, path: &str) -> Value {
        self.galley.get("viewer", &format!("{path}/provenance?limit=100")).await.expect(200).body
    }

    /// The providers of the model calls so far, in order.
    pub fn writers(&self) -> Vec<String> {
        let asked = self.fake.asked().into_iter();
        let of_models = asked.filter(|asked| asked.provider.starts_with("fake-"));
        of_models.map(|asked| asked.provider).collect()
    }
}
