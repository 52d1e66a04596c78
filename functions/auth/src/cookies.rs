//! The cookies of somebody who signs in.

/// One cookie for each sign-in that a browser has begun, so that two tabs do not overwrite each other's.
pub(crate) const BEGUN: &str = "galley-sign-in-";

/// Attributes of the cookie that binds a sign-in to a browser.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    secure: bool,
}

impl Cookies {
    /// `Secure` if the page that people return to is served by HTTPS; plain HTTP is for this machine alone.
    pub fn for_page(redirect_url: &str) -> Self {
        Self { secure: redirect_url.starts_with("https:") }
    }

    /// Sent only on top-level navigations and only to these routes; not readable by scripts.
    pub(crate) fn set(self, id: &str, value: &str, seconds: i64) -> String {
        let secure = self.secure();
        format!("{BEGUN}{id}={value}; Path=/api/auth; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }

    pub(crate) const fn secure(self) -> &'static str {
        if self.secure { "; Secure" } else { "" }
    }
}
