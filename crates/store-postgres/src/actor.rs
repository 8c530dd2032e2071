//! Who acts: a row that the transaction holds until it ends.
//!
//! Whoever relies on a user's rights holds the user's row `FOR KEY SHARE`; whoever changes rights (role, activity,
//! deletion, a new password) takes it `FOR UPDATE` first. So the two are in an order, while a sign-in or an edit of a
//! profile, which change no right, wait for nobody: an `UPDATE` by itself does not conflict with `KEY SHARE`.

use reparto_domain::{Authority, Caller, Refusal};

pub(crate) use reparto_store_rows::actor::Actor;
use reparto_store_rows::actor::require_valid;

use crate::{
    engine::{errors::Db, tx::Conn},
    rows::Reader,
    statements::statements,
};

statements! {
    HELD = "SELECT seq, email, role, is_active AND deleted_at IS NULL, token_generation, tokens_valid_from \
        FROM users WHERE id = $1 FOR KEY SHARE";
    SEEN = "SELECT seq, email, role, is_active AND deleted_at IS NULL, token_generation, tokens_valid_from \
        FROM users WHERE id = $1";
}

/// The caller, if what the token said still holds; else a 401 refusal. It goes on holding until the transaction ends.
pub(crate) async fn authorize(tx: &mut Conn, caller: &Caller) -> Db<Actor> {
    authority(tx, &caller.authority, HELD).await
}

/// As [`authorize`], at this moment only.
pub(crate) async fn look_up(conn: &mut Conn, of: &Authority) -> Db<Actor> {
    authority(conn, of, SEEN).await
}

async fn authority(conn: &mut Conn, authority: &Authority, statement: &str) -> Db<Actor> {
    let Authority::User { id, issued_at, generation } = *authority else { return Ok(Actor::system()) };
    let found = conn.opt(statement, &[&id.uuid()]).await?.ok_or(Refusal::AccountInactive)?;
    let mut row = Reader::new(&found);
    let actor = Actor { seq: Some(row.next()?), id: Some(id), email: row.next()?, role: row.role()? };
    if !row.next::<bool>()? {
        return Err(Refusal::AccountInactive.into());
    }
    require_valid(issued_at, generation, row.next()?, row.time_or_none()?)?;
    Ok(actor)
}
