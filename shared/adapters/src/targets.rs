//! Targets of articles: one file for each kind, behind one port.

mod bluesky;
mod copy;
mod git;
mod http;
mod mastodon;
mod picture;
#[cfg(test)]
mod tests;
mod thread;
mod wordpress;

use galley_domain::outbox::{
    port::{Mark, Piece, Publication, PublishingTarget, RemoteId, Seen, Site, Trail, Welcome},
    target::TargetSettings,
    trouble::Trouble,
};

use crate::{
    callback_sender::HttpCallbackSender,
    targets::{http::TargetHttp, thread::Threads},
};

/// Every kind of target, reached by the rule of callbacks: public hosts by https, resolved once, no redirect.
#[derive(Clone, Debug)]
pub struct HttpTargets {
    http: TargetHttp,
}

impl HttpTargets {
    pub fn new(sender: HttpCallbackSender) -> Self {
        Self { http: TargetHttp::new(sender) }
    }
}

/// Calls the target's kind. A new kind is an arm.
macro_rules! of_its_kind {
    ($self:ident, $site:ident, $kind:ident => $call:expr) => {
        match &$site.target.settings {
            TargetSettings::Wordpress(settings) => {
                let $kind = wordpress::Api::new(&$self.http, $site, settings);
                $call
            }
            TargetSettings::Git(settings) => {
                let $kind = git::Api::new(&$self.http, $site, settings);
                $call
            }
            TargetSettings::Mastodon(settings) => {
                let $kind = Threads(mastodon::Api::new(&$self.http, $site, settings));
                $call
            }
            TargetSettings::Bluesky(settings) => {
                let $kind = Threads(bluesky::Api::new(&$self.http, $site, settings));
                $call
            }
        }
    };
}

impl PublishingTarget for HttpTargets {
    async fn greet(&self, site: Site<'_>) -> Result<Welcome, Trouble> {
        of_its_kind!(self, site, api => api.greet().await)
    }

    async fn look(&self, site: Site<'_>, trail: Trail<'_>) -> Result<Option<Seen>, Trouble> {
        of_its_kind!(self, site, api => api.look(trail).await)
    }

    async fn draft(&self, site: Site<'_>, mark: &Mark, piece: &Piece) -> Result<Seen, Trouble> {
        of_its_kind!(self, site, api => api.draft(mark, piece).await)
    }

    async fn publish(
        &self,
        site: Site<'_>,
        id: &RemoteId,
        piece: &Piece,
        publication: Publication,
        over: &str,
    ) -> Result<Seen, Trouble> {
        of_its_kind!(self, site, api => api.publish(id, piece, publication, over).await)
    }

    async fn unpublish(&self, site: Site<'_>, id: &RemoteId) -> Result<(), Trouble> {
        of_its_kind!(self, site, api => api.unpublish(id).await)
    }

    fn fingerprint(&self, site: Site<'_>, piece: &Piece) -> String {
        of_its_kind!(self, site, api => api.fingerprint(piece))
    }
}
