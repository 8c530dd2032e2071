//! Reading the audit log.

use reparto_domain::{
    JobId, Role, Timestamp, UserId,
    audit::{AuditEntry, AuditQuery, Look, Looked, SYSTEM_ACTOR, action},
    page::Slice,
    users::NewUser,
    values::EmailAddress,
};
use reparto_store::StoreResult;

use crate::{
    Fixture,
    fixture::{WHOLE_LOG, origin},
};

rules! { $ audit_rules in audit {
    entries_come_newest_first,
    the_user_filter_finds_actors_and_entities,
    the_action_filter_holds,
    time_bounds_of_the_log_are_inclusive,
    the_text_filter_searches_action_actor_and_details,
    search_metacharacters_are_literal_in_the_log,
    log_slices_have_no_gap_or_overlap,
    system_actions_name_the_system,
    entries_keep_the_actors_address_at_the_time,
    an_entry_has_every_field,
    an_entry_names_its_request,
    a_look_is_recorded_whatever_became_of_the_account,
}}

async fn query(f: &Fixture, query: AuditQuery) -> Vec<AuditEntry> {
    let page = f.store().audit_list(query).await.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    page.items
}

async fn entries_come_newest_first(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    f.bulk_assign(&[id], &agent).await;
    f.bulk_unassign(&[id]).await;
    let log = f.log().await;
    assert_eq!((log[0].action.as_str(), log[1].action.as_str()), (action::BULK_UNASSIGN, action::BULK_ASSIGN));
    assert!(log.windows(2).all(|pair| pair[0].created_at >= pair[1].created_at));
}

async fn the_user_filter_finds_actors_and_entities(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let own = f.opportunity().await;
    let to = Some(reparto_domain::opportunities::Assignee::User(agent.id));
    f.try_assign(&f.by(&agent), own, to).await.unwrap();
    f.set_active(&agent, false).await;
    f.set_active(&agent, true).await;
    let of = async |user| query(&f, AuditQuery { user: Some(user), ..WHOLE_LOG }).await;
    let found = of(Some(agent.id)).await;
    let actions: Vec<&str> = found.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [action::USER_STATUS_CHANGED, action::USER_STATUS_CHANGED, action::OPPORTUNITY_ASSIGNED, action::USER_CREATED]
    );
    assert_eq!(of(Some(other.id)).await.len(), 1);
    assert!(of(Some(UserId::new())).await.is_empty() && of(None).await.is_empty());
}

async fn the_action_filter_holds(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids, &agent).await;
    assert_eq!(f.log_of(action::OPPORTUNITY_CREATED).await.len(), 2);
    assert_eq!(f.log_of(action::BULK_ASSIGN).await.len(), 1);
    assert!(f.log_of("no_such_action").await.is_empty());
    assert!(f.log_of("bulk_assign").await.is_empty(), "the whole name");
}

async fn time_bounds_of_the_log_are_inclusive(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let mut at = Vec::new();
    for _ in 0..4 {
        at.push(f.bulk_assign(&[id], &agent).await.done[0].updated_at);
    }
    let within = async |from: Option<Timestamp>, to: Option<Timestamp>| {
        let log = query(&f, AuditQuery { from, to, ..WHOLE_LOG }).await;
        log.into_iter().map(|entry| entry.created_at).collect::<Vec<_>>()
    };
    assert_eq!(within(Some(at[1]), Some(at[2])).await, [at[2], at[1]]);
    assert_eq!(within(Some(at[3]), None).await, [at[3]]);
    assert!(within(Some(at[2]), Some(at[1])).await.is_empty());
}

async fn the_text_filter_searches_action_actor_and_details(f: Fixture) {
    let email = EmailAddress::new("Intruso@Lugar.example").unwrap();
    f.store().user_create(&f.system(), NewUser { email, ..f.new_user(Role::Agent) }).await.unwrap();
    f.store().session_failed("INTRUSO@lugar.example", origin(), f.tick()).await.unwrap();
    let texts = async |text: &str| query(&f, AuditQuery { text: Some(text.to_owned()), ..WHOLE_LOG }).await.len();
    assert_eq!(texts("intruso@lugar").await, 2);
    assert_eq!(texts("INTRUSO").await, 2);
    assert_eq!(texts("LOGIN_fail").await, 1);
    assert_eq!(texts("user_created").await, 2);
    assert_eq!(texts("nada de esto").await, 0);
}

async fn search_metacharacters_are_literal_in_the_log(f: Fixture) {
    let email = EmailAddress::new("100%_'x@example.org").unwrap();
    f.store().user_create(&f.system(), NewUser { email, ..f.new_user(Role::Agent) }).await.unwrap();
    let texts = async |text: &str| query(&f, AuditQuery { text: Some(text.to_owned()), ..WHOLE_LOG }).await.len();
    for text in ["%", "100%", "%_'", "'", "'x@"] {
        assert_eq!(texts(text).await, 1, "{text}");
    }
    for text in ["%%", "''", "1%0", "'; --"] {
        assert_eq!(texts(text).await, 0, "{text}");
    }
}

