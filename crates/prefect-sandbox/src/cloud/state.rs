//! The keys and tokens that are good. They live as long as the sandbox.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::mode::CloudMode;
use crate::clock::SandboxClock;

pub(crate) struct Cloud {
    keys: HashMap<String, User>,
    lifetime: SignedDuration,
    clock: SandboxClock,
    issued: Mutex<Issued>,
}

/// Whom a key belongs to.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: String,
    /// Ids of the tenants, the default one first.
    pub(super) tenants: Vec<String>,
}

#[derive(Default)]
struct Issued {
    access: HashMap<String, (Grant, Timestamp)>,
    refresh: HashMap<String, Grant>,
}

/// What a token allows.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) user: User,
    pub(super) tenant: String,
}

/// A new pair of tokens.
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) expires_at: Timestamp,
}

impl Cloud {
    /// `tenants` has the id of every slug.
    pub(crate) fn new(mode: &CloudMode, tenants: &HashMap<String, String>, clock: SandboxClock) -> Self {
        let ids = |slugs: &[String]| slugs.iter().filter_map(|slug| tenants.get(slug).cloned()).collect();
        let keys = mode.keys.iter().map(|(key, slugs)| {
            let id = Uuid::new_v4().hyphenated().to_string();
            (key.clone(), User { id, tenants: ids(slugs) })
        });
        let lifetime = SignedDuration::try_from(mode.token_lifetime).unwrap_or(SignedDuration::MAX);
        Self { keys: keys.collect(), lifetime, clock, issued: Mutex::default() }
    }

    pub(super) fn key(&self, secret: &str) -> Option<User> {
        self.keys.get(secret).cloned()
    }

    pub(super) fn access_token(&self, secret: &str) -> Option<Grant> {
        let now = self.clock.timestamp();
        self.with(|issued| {
            issued.access.get(secret).filter(|(_, end)| *end > now).map(|(grant, _)| grant.clone())
        })
    }

    pub(super) fn refresh_token(&self, secret: &str) -> Option<Grant> {
        self.with(|issued| issued.refresh.get(secret).cloned())
    }

    /// Issues a pair of tokens; expired ones are forgotten.
    pub(super) fn issue(&self, grant: Grant) -> Pair {
        let now = self.clock.timestamp();
        let expires_at = now.checked_add(self.lifetime).unwrap_or(Timestamp::MAX);
        let token = |kind: &str| format!("{kind}-{}", Uuid::new_v4().simple());
        let (access, refresh) = (token("access"), token("refresh"));
        self.with(|issued| {
            issued.access.retain(|_, (_, end)| *end > now);
            issued.access.insert(access.clone(), (grant.clone(), expires_at));
            issued.refresh.insert(refresh.clone(), grant);
        });
        Pair { access, refresh, expires_at }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Issued) -> T) -> T {
        work(&mut self.issued.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Without the secrets.
impl fmt::Debug for Cloud {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cloud").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}
