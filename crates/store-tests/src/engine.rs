//! What an engine provides, and how rules run on it.

use std::{any::Any, fmt, sync::Arc};

use async_trait::async_trait;
use reparto_store::Store;

use crate::{Fixture, verify};

/// An exclusive, empty, migrated database.
pub struct Database {
    /// The store on it.
    pub store: Arc<dyn Store>,
    /// Whatever must live as long as the database (a temporary folder, a schema to drop).
    pub guard: Box<dyn Any + Send + Sync>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

/// An engine under test.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Creates a fresh database for exclusive use.
    async fn fresh() -> Database;
}

/// Runs a rule on a fresh database and then verifies the whole database.
pub async fn run<E, R, F>(rule: R)
where
    E: Engine,
    R: FnOnce(Fixture) -> F,
    F: Future<Output = ()>,
{
    follow(rule, Fixture::on(E::fresh().await).await).await;
}

/// Like [`run`], on a database without users.
pub async fn run_on_empty<E, R, F>(rule: R)
where
    E: Engine,
    R: FnOnce(Fixture) -> F,
    F: Future<Output = ()>,
{
    follow(rule, Fixture::empty(E::fresh().await)).await;
}

async fn follow<R, F>(rule: R, fixture: Fixture)
where
    R: FnOnce(Fixture) -> F,
    F: Future<Output = ()>,
{
    rule(fixture.clone()).await;
    if !fixture.is_closed() {
        verify::assert_whole(fixture.store()).await;
    }
}

/// Turns every rule into a test of the engine.
///
/// ```ignore
/// struct Sqlite;
/// impl Engine for Sqlite { … }
/// reparto_store_tests::conformance!(Sqlite);
/// ```
#[macro_export]
macro_rules! conformance {
    ($engine:ty) => {
        $crate::conformance! { @modules $engine;
            assignments { assign: assign_rules, bulk_assign: bulk_assign_rules, bulk_modes: bulk_modes_rules,
                do_not_contact: do_not_contact_rules,
                bulk_unassign: bulk_unassign_rules, random: random_rules, }
            opportunities { create: create_rules, read: read_rules, list: list_rules, search: search_rules,
                update: update_rules, delete: delete_rules, first_call: first_call_rules, history: history_rules, }
            operations { listing: operation_listing_rules, undo: undo_rules, undo_chains: undo_chains_rules, }
            people { contacts: contacts_rules, contact_access: contact_access_rules, users: users_rules, user_lists: user_lists_rules,
                administrators: administrators_rules, sessions: sessions_rules, first_run: first_run_rules, refresh: refresh_rules,
                authority: authority_rules, accounts: accounts_rules, second_factors: second_factors_rules, resets: resets_rules,
                erasures: erasures_rules, user_erasures: user_erasures_rules, }
            sharing { teams: team_rules, members: member_rules, absences: absence_rules,
                rotations: rotation_rules, credits: credit_rules, next: next_rules, }
            records { audit: audit_rules, idempotency: idempotency_rules, imports: imports_rules, sent_imports: sent_imports_rules, kept: kept_rules,
                maintenance: maintenance_rules, retention: retention_rules,
                sealed: sealed_rules, }
            background { making: job_making_rules, running: job_running_rules, undoing: job_undoing_rules,
                events: event_rules, webhooks: webhook_rules, }
            concurrency { races: concurrency_rules, }
        }

        /// Properties that hold for any input.
        mod properties {
            use super::*;
            $crate::property_tests!($engine);
        }
    };
    (@modules $engine:ty; $($group:ident { $($module:ident: $rules:ident,)* })*) => {
        $(mod $group {
            use super::*;
            $(mod $module {
                use super::*;
                $crate::$rules!($engine);
            })*
        })*
    };
}
