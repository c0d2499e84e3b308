//! Who may publish and play (K6).

use std::collections::BTreeMap;
use std::net::IpAddr;

use async_trait::async_trait;
use springhead_core::BroadcastKey;
use subtle::ConstantTimeEq;

/// What a client showed of itself, the same for every protocol. What it did not show is empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// User name.
    pub user: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// Bearer token, or `token=` of a query.
    pub token: Option<String>,
    /// The whole query, in its order, decoded.
    pub query: Vec<(String, String)>,
    /// Where the client is.
    pub address: Option<IpAddr>,
}

/// Shows who, never a secret.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .field("address", &self.address)
            .field("password", &self.password.is_some())
            .field("token", &self.token.is_some())
            .finish_non_exhaustive()
    }
}

/// The client may not. The reason is for our log, not for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Denied {
    /// Why.
    pub reason: String,
}

impl Denied {
    /// Denies for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// Decides who may publish and play. Asked once at the start of every session, whatever the protocol.
#[async_trait]
pub trait Authorizer: Send + Sync + std::fmt::Debug + 'static {
    /// May this client publish under `key`?
    async fn publish(&self, key: &BroadcastKey, credentials: &Credentials) -> Result<(), Denied>;
    /// May this client play `key`?
    async fn play(&self, key: &BroadcastKey, credentials: &Credentials) -> Result<(), Denied>;
}

/// Everybody may do everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct AllowAll;

#[async_trait]
impl Authorizer for AllowAll {
    async fn publish(&self, _key: &BroadcastKey, _credentials: &Credentials) -> Result<(), Denied> {
        Ok(())
    }

    async fn play(&self, _key: &BroadcastKey, _credentials: &Credentials) -> Result<(), Denied> {
        Ok(())
    }
}

/// One entry of [`StaticUsers`].
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The password, compared in constant time.
    pub password: String,
    /// The user may publish.
    pub publish: bool,
    /// The user may play.
    pub play: bool,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("publish", &self.publish).field("play", &self.play).finish_non_exhaustive()
    }
}

/// Users and passwords from configuration.
#[derive(Clone, Debug, Default)]
pub struct StaticUsers {
    /// By name.
    pub users: BTreeMap<String, User>,
    /// Whether playing needs a user at all.
    pub play_needs_user: bool,
}

impl StaticUsers {
    fn check(&self, credentials: &Credentials, may: fn(&User) -> bool) -> Result<(), Denied> {
        let name = credentials.user.as_deref().unwrap_or_default();
        let shown = credentials.password.as_deref().unwrap_or_default();
        // A user that is not there costs as much time as one that is.
        let user = self.users.get(name);
        let known = user.map_or("", |user| user.password.as_str());
        let matches = bool::from(shown.as_bytes().ct_eq(known.as_bytes()));
        match user {
            Some(user) if matches && may(user) => Ok(()),
            Some(_) if matches => Err(Denied::new("the user may not do this")),
            _ => Err(Denied::new("user or password is wrong")),
        }
    }
}

#[async_trait]
impl Authorizer for StaticUsers {
    async fn publish(&self, _key: &BroadcastKey, credentials: &Credentials) -> Result<(), Denied> {
        self.check(credentials, |user| user.publish)
    }

    async fn play(&self, _key: &BroadcastKey, credentials: &Credentials) -> Result<(), Denied> {
        if self.play_needs_user { self.check(credentials, |user| user.play) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(user: &str, password: &str) -> Credentials {
        Credentials { user: Some(user.into()), password: Some(password.into()), ..Credentials::default() }
    }

    #[tokio::test]
    async fn only_a_user_with_the_right_password_and_right_publishes() {
        let user = |publish| User { password: "secret".into(), publish, play: true };
        let users = StaticUsers {
            users: [("cam".to_owned(), user(true)), ("eye".to_owned(), user(false))].into(),
            play_needs_user: true,
        };
        let key = "live/cam".parse().unwrap();
        for wrong in
            [with("cam", "secre"), with("cam", ""), with("nobody", ""), with("eye", "secret"), Credentials::default()]
        {
            users.publish(&key, &wrong).await.unwrap_err();
        }
        users.publish(&key, &with("cam", "secret")).await.unwrap();
        users.play(&key, &with("eye", "secret")).await.unwrap();
        users.play(&key, &Credentials::default()).await.unwrap_err();
    }

    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", with("cam", "hunter2")).contains("hunter2"));
    }
}
