//! Who may read and change which contacts: every engine decides in SQL as the domain does.

use reparto_domain::{
    ContactId, OpportunityId, Policy, Refusal, Role, UserId, Viewer,
    caller::Visibility,
    contacts::{
        AgentsSee, ContactAccess, ContactFields, ContactFilter, ContactQuery, ContactSort, ContactTies,
        ContactVisibility, Grading, LiveOpportunity,
    },
    events::{EventBody, FeedPosition},
    opportunities::{Assignee, CreateOpportunity, OpportunityFilter, OpportunityQuery},
    page::Slice,
    search::Search,
};
use reparto_store::StoreError;

use crate::{
    Fixture, Member,
    fixture::{all_opportunities, contact_named, refused},
};

rules! { $ contact_access_rules in contacts::access {
    every_tie_decides_as_the_domain_says,
    pages_of_visible_contacts_are_complete,
    access_follows_the_holder_at_once,
    a_role_counts_from_its_change_on,
    a_refused_change_writes_nothing,
    an_opportunity_needs_a_contact_that_may_be_seen,
    a_hidden_opportunity_is_no_contact_either,
    a_contact_is_deleted_with_its_opportunity_if_asked,
}}

const SETTINGS: [AgentsSee; 2] = [AgentsSee::Own, AgentsSee::All];

/// Contacts with every combination of ties to an agent, another agent and nobody.
struct World {
    agent: Member,
    contacts: Vec<(ContactId, ContactTies)>,
}

impl World {
    async fn new(f: &Fixture) -> Self {
        let (agent, other) = (f.agent().await, f.user(Role::Lawyer).await);
        let everybody = [None, Some(&agent), Some(&other)];
        let mut contacts = Vec::new();
        for responsible in everybody {
            for creator in everybody {
                for opportunity in 0..5 {
                    let id = contact(f, creator, responsible).await;
                    let tie = opportunity_of(f, id, opportunity, [&agent, &other]).await;
                    let (responsible, created_by) = (responsible.map(|m| m.id), creator.map(|m| m.id));
                    contacts.push((id, ContactTies { responsible, created_by, opportunity: tie }));
                }
            }
        }
        Self { agent, contacts }
    }

    /// The contacts that may be read, as the domain says, newest first.
    fn readable(&self, visibility: ContactVisibility) -> Vec<ContactId> {
        let readable = self.contacts.iter().filter(|(_, ties)| visibility.access(ties) != ContactAccess::None);
        readable.rev().map(|(id, _)| *id).collect()
    }
}

/// A contact that this member created (the operator, where there is none) and that one is responsible for.
async fn contact(f: &Fixture, creator: Option<&Member>, responsible: Option<&Member>) -> ContactId {
    let number = f.number();
    let fields = ContactFields {
        grading_llamada: Some(if number.is_multiple_of(2) { Grading::A } else { Grading::D }),
        city: Some(format!("Ciudad {}", number % 3)),
        ..contact_named("Contacto", &format!("Número {number}"))
    };
    let caller = creator.map_or_else(|| f.system(), |creator| f.by(creator));
    let id = f
        .store()
        .contact_create(&caller, fields, reparto_domain::erasures::IfErased::Refuse, None)
        .await
        .unwrap()
        .fresh()
        .unwrap()
        .id;
    if let Some(responsible) = responsible.map(|member| member.id) {
        let edit = move |fields| ContactFields { responsible_user_id: Some(responsible), ..fields };
        f.store().contact_update(&f.as_admin(), id, Box::new(edit), AgentsSee::Own).await.unwrap();
    }
    id
}

/// Gives a contact one of the five kinds of opportunities.
async fn opportunity_of(f: &Fixture, id: ContactId, kind: u8, [agent, other]: [&Member; 2]) -> LiveOpportunity {
    let holder = match kind {
        0 => return LiveOpportunity::None,
        1 => None,
        2 => Some(agent),
        _ => Some(other),
    };
    let opportunity = opportunity_for(f, id, holder).await;
    if kind == 4 {
        f.delete(opportunity).await;
        return LiveOpportunity::None;
    }
    LiveOpportunity::with_holder(holder.map(|holder| holder.id))
}

