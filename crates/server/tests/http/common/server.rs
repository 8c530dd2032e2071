//! The service under test.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use axum::http::Method;
use reparto_domain::{
    Caller, Role, UserId,
    users::{NewUser, PasswordHash, Profile},
    values::EmailAddress,
};
use reparto_server::{
    App, Config,
    auth::{passwords, tokens::Bearer},
    background::Background,
    serve::Served,
};
use reparto_store::Store;
use serde_json::Value;

use super::{Account, Ask, PASSWORD, clock::TestClock, database::Database};

/// The service, in-process, on a separate database.
pub struct Server {
    /// Its state.
    pub app: App,
    pub(super) service: Served,
    clock: Arc<TestClock>,
    database: Database,
    accounts: AtomicUsize,
}

impl Server {
    /// With default settings, but without rate limits.
    pub async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// With other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let clock = Arc::new(TestClock::new());
        let database = Database::fresh(clock.clone()).await;
        let mut config = Config {
            limits: None,
            login_limit: "100000/60".parse().expect("a policy"),
            jwt_secret: Some("a secret of thirty-two characters".to_owned().into()),
            ..Config::default()
        };
        change(&mut config);
        let app = App::new(config, Arc::clone(&database.store), clock.clone()).await.expect("a service");
        let service = reparto_server::serve::service(reparto_server::router(&app).unwrap());
        Self { app, service, clock, database, accounts: AtomicUsize::new(0) }
    }

    /// The store, for preparing and inspecting data directly.
    pub fn store(&self) -> &dyn Store {
        &*self.database.store
    }

    /// A caller with all rights, for preparing data.
    pub fn system(&self) -> Caller {
        Caller::system(self.app.clock.now())
    }

    /// Seconds since 1970-01-01 by the clock.
    pub fn now(&self) -> i64 {
        self.app.clock.now().seconds()
    }

    /// Advances the clock.
    pub fn advance(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    /// Makes the clock run, this many times faster than real time.
    pub fn let_time_run(&self, times: u32) {
        self.clock.run(times);
    }

    /// Starts the background tasks; they end with the test.
    pub fn run_background(&self) -> Background {
        Background::start(&self.app)
    }

    /// A user of this role with the password [`PASSWORD`], and an access token.
    pub async fn account(&self, role: Role) -> Account {
        let number = self.accounts.fetch_add(1, Ordering::Relaxed) + 1;
        let email = format!("{role}{number}@example.org");
        let user = NewUser {
            id: UserId::new(),
            email: EmailAddress::new(&email).expect("an address"),
            password: password_hash(),
            profile: Profile { full_name: Some(format!("{role} {number}")), ..Profile::default() },
            role,
            is_active: true,
            is_verified: true,
        };
        let user = self.store().user_create(&self.system(), user).await.expect("a user");
        Account { id: user.id, email, role, token: self.token(user.id) }
    }

    /// An access token of the first generation for a user.
    pub fn token(&self, user: UserId) -> String {
        let bearer = Bearer { user, generation: 0, session: None };
        self.app.tokens.issue(&bearer, self.app.clock.now()).expect("a token").0
    }

    /// Gets a path.
    pub fn get(&self, path: &str) -> Ask<'_> {
        self.ask(Method::GET, path)
    }

    /// Posts JSON.
    pub fn post(&self, path: &str, body: Value) -> Ask<'_> {
        self.ask(Method::POST, path).json(body)
    }

    /// Patches with JSON.
    pub fn patch(&self, path: &str, body: Value) -> Ask<'_> {
        self.ask(Method::PATCH, path).json(body)
    }

    /// Deletes a path.
    pub fn delete(&self, path: &str) -> Ask<'_> {
        self.ask(Method::DELETE, path)
    }

    /// Any request.
    pub fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        Ask::new(self, method, path)
    }
}

/// Hashing is slow: once is enough.
fn password_hash() -> PasswordHash {
    static HASH: OnceLock<PasswordHash> = OnceLock::new();
    HASH.get_or_init(|| passwords::hash(PASSWORD).expect("a hash")).clone()
}
