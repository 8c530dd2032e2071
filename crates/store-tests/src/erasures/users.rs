//! Erasing users who were deleted.

use std::sync::Arc;

use reparto_domain::{
    Origin, Refusal, Role, UserId,
    absences::{NewAbsence, Period},
    audit::{AuditQuery, action},
    erasures::ERASED_ACTOR,
    idempotency::{Keyed, StoredAnswer},
    jobs::{ExportRows, JobSet, JobWork, NewJob},
    opportunities::{Assignee, BulkOutcome, Opportunity},
    rotations::Credit,
    teams::MemberChanges,
    users::{NewUser, Profile},
    values::EmailAddress,
};
use uuid::Uuid;

use super::{assert_no_trace, erase_command, traces};
use crate::{
    Fixture,
    fixture::{WHOLE_LOG, bulk_ids, keyed, origin, refused},
};

rules! { $ user_erasures_rules in erasures::users {
    an_erased_user_is_nowhere_in_the_database,
    failed_sign_ins_of_an_erased_user_name_nobody,
    answers_about_an_erased_user_are_dropped,
    errors_of_jobs_do_not_name_an_erased_user,
    an_active_user_is_never_erased,
    only_superusers_erase_superusers,
}}

/// An export with the holder of each opportunity.
struct WithHolders;

impl ExportRows for WithHolders {
    fn render(&self, opportunities: &[Opportunity]) -> Vec<u8> {
        let line = |o: &Opportunity| {
            let holder = o.holder.as_ref().unwrap();
            format!("{},{},\"{}\",{},queda\r\n", o.id, o.contact.id, holder.name, holder.email)
        };
        opportunities.iter().map(line).collect::<String>().into_bytes()
    }
}

const TRACES: [&str; 4] = ["fernanda", "iturbide", "677889900", "argon2id$v=19$m=9"];

async fn an_erased_user_is_nowhere_in_the_database(f: Fixture) {
    let text = |text: &str| Some(text.to_owned());
    let id = UserId::new();
    let new = NewUser {
        id,
        email: EmailAddress::new("Fernanda.Iturbide@example.org").unwrap(),
        password: crate::fixture::password("$argon2id$v=19$m=9,t=1,p=1$c29tZXNhbHQ$Zmlyc3Q"),
        profile: Profile {
            full_name: text("Fernanda Iturbide"),
            phone_number: text("677 889 900"),
            avatar_url: text("https://example.org/fernanda.png"),
            preferred_language: text("x-fernanda"),
            ..Profile::default()
        },
        ..f.new_user(Role::Admin)
    };
    f.store().user_create(&f.system(), new).await.unwrap();
    let by = |f: &Fixture| f.by_token(id, f.tick(), Some(0));
    let opportunity = f.opportunity().await;
    let command = Fixture::bulk_assign_command(bulk_ids(&[opportunity]), id);
    let key = keyed("clave", 1, f.tick().plus_seconds(1_000_000));
    f.store().opportunity_bulk_assign(&by(&f), command, &f.assignable, Some(key)).await.unwrap();
    let export = NewJob { set: JobSet::Ids(vec![opportunity]), work: JobWork::Export, include_do_not_contact: false };
    let export = f.job(export).await;
    while let Some(claim) = f.claim(Uuid::from_u128(1)).await {
        f.store().job_run(claim, f.tick(), &f.assignable, Arc::new(WithHolders)).await.expect("job_run");
    }
    let (team, until) = (f.self_service_team("Madrid").await, f.tick().plus_seconds(86_400));
    f.try_member(team.id, id, MemberChanges::default()).await.unwrap();
    f.store().member_pause(&by(&f), Some(until)).await.unwrap();
    let absence =
        NewAbsence { user: Some(id), period: Period::new(until, None).unwrap(), note: text("Fernanda está de baja") };
    let key = keyed("ausencia", 1, f.tick().plus_seconds(1_000_000));
    f.store().absence_create(&by(&f), absence, Some(key)).await.unwrap();
    f.member(team.id, &f.agent().await).await;
    let credit = Credit { user: Some(id), turns: 1_000_000, reason: "Fernanda cubrió a otra".into() };
    f.store().rotation_credit(&f.as_admin(), team.rotation, credit, None).await.unwrap();
    f.store().user_delete(&f.system(), id).await.unwrap();
    let erased = f.store().user_erase(&f.as_admin(), id, erase_command("baja de Fernanda Iturbide")).await.unwrap();
    assert!(erased.audit_entries >= 3, "{erased:?}");
    assert_eq!(erased.opportunities, 1);
    assert_no_trace(f.store(), &TRACES).await;
    let member = f.members(team.id).await.remove(0);
    assert_eq!((member.user, member.name.as_str(), member.settings.paused_until), (id, "", None));
    let credited = f.events_of(team.rotation).await.remove(0);
    assert_eq!((credited.user, credited.user_name.as_deref(), credited.reason), (Some(id), Some(""), None));
    let output = f.store().job_output(export.id, 0).await.unwrap().unwrap();
    let kept = |part: &str| output.windows(part.len()).any(|at| at == part.as_bytes());
    assert!(kept(&opportunity.to_string()) && kept("queda"), "the rest of the file stays");
    let shown = f.get(opportunity).await.holder.expect("history keeps the id");
    assert_eq!((shown.id, shown.name.as_str(), shown.email.as_str(), shown.is_active), (id, "", "", false));
    let newest = f.history(opportunity).await.remove(0);
    assert_eq!((newest.actor_id, newest.to_id), (Some(id), Some(id)));
    let query = AuditQuery { user: Some(Some(id)), ..WHOLE_LOG };
    for entry in f.store().audit_list(query).await.unwrap().items {
        if entry.actor_id == Some(id) {
            assert_eq!((entry.actor_email.as_str(), entry.ip_address, entry.user_agent), (ERASED_ACTOR, None, None));
        }
    }
    let again = f.store().user_erase(&f.as_admin(), id, erase_command("otra vez")).await.unwrap();
    assert_eq!(again.erased_at, erased.erased_at);
    let log = f.store().audit_list(WHOLE_LOG).await.unwrap();
    assert_eq!(log.items[0].action, action::USER_ERASED);
}

