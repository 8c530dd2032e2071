//! The parameters of the statement for bulk requests: what the requests have in common in one list for each column.

use reparto_domain::{
    AuditId, Authority, JobId, OperationId, OpportunityId, Roles, SessionId, Status, Timestamp, UserId,
    opportunities::ExpectedHolder,
};
use reparto_store_rows::audit::{request_id, user_agent};
use serde_json::json;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    bulk::Bulk,
    bulk_sql::{BULK, BULK_ONCE},
};
use crate::{
    engine::{
        errors::Db,
        params::{At, Param, Text, opt},
        tx::Conn,
    },
    idempotency::LOCK_AHEAD,
};

/// The keys of requests, and whose they are.
pub(super) struct Keys<'a> {
    users: Vec<Option<Uuid>>,
    keys: Vec<Text<'a>>,
}

/// The keys of requests that all have one.
pub(super) fn lock_keys<'a>(members: &[&'a Bulk]) -> Keys<'a> {
    let key = |bulk: &&'a Bulk| Text(bulk.keyed.as_ref().map_or("", |keyed| &keyed.key));
    Keys {
        users: members.iter().map(|bulk| bulk.caller.user().map(UserId::uuid)).collect(),
        keys: members.iter().map(key).collect(),
    }
}

/// One parameter for each member.
fn each<'a, T>(members: &[&'a Bulk], one: impl Fn(&'a Bulk) -> T) -> Vec<T> {
    members.iter().map(|bulk| one(bulk)).collect()
}

/// Sends the statement; with keys, right after the one that locks them.
pub(super) async fn send(
    conn: &mut Conn,
    members: &[&Bulk],
    operations: &[OperationId],
    keys: Option<&Keys<'_>>,
) -> Db<Vec<Row>> {
    let (ids, of) = items(members);
    let authority = each(members, |bulk| match bulk.caller.authority {
        Authority::User { id, issued_at, generation, .. } => (Some(id.uuid()), generation, issued_at),
        Authority::System => (None, None, Timestamp::default()),
    });
    let actors: Vec<Option<Uuid>> = authority.iter().map(|(actor, ..)| *actor).collect();
    let assignees = each(members, |bulk| bulk.holder().map(UserId::uuid));
    let mut people: Vec<Uuid> = actors.iter().chain(&assignees).filter_map(|id| *id).collect();
    people.sort_unstable();
    people.dedup();
    let expected = each(members, |bulk| match bulk.mode.expected_holder {
        None => (0_i16, None),
        Some(ExpectedHolder::Nobody) => (1, None),
        Some(ExpectedHolder::User(id)) => (2, Some(id.uuid())),
        Some(ExpectedHolder::Unknown) => (3, None),
    });
    let roles = each(members, |bulk| names(&bulk.assignable));
    let details = each(members, all_done);
    let mut params: Vec<&dyn Param> = Vec::with_capacity(34);
    let sent = sent(members);
    let needs_totp = each(members, |bulk| bulk.mode.standing.map(|require| names(&require.roles())));
    let needs_totp: Vec<Option<Text<'_>>> = needs_totp.iter().map(opt).collect();
    let texts = (texts(&roles), texts(&details));
    let generations: Vec<Option<i64>> = authority.iter().map(|(_, generation, _)| *generation).collect();
    let issued: Vec<At> = authority.iter().map(|(.., issued_at)| At(*issued_at)).collect();
    let sessions = each(members, |bulk| bulk.caller.session().map(SessionId::uuid));
    let assigns = each(members, |bulk| bulk.assignee.is_some());
    let statuses = each(members, |bulk| bulk.status.map(Status::number));
    let notes = each(members, |bulk| opt(&bulk.note));
    let times = each(members, |bulk| At(conn.taking_effect(&bulk.caller, []).at));
    let operations: Vec<Uuid> = operations.iter().map(|operation| operation.uuid()).collect();
    let entries = each(members, |_| AuditId::new().uuid());
    let kinds = each(members, |bulk| bulk.kind.number());
    let actions = each(members, |bulk| Text(bulk.action));
    let jobs = each(members, |bulk| bulk.job.map(JobId::uuid));
    let all_or_nothing = each(members, |bulk| bulk.mode.all_or_nothing);
    let dry_runs = each(members, |bulk| bulk.mode.dry_run);
    let expected_kinds: Vec<i16> = expected.iter().map(|(kind, _)| *kind).collect();
    let expected_users: Vec<Option<Uuid>> = expected.iter().map(|(_, user)| *user).collect();
    let include = each(members, |bulk| bulk.mode.include_do_not_contact);
    let ips = each(members, |bulk| opt(&bulk.caller.origin.ip));
    let agents = each(members, |bulk| user_agent(&bulk.caller.origin).map(Text));
    let requests = each(members, |bulk| request_id(&bulk.caller.origin).map(Text));
    let sizes = each(members, |bulk| i32::try_from(bulk.ids.len()).unwrap_or(i32::MAX));
    let numbers: Vec<i32> = (1..).take(members.len()).collect();
    // One whose rows somebody else has locked for long must not keep its neighbours waiting: they are sent again.
    let wait = (members.len() > 1).then(|| format!("{}ms", conn.patience().as_millis()));
    let wait = opt(&wait);
    let any_note = members.iter().any(|bulk| bulk.note.is_some());
    params.extend([&ids as &dyn Param, &of, &sent, &people, &numbers, &any_note, &actors, &generations, &issued]);
    params.extend([&sessions as &dyn Param, &assigns, &assignees, &texts.0, &statuses, &notes, &times, &operations]);
    params.extend([&entries as &dyn Param, &kinds, &actions, &jobs, &all_or_nothing, &dry_runs, &expected_kinds]);
    params.extend([
        &expected_users as &dyn Param,
        &include,
        &ips,
        &agents,
        &requests,
        &sizes,
        &texts.1,
        &needs_totp,
        &wait,
    ]);
    let Some(Keys { users, keys }) = keys else { return conn.all(&BULK, &params).await };
    params.push(keys);
    conn.query_after((LOCK_AHEAD, &[users, keys]), (&BULK_ONCE, &params)).await
}