/// An opportunity of this contact, with this holder.
async fn opportunity_for(f: &Fixture, contact: ContactId, holder: Option<&Member>) -> OpportunityId {
    let assignee = holder.map(|holder| Assignee::User(holder.id));
    let command = CreateOpportunity { assignee, ..Fixture::new_opportunity(contact) };
    let made = f.store().opportunity_create(&f.as_admin(), command, &f.policy(), None).await;
    made.unwrap().fresh().expect("fresh without a key").id
}

fn query(visibility: ContactVisibility) -> ContactQuery {
    ContactQuery {
        visibility,
        filter: ContactFilter::default(),
        sort: ContactSort::CreatedAt,
        descending: true,
        slice: Slice { skip: 0, limit: 1_000 },
    }
}

/// The contacts that are listed, newest first; list and count must agree.
async fn listed(f: &Fixture, visibility: ContactVisibility, filter: ContactFilter) -> Vec<ContactId> {
    let page = f.store().contact_list(ContactQuery { filter: filter.clone(), ..query(visibility) }).await.unwrap();
    assert_eq!(page.total, page.items.len() as u64, "{filter:?}");
    assert_eq!(f.store().contact_count(visibility, filter).await.unwrap(), page.total);
    page.items.iter().map(|contact| contact.id).collect()
}

fn search(part: &str) -> ContactFilter {
    ContactFilter { search: Search::new(part), ..ContactFilter::default() }
}

/// The sight of an agent, or of anybody else of this role, under a setting.
fn sight(id: UserId, role: Role, agents_see: AgentsSee) -> ContactVisibility {
    Viewer { id, role }.contacts(agents_see)
}

/// Edits the contact's notes.
async fn edit(f: &Fixture, by: &Member, id: ContactId, agents_see: AgentsSee) -> Result<(), Refusal> {
    let notes = format!("nota {}", f.number());
    let edit = move |fields| ContactFields { notes: Some(notes.clone()), ..fields };
    match f.store().contact_update(&f.by(by), id, Box::new(edit), agents_see).await {
        Ok(_) => Ok(()),
        Err(StoreError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error:?}"),
    }
}

async fn every_tie_decides_as_the_domain_says(f: Fixture) {
    let world = World::new(&f).await;
    for agents_see in SETTINGS {
        for (member, role) in [(&world.agent, Role::Agent), (&world.agent, Role::Lawyer), (f.admin(), Role::Admin)] {
            let visibility = sight(member.id, role, agents_see);
            let readable = world.readable(visibility);
            assert_eq!(listed(&f, visibility, ContactFilter::default()).await, readable);
            for (id, ties) in &world.contacts {
                let found = f.store().contact_get(visibility, *id).await;
                match visibility.access(ties) {
                    ContactAccess::None => assert_eq!(refused(found), Refusal::ContactNotFound, "{ties:?}"),
                    _ => assert_eq!(found.unwrap().id, *id, "{ties:?}"),
                }
                if role == member.role {
                    let expected = visibility.require_changeable(ties);
                    assert_eq!(edit(&f, member, *id, agents_see).await, expected, "{ties:?}");
                }
            }
        }
    }
    // A user who does not exist is tied to nobody.
    let stranger = sight(UserId::new(), Role::Agent, AgentsSee::Own);
    assert_eq!(listed(&f, stranger, ContactFilter::default()).await, world.readable(stranger));
}

