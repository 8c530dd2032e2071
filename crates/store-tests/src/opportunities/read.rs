//! Reading one opportunity, and its version.

use reparto_domain::{
    OpportunityId, Refusal, Role,
    contacts::{AgentsSee, ContactFields, ContactVisibility},
    opportunities::OpportunityChanges,
    users::UserChanges,
};

use crate::{Fixture, fixture::refused};

rules! { $ read_rules in opportunities::read {
    an_agent_sees_own_and_unassigned,
    an_agent_does_not_see_what_another_holds,
    an_administrator_sees_everything,
    an_unknown_or_deleted_one_is_not_found_by_anyone,
    the_contact_is_complete,
    an_inactive_or_deleted_holder_is_still_shown,
    the_version_changes_with_any_shown_field,
    the_version_stays_while_nothing_changes,
}}

async fn an_agent_sees_own_and_unassigned(f: Fixture) {
    for role in [Role::Agent, Role::Lawyer] {
        let member = f.user(role).await;
        for id in [f.opportunity().await, f.opportunity_held_by(&member).await] {
            assert_eq!(f.store().opportunity_get(&member.viewer(), id).await.unwrap().id, id);
        }
    }
}

async fn an_agent_does_not_see_what_another_holds(f: Fixture) {
    let (agent, lawyer) = (f.agent().await, f.user(Role::Lawyer).await);
    let id = f.opportunity_held_by(&agent).await;
    assert_eq!(refused(f.store().opportunity_get(&lawyer.viewer(), id).await), Refusal::OpportunityNotFound);
}

async fn an_administrator_sees_everything(f: Fixture) {
    let (agent, superuser) = (f.agent().await, f.user(Role::Superuser).await);
    let id = f.opportunity_held_by(&agent).await;
    for viewer in [f.admin().viewer(), superuser.viewer()] {
        assert_eq!(f.store().opportunity_get(&viewer, id).await.unwrap().id, id);
    }
}

async fn an_unknown_or_deleted_one_is_not_found_by_anyone(f: Fixture) {
    let (agent, deleted) = (f.agent().await, f.deleted_opportunity().await);
    for id in [OpportunityId::new(), deleted] {
        for viewer in [agent.viewer(), f.admin().viewer()] {
            assert_eq!(refused(f.store().opportunity_get(&viewer, id).await), Refusal::OpportunityNotFound);
        }
    }
}

async fn the_contact_is_complete(f: Fixture) {
    let fields = ContactFields { email: Some("Solo.Correo@example.org".into()), ..ContactFields::default() };
    let id = f.opportunity_of(fields.clone()).await;
    let contact = f.get(id).await.contact;
    assert_eq!((&contact.fields, contact.fields.name()), (&fields, "Solo.Correo@example.org".to_owned()));
    assert_eq!(f.store().contact_get(ContactVisibility::All, contact.id).await.unwrap(), contact);
}

async fn an_inactive_or_deleted_holder_is_still_shown(f: Fixture) {
    let agent = f.agent().await;
    let id = f.opportunity_held_by(&agent).await;
    assert!(f.get(id).await.holder.unwrap().is_active);
    f.set_active(&agent, false).await;
    let holder = f.get(id).await.holder.unwrap();
    assert_eq!((holder.id, holder.is_active), (agent.id, false));
    f.set_active(&agent, true).await;
    f.store().user_delete(&f.system(), agent.id).await.unwrap();
    let holder = f.get(id).await.holder.unwrap();
    assert_eq!((holder.id, holder.name, holder.is_active), (agent.id, agent.name, false));
}

async fn the_version_changes_with_any_shown_field(f: Fixture) {
    let (agent, id) = (f.agent().await, f.opportunity().await);
    let contact = f.get(id).await.contact.id;
    let mut versions = vec![f.get(id).await.version];
    f.set_notes(id, Some("nota")).await;
    versions.push(f.get(id).await.version);
    f.bulk_assign(&[id], &agent).await;
    versions.push(f.get(id).await.version);
    f.bulk_assign(&[id], &agent).await;
    versions.push(f.get(id).await.version);
    let rename = |mut fields: ContactFields| {
        fields.first_name = Some("Otra".into());
        fields
    };
    f.store().contact_update(&f.as_admin(), contact, Box::new(rename), AgentsSee::Own).await.unwrap();
    versions.push(f.get(id).await.version);
    let changes = UserChanges { full_name: Some(Some("Nuevo Nombre".into())), ..UserChanges::default() };
    f.store().user_update(&f.as_admin(), agent.id, changes).await.unwrap();
    versions.push(f.get(id).await.version);
    f.set_active(&agent, false).await;
    versions.push(f.get(id).await.version);
    f.unassign(id).await;
    versions.push(f.get(id).await.version);
    let mut distinct = versions.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), versions.len(), "{versions:?}");
}

async fn the_version_stays_while_nothing_changes(f: Fixture) {
    let (agent, other) = (f.agent().await, f.opportunity().await);
    let id = f.opportunity_held_by(&agent).await;
    let version = f.get(id).await.version;
    f.set_notes(other, Some("otra")).await;
    f.try_update(&f.as_admin(), id, OpportunityChanges::default()).await.unwrap();
    f.assign(id, &agent).await;
    assert_eq!(f.get(id).await.version, version);
    assert!(!version.is_empty() && version.chars().all(|c| c.is_ascii_graphic() && c != '"'), "{version}");
}