/// A deleted user who is called Fernanda Iturbide, before they are deleted.
async fn fernanda(f: &Fixture) -> UserId {
    let new = NewUser {
        email: EmailAddress::new("Fernanda.Iturbide@example.org").unwrap(),
        profile: Profile { full_name: Some("Fernanda Iturbide".into()), ..Profile::default() },
        ..f.new_user(Role::Admin)
    };
    f.store().user_create(&f.system(), new).await.unwrap().id
}

async fn delete_and_erase(f: &Fixture, id: UserId) {
    f.store().user_delete(&f.system(), id).await.unwrap();
    f.store().user_erase(&f.as_admin(), id, erase_command("baja")).await.unwrap();
}

async fn failed_sign_ins_of_an_erased_user_name_nobody(f: Fixture) {
    let id = fernanda(&f).await;
    let elsewhere =
        Origin { ip: Some("203.0.113.77".into()), user_agent: Some("fernandas browser".into()), ..origin() };
    assert!(f.store().session_failed("FERNANDA.iturbide@example.org", elsewhere, f.tick()).await.unwrap());
    delete_and_erase(&f, id).await;
    assert_no_trace(f.store(), &["fernanda", "iturbide", "203.0.113.77"]).await;
}

async fn answers_about_an_erased_user_are_dropped(f: Fixture) {
    let id = fernanda(&f).await;
    let (by, opportunity, expires_at) =
        (f.by_token(id, f.tick(), Some(0)), f.opportunity().await, f.tick().plus_seconds(1_000_000));
    // Their own answers, whatever is in them, and those of others that name them.
    for (by, names_users) in [(by, false), (f.as_admin(), true)] {
        let render = move |_: &BulkOutcome| StoredAnswer {
            status: 200,
            location: None,
            etag: None,
            body: b"Fernanda Iturbide".to_vec(),
            contact: None,
            names_users,
        };
        let key = Keyed { render: Arc::new(render), ..keyed("k", 1, expires_at) };
        let command = Fixture::bulk_assign_command(bulk_ids(&[opportunity]), id);
        f.store().opportunity_bulk_assign(&by, command, &f.assignable, Some(key)).await.unwrap();
    }
    let kept = || async {
        traces::found(f.store(), &["fernanda"]).await.iter().filter(|(table, _)| *table == "idempotency_keys").count()
    };
    assert_eq!(kept().await, 2);
    delete_and_erase(&f, id).await;
    assert_eq!(kept().await, 0);
}

async fn errors_of_jobs_do_not_name_an_erased_user(f: Fixture) {
    let (id, agent, opportunity) = (fernanda(&f).await, f.agent().await, f.opportunity().await);
    let assign = |to: UserId| NewJob {
        set: JobSet::Ids(vec![opportunity]),
        work: JobWork::BulkAssign { assignee: Assignee::User(to), status: None, note: None },
        include_do_not_contact: false,
    };
    f.ran(assign(id)).await;
    let job = f.ran(assign(agent.id)).await;
    f.store().user_set_active(&f.system(), id, false).await.unwrap();
    f.undo_job(job.id).await.unwrap();
    f.run_jobs().await;
    let named = traces::found(f.store(), &["iturbide"]).await;
    assert!(named.iter().any(|(table, _)| *table == "job_chunks"), "the item could not be given back: {named:?}");
    delete_and_erase(&f, id).await;
    assert_no_trace(f.store(), &["fernanda", "iturbide"]).await;
}

async fn an_active_user_is_never_erased(f: Fixture) {
    let (agent, inactive) = (f.agent().await, f.inactive_agent().await);
    for member in [&agent, &inactive] {
        let erased = f.store().user_erase(&f.as_admin(), member.id, erase_command("x")).await;
        assert_eq!(refused(erased), Refusal::UserNotDeleted);
    }
    let erased = f.store().user_erase(&f.as_admin(), UserId::new(), erase_command("x")).await;
    assert_eq!(refused(erased), Refusal::UserNotFound);
    let gone = f.deleted_agent().await;
    let erased = f.store().user_erase(&f.by(&agent), gone.id, erase_command("x")).await;
    assert_eq!(refused(erased), Refusal::AdministratorsOnly);
}

async fn only_superusers_erase_superusers(f: Fixture) {
    let root = f.user(Role::Superuser).await;
    f.store().user_delete(&f.system(), root.id).await.unwrap();
    let erased = f.store().user_erase(&f.as_admin(), root.id, erase_command("x")).await;
    assert_eq!(refused(erased), Refusal::SuperuserOnly);
    f.store().user_erase(&f.system(), root.id, erase_command("x")).await.unwrap();
}
