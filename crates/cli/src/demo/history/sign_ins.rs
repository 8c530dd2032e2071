//! People sign in and out.

use reparto_domain::{
    SessionId,
    sessions::{OpenSession, TokenHash},
    users::PasswordHash,
};

use super::{History, origin};
use crate::{demo::people::Account, failure::Failure};

/// The lifetime of a session, in seconds: short enough that none is still valid when the demo is used.
const LIFETIME: i64 = 10 * 3_600;

/// Who is signed in.
pub struct Sessions<'a> {
    password: &'a PasswordHash,
    open: Vec<(&'a Account, TokenHash)>,
}

impl<'a> Sessions<'a> {
    /// No sessions yet; the password is that of all accounts.
    pub fn new(password: &'a PasswordHash) -> Self {
        Self { password, open: Vec::new() }
    }
}

impl<'a> History<'a> {
    /// Some sign in in the morning; now and then somebody mistypes.
    pub(super) async fn sign_in_some(&mut self) -> Result<(), Failure> {
        let administrator = self.administrator();
        for account in self.random.some_of(self.agents.clone(), 2).into_iter().chain([administrator]) {
            self.pass(20..=240);
            if self.random.chance(12) {
                self.operator();
                self.store.session_failed(&account.email, origin(account), self.now).await?;
                self.pass(5..=20);
            }
            self.sign_in(account).await?;
        }
        Ok(())
    }

    /// Everybody who is active, on the last day.
    pub(super) async fn everybody_signs_in(&mut self) -> Result<(), Failure> {
        for account in [self.administrators.clone(), self.agents.clone()].concat() {
            self.pass(20..=60);
            self.sign_in(account).await?;
        }
        Ok(())
    }

    /// Half of those who signed in sign out again.
    pub(super) async fn sign_out_some(&mut self) -> Result<(), Failure> {
        for (account, token) in std::mem::take(&mut self.sessions.open) {
            if self.random.chance(50) {
                self.pass(20..=240);
                self.operator();
                self.store.session_close(token, origin(account), self.now).await?;
            }
        }
        Ok(())
    }

    async fn sign_in(&mut self, account: &'a Account) -> Result<(), Failure> {
        self.operator();
        // The hash of a token that nobody has.
        let token = TokenHash(self.random.bytes());
        let command = OpenSession {
            id: SessionId::from_uuid(self.random.id(self.now)),
            user: account.id,
            password: self.sessions.password.clone(),
            second_factor: None,
            token,
            expires_at: self.now.plus_seconds(LIFETIME),
            origin: origin(account),
            at: self.now,
        };
        self.store.session_open(command).await?;
        self.sessions.open.push((account, token));
        Ok(())
    }
}
