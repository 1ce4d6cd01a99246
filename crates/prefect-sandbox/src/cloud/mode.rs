//! What a sandbox that plays Prefect Cloud is told before it starts.

use std::fmt;
use std::time::Duration;

/// Makes the sandbox behave as Prefect Cloud: its schema, API keys, and tenants that do not see each other.
///
/// An API key is also what old clients call an API token: `switch_tenant` takes it and gives out an access token
/// for one tenant, which `refresh_token` replaces.
#[derive(Clone)]
#[must_use = "it does nothing until it is given to the builder"]
pub struct CloudMode {
    pub(super) keys: Vec<(String, Vec<String>)>,
    pub(super) token_lifetime: Duration,
}

impl Default for CloudMode {
    fn default() -> Self {
        Self::new()
    }
}

impl CloudMode {
    /// Without a key nobody gets in.
    pub fn new() -> Self {
        Self { keys: Vec::new(), token_lifetime: Duration::from_secs(600) }
    }

    /// An API key and the slug of a tenant that it opens. A key that is given again opens several; the first is
    /// the one that it stands for without `X-PREFECT-TENANT-ID`. Tenants that do not exist are created.
    pub fn api_key(mut self, key: impl Into<String>, tenant_slug: impl Into<String>) -> Self {
        let (key, slug) = (key.into(), tenant_slug.into());
        match self.keys.iter_mut().find(|(known, _)| *known == key) {
            Some((_, slugs)) => slugs.push(slug),
            None => self.keys.push((key, vec![slug])),
        }
        self
    }

    /// How long an access token is good, by the sandbox's clock. Default: ten minutes.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// The tenants of all keys, the first key's first.
    pub(crate) fn slugs(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().flat_map(|(_, slugs)| slugs).map(String::as_str)
    }
}

/// Without the keys.
impl fmt::Debug for CloudMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slugs: Vec<_> = self.keys.iter().map(|(_, slugs)| slugs).collect();
        formatter
            .debug_struct("CloudMode")
            .field("tenants", &slugs)
            .field("token_lifetime", &self.token_lifetime)
            .finish()
    }
}
