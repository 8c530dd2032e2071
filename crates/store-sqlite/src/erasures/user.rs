//! Erasing a deleted user.

use reparto_domain::{
    Caller, Refusal, UserId,
    audit::{EntityType, action},
    erasures::{ERASED_ACTOR, Erase, Erased, ErasedEntity, Traces, texts_in_files},
};
use reparto_store::StoreResult;
use reparto_store_rows::{erasures::without_traces, job_errors::without_name, names::named, user_columns};
use rusqlite::{Connection, params};
use serde_json::json;

use super::{bare_entries, remember};
use crate::{actor::administrator, audit, engine::Conn as _, statements::statements, users::rows::user};

statements! {
    FIND = concat!("SELECT ", user_columns!(), ", u.deleted_at IS NOT NULL FROM users u WHERE u.id = ?1");
    EMPTY = "UPDATE users SET email = '', email_key = '', name_key = '', search_text = '', password = '', \
        full_name = NULL, first_name = NULL, last_name = NULL, phone_number = NULL, avatar_url = NULL, \
        preferred_language = NULL, last_login = NULL, updated_at = ?2, erased_at = ?3 WHERE seq = ?1";
    TOKENS = "DELETE FROM refresh_tokens WHERE session_seq IN (SELECT seq FROM sessions WHERE user_seq = ?1)";
    SESSIONS = "DELETE FROM sessions WHERE user_seq = ?1";
    SECOND_FACTOR = "DELETE FROM second_factors WHERE user_seq = ?1";
    RECOVERY = "DELETE FROM recovery_codes WHERE user_seq = ?1";
    RESETS = "DELETE FROM password_resets WHERE user_seq = ?1";
    NOTES = "UPDATE absences SET note = NULL WHERE user_seq = ?1 AND note IS NOT NULL";
    PAUSES = "UPDATE team_members SET paused_until = NULL WHERE user_seq = ?1 AND paused_until IS NOT NULL";
    REASONS = "UPDATE rotation_events SET reason = NULL WHERE user_seq = ?1 AND reason IS NOT NULL";
    ANSWERS = "DELETE FROM idempotency_keys WHERE user_seq = ?1 OR names_users = 1";
    OWN_ENTRIES = "UPDATE audit_logs SET actor_email = ?2, ip_address = NULL, user_agent = NULL \
        WHERE actor = ?1 AND (actor_email <> ?2 OR ip_address IS NOT NULL OR user_agent IS NOT NULL)";
    // Sign-ins that failed: the address was typed, in any case.
    FAILED = "SELECT seq, actor_email FROM audit_logs WHERE action = ?1 AND actor IS NULL";
    FAILED_BARE = "UPDATE audit_logs SET actor_email = ?2, ip_address = NULL, user_agent = NULL WHERE seq = ?1";
    ERRORS = "SELECT seq, errors FROM job_chunks WHERE errors IS NOT NULL AND instr(errors, ?1) > 0";
    ERROR = "UPDATE job_chunks SET errors = ?2 WHERE seq = ?1";
    // Files of exports that show the user as a holder, some at a time: there may be many.
    EXPORTS => named("SELECT c.seq, c.output FROM job_chunks c JOIN jobs j ON j.seq = c.job \
        WHERE j.kind = {job.export} AND c.output IS NOT NULL AND c.seq > ?1 \
            AND (instr(c.output, CAST(?2 AS BLOB)) > 0 OR instr(c.output, CAST(?3 AS BLOB)) > 0) \
        ORDER BY c.seq LIMIT 20");
    EXPORT = "UPDATE job_chunks SET output = ?2 WHERE seq = ?1";
    IMPORTED = "UPDATE import_rows SET cells = NULL, details = NULL WHERE cells IS NOT NULL \
        AND (instr(lower(cells), lower(?1)) > 0 OR instr(lower(cells), lower(?2)) > 0)";
    WITH_OPPORTUNITIES = "SELECT count(*) FROM assignments WHERE holder = ?1";
}