async fn pages_of_visible_contacts_are_complete(f: Fixture) {
    let world = World::new(&f).await;
    let visibility = sight(world.agent.id, Role::Agent, AgentsSee::Own);
    let readable = world.readable(visibility);
    let graded = |grading| ContactFilter { grading_llamada: Some(grading), ..ContactFilter::default() };
    let responsible = ContactFilter { responsible: Some(Some(world.agent.id)), ..ContactFilter::default() };
    let filters =
        [ContactFilter::default(), search("numero"), search("ro"), search("2"), graded(Grading::A), responsible];
    for filter in filters {
        let all = listed(&f, ContactVisibility::All, filter.clone()).await;
        let expected: Vec<ContactId> = all.into_iter().filter(|id| readable.contains(id)).collect();
        assert!(!expected.is_empty(), "{filter:?}");
        assert_eq!(listed(&f, visibility, filter.clone()).await, expected, "{filter:?}");
        for (name, sort) in ContactSort::ALL {
            for descending in [false, true] {
                let part = async |skip, limit| {
                    let slice = Slice { skip, limit };
                    let query = ContactQuery { filter: filter.clone(), sort, descending, slice, ..query(visibility) };
                    let page = f.store().contact_list(query).await.unwrap();
                    assert_eq!(page.total, expected.len() as u64);
                    page.items.iter().map(|contact| contact.id).collect::<Vec<_>>()
                };
                let mut parts = Vec::new();
                while parts.len() < expected.len() {
                    parts.extend(part(parts.len() as u64, 7).await);
                }
                assert_eq!(parts, part(0, 1_000).await, "{name} {descending} {filter:?}");
                parts.sort_unstable();
                let mut sorted = expected.clone();
                sorted.sort_unstable();
                assert_eq!(parts, sorted, "{name} {descending} {filter:?}");
            }
        }
    }
}

async fn access_follows_the_holder_at_once(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let visibility = sight(agent.id, Role::Agent, AgentsSee::Own);
    let id = f.contact_with(contact_named("Zulema", "Única")).await;
    let opportunity = opportunity_for(&f, id, None).await;
    for (holder, readable, change) in [
        (None, true, Err(Refusal::NotYourContact)),
        (Some(&other), false, Err(Refusal::ContactNotFound)),
        (Some(&agent), true, Ok(())),
        (Some(&other), false, Err(Refusal::ContactNotFound)),
    ] {
        match holder {
            Some(holder) => f.assign(opportunity, holder).await,
            None => f.unassign(opportunity).await,
        };
        let expected: &[ContactId] = if readable { &[id] } else { &[] };
        for filter in [ContactFilter::default(), search("zulema"), search("zu")] {
            assert_eq!(listed(&f, visibility, filter).await, expected);
        }
        assert_eq!(f.store().contact_get(visibility, id).await.is_ok(), readable);
        assert_eq!(edit(&f, &agent, id, AgentsSee::Own).await, change);
    }
}

async fn a_role_counts_from_its_change_on(f: Fixture) {
    let (demoted, other) = (f.user(Role::Admin).await, f.agent().await);
    let opportunity = f.opportunity_held_by(&other).await;
    let id = f.get(opportunity).await.contact.id;
    assert_eq!(edit(&f, &demoted, id, AgentsSee::Own).await, Ok(()));
    f.set_role(&demoted, Role::Agent).await;
    assert_eq!(edit(&f, &demoted, id, AgentsSee::Own).await, Err(Refusal::ContactNotFound));
    assert_eq!(edit(&f, &demoted, id, AgentsSee::All).await, Err(Refusal::NotYourContact));
}

async fn a_refused_change_writes_nothing(f: Fixture) {
    let world = World::new(&f).await;
    let visibility = sight(world.agent.id, Role::Agent, AgentsSee::Own);
    let before = f.log().await.len();
    for (id, ties) in &world.contacts {
        if visibility.access(ties) == ContactAccess::Change {
            continue;
        }
        let contact = f.store().contact_get(ContactVisibility::All, *id).await.unwrap();
        edit(&f, &world.agent, *id, AgentsSee::Own).await.unwrap_err();
        // Nor is anybody told that nothing would change.
        let by = f.by(&world.agent);
        let nothing = f.store().contact_update(&by, *id, Box::new(|fields| fields), AgentsSee::Own).await;
        assert!(matches!(refused(nothing), Refusal::ContactNotFound | Refusal::NotYourContact));
        assert_eq!(f.store().contact_get(ContactVisibility::All, *id).await.unwrap(), contact);
    }
    assert_eq!(f.log().await.len(), before);
}

