//! Erasing a deleted user.

use reparto_domain::{
    Caller, Refusal, UserId,
    audit::{EntityType, action},
    erasures::{ERASED_ACTOR, Erase, Erased, ErasedEntity, Traces, texts_in_files},
};
use reparto_store_rows::{erasures::without_traces, job_errors::without_name, names::named, user_columns};
use serde_json::json;

use super::{ALONE, bare_entries, remember};
use crate::{
    actor::administrator,
    audit,
    engine::{
        errors::Db,
        params::{At, Bytes, Text},
        tx::Conn,
    },
    statements::statements,
    users::rows::user,
};

statements! {
    FIND = concat!("SELECT ", user_columns!(), ", u.deleted_at IS NOT NULL AS is_deleted FROM users u WHERE u.id = $1 FOR UPDATE");
    EMPTY = "UPDATE users SET email = '', email_key = '', name_key = '', search_text = '', password = '', \
        full_name = NULL, first_name = NULL, last_name = NULL, phone_number = NULL, avatar_url = NULL, \
        preferred_language = NULL, last_login = NULL, updated_at = $2, erased_at = $3 WHERE seq = $1";
    TOKENS = "DELETE FROM refresh_tokens WHERE session_seq IN (SELECT seq FROM sessions WHERE user_seq = $1)";
    SESSIONS = "DELETE FROM sessions WHERE user_seq = $1";
    SECOND_FACTOR = "DELETE FROM second_factors WHERE user_seq = $1";
    RECOVERY = "DELETE FROM recovery_codes WHERE user_seq = $1";
    RESETS = "DELETE FROM password_resets WHERE user_seq = $1";
    NOTES = "UPDATE absences SET note = NULL WHERE user_seq = $1 AND note IS NOT NULL";
    PAUSES = "UPDATE team_members SET paused_until = NULL WHERE user_seq = $1 AND paused_until IS NOT NULL";
    REASONS = "UPDATE rotation_events SET reason = NULL WHERE user_seq = $1 AND reason IS NOT NULL";
    ANSWERS = "DELETE FROM idempotency_keys WHERE user_seq = $1 OR names_users";
    OWN_ENTRIES = "UPDATE audit_logs SET actor_email = $2, ip_address = NULL, user_agent = NULL \
        WHERE actor = $1 AND (actor_email <> $2 OR ip_address IS NOT NULL OR user_agent IS NOT NULL) RETURNING seq";
    // Sign-ins that failed: the address was typed, in any case.
    FAILED = "UPDATE audit_logs SET actor_email = $3, ip_address = NULL, user_agent = NULL \
        WHERE action = $1 AND actor IS NULL AND lower(btrim(actor_email)) = $2 AND $2 <> '' RETURNING seq";
    ERRORS = "SELECT seq, errors FROM job_chunks WHERE errors IS NOT NULL AND strpos(errors, $1) > 0";
    ERROR = "UPDATE job_chunks SET errors = $2 WHERE seq = $1";
    // Files of exports that show the user as a holder, some at a time: there may be many.
    EXPORTS => named("SELECT c.seq, c.output FROM job_chunks c JOIN jobs j ON j.seq = c.job \
        WHERE j.kind = {job.export} AND c.output IS NOT NULL AND c.seq > $1 \
            AND (position(convert_to($2, 'UTF8') IN c.output) > 0 OR position(convert_to($3, 'UTF8') IN c.output) > 0) \
        ORDER BY c.seq LIMIT 20");
    EXPORT = "UPDATE job_chunks SET output = $2 WHERE seq = $1";
    IMPORTED = "UPDATE import_rows SET cells = NULL, details = NULL WHERE cells IS NOT NULL \
        AND (strpos(lower(cells), lower($1)) > 0 OR strpos(lower(cells), lower($2)) > 0)";
    WITH_OPPORTUNITIES = "SELECT count(*) FROM assignments WHERE holder = $1";
}