/// Erases; see [`Erasures::user_erase`](reparto_store::Erasures::user_erase).
pub(super) fn erase(conn: &Connection, caller: &Caller, id: UserId, erase: &Erase) -> StoreResult<Erased> {
    let actor = administrator(conn, caller)?;
    let found = conn.opt(FIND, [id.as_bytes()], |row| Ok((user(row)?, row.next::<bool>()?)))?;
    let ((seq, user), is_deleted) = found.ok_or(Refusal::UserNotFound)?;
    actor.require_may_manage(user.role)?;
    if !is_deleted {
        return Err(Refusal::UserNotDeleted.into());
    }
    let follows = audit::newest_about(conn, id.as_bytes())?;
    let caller = &caller.taking_effect(caller.at, [user.updated_at].into_iter().chain(follows));
    let traces = Traces::of_user(&user);
    let reason = traces.reason_to_keep(erase.reason.as_deref());
    let erased_at = remember(conn, ErasedEntity::User, id.as_bytes(), caller.at, (actor.seq, reason))?;
    conn.run(EMPTY, params![seq, caller.at.micros(), erased_at.micros()])?;
    conn.run(TOKENS, [seq])?;
    conn.run(SESSIONS, [seq])?;
    conn.run(SECOND_FACTOR, [seq])?;
    conn.run(RECOVERY, [seq])?;
    conn.run(RESETS, [seq])?;
    conn.run(NOTES, [seq])?;
    conn.run(PAUSES, [seq])?;
    conn.run(REASONS, [seq])?;
    conn.run(ANSWERS, [seq])?;
    let mut audit_entries = bare_entries(conn, id.as_bytes())?;
    audit_entries += conn.run(OWN_ENTRIES, params![seq, ERASED_ACTOR])? as u64;
    audit_entries += failed_sign_ins(conn, &user.email)?;
    errors(conn, id)?;
    if !user.email.is_empty() {
        let [email, name] = texts_in_files(&user);
        exports(conn, &email, &name, &Traces::of_user_in_files(&user))?;
        conn.run(IMPORTED, params![email, name])?;
    }
    let opportunities = conn.count(WITH_OPPORTUNITIES, [seq])?.unsigned_abs();
    let entry = audit::Entry {
        action: action::USER_ERASED,
        entity: EntityType::User,
        entity_id: Some(*id.as_bytes()),
        operation: None,
        details: json!({ "reason": reason, "opportunities": opportunities, "audit_entries": audit_entries }).into(),
    };
    audit::record(conn, caller, &actor, &entry)?;
    Ok(Erased { erased_at, opportunities, audit_entries })
}

fn failed_sign_ins(conn: &Connection, email: &str) -> StoreResult<u64> {
    let key = email.to_lowercase();
    let mut found: Vec<i64> = Vec::new();
    conn.each(FAILED, [action::LOGIN_FAILED], |row| {
        let seq = row.next()?;
        if !key.is_empty() && row.text()?.trim().to_lowercase() == key {
            found.push(seq);
        }
        Ok(true)
    })?;
    for seq in &found {
        conn.run(FAILED_BARE, params![seq, ERASED_ACTOR])?;
    }
    Ok(found.len() as u64)
}

/// Takes the user out of the files of exports.
fn exports(conn: &Connection, email: &str, name: &str, traces: &Traces) -> StoreResult<()> {
    let mut after = 0_i64;
    loop {
        let found: Vec<(i64, Vec<u8>)> =
            conn.all(&EXPORTS, params![after, email, name], |row| Ok((row.next()?, row.next()?)))?;
        let Some((last, _)) = found.last() else { return Ok(()) };
        after = *last;
        for (seq, output) in &found {
            if let Some(output) = without_traces(output, traces)? {
                conn.run(EXPORT, params![seq, output])?;
            }
        }
    }
}

/// Takes the name out of why items of jobs failed.
fn errors(conn: &Connection, id: UserId) -> StoreResult<()> {
    let found: Vec<(i64, String)> = conn.all(ERRORS, [id.to_string()], |row| Ok((row.next()?, row.next()?)))?;
    for (seq, errors) in found {
        conn.run(ERROR, params![seq, without_name(&errors, id)?])?;
    }
    Ok(())
}
