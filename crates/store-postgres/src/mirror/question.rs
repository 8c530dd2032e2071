//! A query with its user resolved.

use reparto_domain::opportunities::{OpportunityQuery, Whose};
use reparto_store_rows::lists::Holders;

use crate::{
    engine::{errors::Db, tx::Conn},
    statements::statements,
};

statements! {
    USER = "SELECT seq FROM users WHERE id = $1";
}

/// A filter for the requested rows, within those that the viewer may see.
pub(crate) async fn holders(conn: &mut Conn, query: &OpportunityQuery) -> Db<Holders> {
    let whose = Whose::of(query.visibility, query.filter.held_by);
    let found = match whose.user() {
        Some(id) => conn.opt(USER, &[&id.uuid()]).await?,
        None => None,
    };
    Ok(Holders::of(whose, found.map(|row| row.try_get(0)).transpose()?))
}