/// The ids of all members, one after the other, and whose each is: members are numbered from 1.
fn items(members: &[&Bulk]) -> (Vec<Option<Uuid>>, Vec<i16>) {
    let (mut ids, mut of) = (Vec::new(), Vec::new());
    for (number, bulk) in (1_i16..).zip(members) {
        ids.extend(bulk.ids.iter().map(|requested| requested.id.map(OpportunityId::uuid)));
        of.resize(ids.len(), number);
    }
    (ids, of)
}

/// The ids as sent, if any is spelled differently from the database's format; otherwise nothing, to keep the request
/// short.
fn sent<'a>(members: &[&'a Bulk]) -> Vec<Text<'a>> {
    let all = || members.iter().flat_map(|bulk| &bulk.ids);
    let differs = |sent: &str, id: Option<OpportunityId>| {
        id.is_none_or(|id| id.uuid().hyphenated().encode_lower(&mut Uuid::encode_buffer()) != sent)
    };
    if all().any(|requested| differs(&requested.sent, requested.id)) {
        all().map(|requested| Text(&requested.sent)).collect()
    } else {
        Vec::new()
    }
}

fn names(roles: &Roles) -> String {
    roles.as_slice().iter().map(|role| role.as_str()).collect::<Vec<_>>().join(",")
}

fn texts(texts: &[String]) -> Vec<Text<'_>> {
    texts.iter().map(|text| Text(text)).collect()
}

/// The details of the audit entry where every item succeeds. Where some fail the statement changes the numbers.
fn all_done(bulk: &Bulk) -> String {
    let done = bulk.ids.len();
    let details = if bulk.assignee.is_some() {
        json!({"assigned_count": done, "failed_count": 0, "failed_ids": [], "assigned_to_id": bulk.holder(), "status": bulk.status})
    } else {
        json!({"assigned_count": done, "failed_count": 0, "failed_ids": []})
    };
    details.to_string()
}