async fn an_opportunity_needs_a_contact_that_may_be_seen(f: Fixture) {
    let world = World::new(&f).await;
    for agents_see in SETTINGS {
        let policy = Policy { agents_see, ..f.policy() };
        let visibility = sight(world.agent.id, Role::Agent, agents_see);
        for (id, ties) in &world.contacts {
            if ties.opportunity == LiveOpportunity::None {
                continue;
            }
            let command = Fixture::new_opportunity(*id);
            let refusal = refused(f.store().opportunity_create(&f.by(&world.agent), command, &policy, None).await);
            match visibility.require_readable(ties) {
                Err(not_found) => assert_eq!(refusal, not_found, "{ties:?}"),
                Ok(()) => assert!(matches!(refusal, Refusal::ContactHasOpportunity { .. }), "{ties:?}: {refusal:?}"),
            }
        }
    }
    let free = f.contact().await;
    let command = Fixture::new_opportunity(free);
    f.store().opportunity_create(&f.by(&world.agent), command, &f.policy(), None).await.unwrap();
}

async fn a_hidden_opportunity_is_no_contact_either(f: Fixture) {
    let (agent, other) = (f.agent().await, f.agent().await);
    let hidden = f.opportunity_of(contact_named("Oculta", "Persona")).await;
    let shown = f.opportunity_of(contact_named("Visible", "Persona")).await;
    let from = f.end_of_feed().await;
    f.assign(hidden, &other).await;
    f.assign(shown, &agent).await;
    let (viewer, contacts) = (agent.viewer(), agent.viewer().contacts(AgentsSee::Own));
    for (opportunity, part, is_shown) in [(hidden, "oculta", false), (shown, "visible", true)] {
        let contact = f.get(opportunity).await.contact.id;
        let ids = |is_shown: bool| if is_shown { vec![contact] } else { vec![] };
        assert_eq!(f.store().opportunity_get(&viewer, opportunity).await.is_ok(), is_shown);
        assert_eq!(f.store().opportunity_history(&viewer, opportunity, None, 10).await.is_ok(), is_shown);
        assert_eq!(f.store().contact_get(contacts, contact).await.is_ok(), is_shown);
        assert_eq!(listed(&f, contacts, search(part)).await, ids(is_shown));
        let filter = OpportunityFilter { search: Search::new(part), ..OpportunityFilter::default() };
        let query = OpportunityQuery { visibility: viewer.visibility(), filter, ..all_opportunities() };
        let found = f.list(query).await;
        assert_eq!((found.total, found.items.len()), (u64::from(is_shown), usize::from(is_shown)));
        assert_eq!(in_feed(&f, from, viewer.visibility(), opportunity).await, is_shown);
    }
    assert_eq!(listed(&f, contacts, search("persona")).await.len(), 1);
}

/// Whether the feed shows an opportunity after this position.
async fn in_feed(f: &Fixture, from: FeedPosition, visibility: Visibility, opportunity: OpportunityId) -> bool {
    f.events(from, 100).await.iter().any(|event| match &event.body {
        EventBody::Operation { items, .. } => {
            items.iter().any(|item| item.opportunity_id == opportunity && item.is_visible(visibility))
        }
        EventBody::Job { .. } => false,
    })
}

async fn a_contact_is_deleted_with_its_opportunity_if_asked(f: Fixture) {
    let agent = f.agent().await;
    let opportunity = f.opportunity_held_by(&agent).await;
    let contact = f.get(opportunity).await.contact.id;
    for (by, refusal) in
        [(f.by(&agent), Refusal::AdministratorsOnly), (f.by(&f.agent().await), Refusal::AdministratorsOnly)]
    {
        assert_eq!(refused(f.store().contact_delete(&by, contact, true).await), refusal);
    }
    f.store().contact_delete(&f.as_admin(), contact, true).await.unwrap();
    let viewer = f.admin().viewer();
    assert_eq!(refused(f.store().opportunity_get(&viewer, opportunity).await), Refusal::OpportunityNotFound);
    assert_eq!(refused(f.store().contact_get(ContactVisibility::All, contact).await), Refusal::ContactNotFound);
    let actions: Vec<String> = f.log().await.into_iter().take(2).map(|entry| entry.action).collect();
    assert_eq!(actions, ["contact_deleted", "opportunity_deleted"]);
    // Without an opportunity the contact goes alone.
    f.store().contact_delete(&f.as_admin(), f.contact().await, true).await.unwrap();
}