/// Erases; see [`Erasures::user_erase`](reparto_store::Erasures::user_erase).
pub(super) async fn erase(tx: &mut Conn, caller: &Caller, id: UserId, erase: &Erase) -> Db<Erased> {
    let actor = administrator(tx, caller).await?;
    tx.run(ALONE, &[]).await?;
    let found = tx.opt(FIND, &[&id.uuid()]).await?.ok_or(Refusal::UserNotFound)?;
    let ((seq, user), is_deleted) = (user(&found)?, found.try_get::<_, bool>("is_deleted")?);
    actor.require_may_manage(user.role)?;
    if !is_deleted {
        return Err(Refusal::UserNotDeleted.into());
    }
    let follows = audit::newest_about(tx, id.uuid()).await?;
    let caller = &tx.taking_effect(caller, [user.updated_at].into_iter().chain(follows));
    let traces = Traces::of_user(&user);
    let reason = traces.reason_to_keep(erase.reason.as_deref());
    let erased_at = remember(tx, ErasedEntity::User, id.uuid(), caller.at, (actor.seq, reason)).await?;
    tx.run(EMPTY, &[&seq, &At(caller.at), &At(erased_at)]).await?;
    tx.run(TOKENS, &[&seq]).await?;
    tx.run(SESSIONS, &[&seq]).await?;
    tx.run(SECOND_FACTOR, &[&seq]).await?;
    tx.run(RECOVERY, &[&seq]).await?;
    tx.run(RESETS, &[&seq]).await?;
    tx.run(NOTES, &[&seq]).await?;
    tx.run(PAUSES, &[&seq]).await?;
    tx.run(REASONS, &[&seq]).await?;
    tx.run(ANSWERS, &[&seq]).await?;
    let mut audit_entries = bare_entries(tx, id.uuid()).await?;
    audit_entries += tx.all(OWN_ENTRIES, &[&seq, &Text(ERASED_ACTOR)]).await?.len() as u64;
    let (failed, key) = (Text(action::LOGIN_FAILED), user.email.to_lowercase());
    audit_entries += tx.all(FAILED, &[&failed, &Text(&key), &Text(ERASED_ACTOR)]).await?.len() as u64;
    errors(tx, id).await?;
    if !user.email.is_empty() {
        let [email, name] = texts_in_files(&user);
        let (email, name) = (Text(&email), Text(&name));
        exports(tx, &email, &name, &Traces::of_user_in_files(&user)).await?;
        tx.run(IMPORTED, &[&email, &name]).await?;
    }
    let opportunities = tx.count(WITH_OPPORTUNITIES, &[&seq]).await?.unsigned_abs();
    let entry = audit::Entry {
        action: action::USER_ERASED,
        entity: EntityType::User,
        entity_id: Some(id.uuid()),
        operation: None,
        details: json!({ "reason": reason, "opportunities": opportunities, "audit_entries": audit_entries }).into(),
    };
    audit::record(tx, caller, &actor, &entry).await?;
    Ok(Erased { erased_at, opportunities, audit_entries })
}

/// Takes the user out of the files of exports.
async fn exports(tx: &mut Conn, email: &Text<'_>, name: &Text<'_>, traces: &Traces) -> Db<()> {
    let mut after = 0_i64;
    loop {
        let rows = tx.all(&EXPORTS, &[&after, email, name]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let (seq, output): (i64, &[u8]) = (row.try_get(0)?, row.try_get(1)?);
            if let Some(output) = without_traces(output, traces)? {
                tx.run(EXPORT, &[&seq, &Bytes(&output)]).await?;
            }
            after = seq;
        }
    }
}

/// Takes the name out of why items of jobs failed.
async fn errors(tx: &mut Conn, id: UserId) -> Db<()> {
    for row in tx.all(ERRORS, &[&Text(&id.to_string())]).await? {
        let (seq, errors): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        tx.run(ERROR, &[&seq, &without_name(&errors, id)?.as_deref().map(Text)]).await?;
    }
    Ok(())
}