async fn log_slices_have_no_gap_or_overlap(f: Fixture) {
    for _ in 0..6 {
        f.agent().await;
    }
    let page = async |skip, limit| -> StoreResult<_> {
        f.store().audit_list(AuditQuery { slice: Slice { skip, limit }, ..WHOLE_LOG }).await
    };
    let whole = page(0, 1_000).await.unwrap();
    assert_eq!(whole.total, 7);
    let mut parts = Vec::new();
    for skip in [0, 3, 6] {
        let part = page(skip, 3).await.unwrap();
        assert_eq!(part.total, 7);
        parts.extend(part.items);
    }
    assert_eq!(parts, whole.items);
    assert!(page(7, 3).await.unwrap().items.is_empty());
    assert!(page(u64::MAX, 3).await.unwrap().items.is_empty());
}

async fn system_actions_name_the_system(f: Fixture) {
    f.opportunity().await;
    let entry = f.log_of(action::OPPORTUNITY_CREATED).await.remove(0);
    assert_eq!((entry.actor_id, entry.actor_email.as_str()), (None, SYSTEM_ACTOR));
}

async fn entries_keep_the_actors_address_at_the_time(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    f.bulk_assign(&[id], &agent).await;
    let changes = reparto_domain::users::UserChanges {
        email: EmailAddress::new("otra@example.org"),
        ..reparto_domain::users::UserChanges::default()
    };
    f.store().user_update(&f.system(), f.admin().id, changes).await.unwrap();
    assert_eq!(f.log_of(action::BULK_ASSIGN).await[0].actor_email, f.admin().email);
}

async fn an_entry_has_every_field(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids, &agent).await;
    f.delete(ids[0]).await;
    f.set_role(&agent, Role::Lawyer).await;
    for entry in f.log().await {
        assert!(!entry.action.is_empty() && !entry.actor_email.is_empty() && !entry.entity_type.is_empty());
        assert!(entry.details.is_readable(), "{entry:?}");
        assert!(entry.action.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{}", entry.action);
    }
}

async fn an_entry_names_its_request(f: Fixture) {
    let (agent, ids) = (f.agent().await, f.opportunities(2).await);
    f.bulk_assign(&ids, &agent).await;
    f.bulk_unassign(&ids).await;
    f.assign(ids[0], &agent).await;
    f.set_notes(ids[0], Some("nota")).await;
    f.delete(ids[0]).await;
    for entry in f.log().await.into_iter().take(5) {
        assert_eq!(entry.request_id, origin().request_id, "{}", entry.action);
    }
    assert_eq!(f.log_of(action::OPPORTUNITY_CREATED).await[0].request_id, None);
}

async fn a_look_is_recorded_whatever_became_of_the_account(f: Fixture) {
    let (agent, job) = (f.agent().await, JobId::new());
    let by = f.by(&agent);
    let filter = serde_json::json!({"status": "pending"}).as_object().cloned().unwrap();
    let look = |looked| Look { looked, count: 7, filter: filter.clone() };
    let all = [
        (Looked::ContactList, action::CONTACTS_LISTED, "contact", None),
        (Looked::OpportunityList, action::OPPORTUNITIES_LISTED, "opportunity", None),
        (Looked::OpportunityExport, action::OPPORTUNITIES_EXPORTED, "opportunity", None),
        (Looked::UserExport, action::USERS_EXPORTED, "user", None),
        (Looked::JobFile(job), action::JOB_DOWNLOADED, "job", Some(job.to_string())),
        (Looked::AuditLog, action::AUDIT_LOG_READ, "audit_log", None),
    ];
    f.set_active(&agent, false).await;
    for (looked, action, entity_type, entity_id) in all {
        f.store().audit_record_look(&by, look(looked)).await.unwrap();
        let entry = f.log_of(action).await.remove(0);
        assert_eq!((entry.actor_id, entry.actor_email.as_str()), (Some(agent.id), agent.email.as_str()));
        assert_eq!((entry.entity_type.as_str(), entry.entity_id), (entity_type, entity_id));
        assert_eq!(entry.details.to_value(), serde_json::json!({"count": 7, "filter": {"status": "pending"}}));
        assert_eq!((entry.ip_address, entry.request_id), (origin().ip, origin().request_id));
        assert!(!action.contains("deleted") && !action.contains("failed") && !action.contains("changed"));
    }
    f.store().audit_record_look(&f.system(), look(Looked::OpportunityExport)).await.unwrap();
    let entry = f.log_of(action::OPPORTUNITIES_EXPORTED).await.remove(0);
    assert_eq!((entry.actor_id, entry.actor_email.as_str()), (None, SYSTEM_ACTOR));
}
