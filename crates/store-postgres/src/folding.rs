//! Making texts and keys anew that were made by other rules, or for numbers of another country.

use reparto_store_rows::{
    contacts::{Keys, folded},
    users::UserKeys,
};

use crate::{
    engine::{
        errors::Db,
        params::{Text, opt},
        tx::Conn,
    },
    rows::{Reader, contact, contact_columns},
    statements::statements,
};

/// So many rows are made anew in one go: whoever wants to write them waits for some tens of milliseconds.
const AT_ONCE: i64 = 500;

statements! {
    // In two parts, for which the index is used. What somebody else writes meanwhile is skipped.
    CONTACTS = concat!("SELECT c.seq, ", contact_columns!(), " FROM contacts c WHERE c.seq = ANY(ARRAY( \
        (SELECT seq FROM contacts WHERE folded < $1 LIMIT $2) UNION ALL \
        (SELECT seq FROM contacts WHERE folded > $1 LIMIT $2))) ORDER BY c.seq LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED");
    CONTACT = "UPDATE contacts c SET folded = $1, search_text = k.search_text, name_key = k.name_key, \
        email_key = k.email_key, phone_key = k.phone_key, mobile_key = k.mobile_key, city_key = k.city_key, \
        nacionalidad_key = k.nacionalidad_key \
        FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) \
            AS k (seq, search_text, name_key, email_key, phone_key, mobile_key, city_key, nacionalidad_key) \
        WHERE c.seq = k.seq";
    USERS = "SELECT seq, email, full_name, first_name, last_name, phone_number FROM users WHERE folded <> $1 \
        ORDER BY seq LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED";
    USER = "UPDATE users SET folded = $2, search_text = $3, name_key = $4 WHERE seq = $1";
}

/// Makes some rows anew; returns how many.
pub(crate) async fn fold_anew(tx: &mut Conn) -> Db<u64> {
    Ok(users(tx).await? + contacts(tx).await?)
}

async fn contacts(tx: &mut Conn) -> Db<u64> {
    let found = tx.all(CONTACTS, &[&folded(), &AT_ONCE]).await?;
    if found.is_empty() {
        return Ok(0);
    }
    let (mut seqs, mut all) = (Vec::<i64>::new(), Vec::new());
    for row in &found {
        let mut row = Reader::new(row);
        seqs.push(row.next()?);
        all.push(Keys::of(&contact(&mut row)?.fields));
    }
    let texts: Vec<Text<'_>> = all.iter().map(|keys| Text(&keys.search_text)).collect();
    let names: Vec<Text<'_>> = all.iter().map(|keys| Text(&keys.name)).collect();
    let emails: Vec<Option<Text<'_>>> = all.iter().map(|keys| opt(&keys.email)).collect();
    let phones: Vec<Option<Text<'_>>> = all.iter().map(|keys| opt(&keys.phone)).collect();
    let mobiles: Vec<Option<Text<'_>>> = all.iter().map(|keys| opt(&keys.mobile)).collect();
    let cities: Vec<Option<Text<'_>>> = all.iter().map(|keys| opt(&keys.city)).collect();
    let nacionalidades: Vec<Option<Text<'_>>> = all.iter().map(|keys| opt(&keys.nacionalidad)).collect();
    tx.run(CONTACT, &[&folded(), &seqs, &texts, &names, &emails, &phones, &mobiles, &cities, &nacionalidades]).await?;
    Ok(seqs.len() as u64)
}

async fn users(tx: &mut Conn) -> Db<u64> {
    let found = tx.all(USERS, &[&folded(), &AT_ONCE]).await?;
    for row in &found {
        let mut row = Reader::new(row);
        let (seq, email): (i64, String) = (row.next()?, row.next()?);
        let names: [Option<String>; 3] = [row.next()?, row.next()?, row.next()?];
        let phone: Option<String> = row.next()?;
        let [full, first, last] = &names;
        let keys = UserKeys::new(&email, [full.as_deref(), first.as_deref(), last.as_deref()], phone.as_deref());
        tx.run(USER, &[&seq, &folded(), &Text(&keys.search_text), &Text(&keys.name)]).await?;
    }
    Ok(found.len() as u64)
}
