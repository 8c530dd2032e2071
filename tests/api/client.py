"""A day's work with the generated Python client: sign in, look, create, assign, read the history, undo, let a job run.
Each call goes through generated code, which fails where an answer is not what the document says."""

import os
import time
import uuid

from reparto_client import AuthenticatedClient, Client
from reparto_client.api.auth import auth_login, auth_logout, auth_refresh
from reparto_client.api.contacts import contacts_create, contacts_list, contacts_update
from reparto_client.api.jobs import jobs_create, jobs_get, jobs_items, jobs_undo
from reparto_client.api.operations import operations_get, operations_list, operations_undo
from reparto_client.api.opportunities import (
    opportunities_assign,
    opportunities_assign_random,
    opportunities_bulk_assign,
    opportunities_bulk_unassign,
    opportunities_create,
    opportunities_first_call,
    opportunities_get,
    opportunities_history,
    opportunities_list,
    opportunities_update,
)
from reparto_client.api.people import people_responsibles
from reparto_client.api.users import users_audit_logs, users_create, users_list, users_me, users_set_role
from reparto_client.api.webhooks import webhooks_create, webhooks_deliveries, webhooks_list
from reparto_client.models import (
    AssignBody,
    AssignRandomBody,
    AssignRandomFilters,
    AttemptStatus,
    BulkAssignBody,
    BulkUnassignBody,
    ContactBody,
    CreateJobBody,
    CreateJobBodyKind,
    CreateOpportunityBody,
    CreateUserBody,
    CreateWebhookBody,
    FirstCallBody,
    JobFilter,
    JobStatus,
    LoginBody,
    LogoutBody,
    OpportunitySort,
    Priority,
    RefreshBody,
    Role,
    SetRoleBody,
    SortOrder,
    Status,
    UpdateOpportunityBody,
)

URL = os.environ["REPARTO_URL"]


def call(endpoint, expected, /, *arguments, **options):
    """The answer, which must have this status and be readable as the document says."""
    answer = endpoint.sync_detailed(*arguments, **options)
    assert answer.status_code == expected, f"{endpoint.__name__}: {answer.status_code} {answer.content!r}"
    return answer.parsed


def keyed():
    return {"idempotency_key": str(uuid.uuid4())}


def main():
    anonymous = Client(base_url=URL, raise_on_unexpected_status=True)
    credentials = LoginBody(email="admin@example.org", password=os.environ["REPARTO_PASSWORD"])
    pair = call(auth_login, 200, client=anonymous, body=credentials)
    pair = call(auth_refresh, 200, client=anonymous, body=RefreshBody(refresh_token=pair.refresh_token))
    client = AuthenticatedClient(base_url=URL, token=pair.access_token, raise_on_unexpected_status=True)
    refused = call(auth_login, 401, client=anonymous, body=LoginBody(email="admin@example.org", password="wrong one"))
    assert refused.code == "credentials_invalid"
    assert call(users_me, 200, client=client).email == "admin@example.org"

    # Lists, whole and filtered, with rows that have attempts at calls.
    page = call(opportunities_list, 200, client=client, limit=1000, sort_by=OpportunitySort.OPPORTUNITY_SCORE,
                sort_order=SortOrder.ASC)
    assert page.total == len(page.opportunities) and page.total_is_exact
    scores = [opportunity.opportunity_score for opportunity in page.opportunities]
    assert scores == sorted(scores)
    free = call(opportunities_list, 200, client=client, status=Status.PENDING, assigned_to="none", limit=10)
    first = call(opportunities_list, 200, client=client, limit=2)
    second = call(opportunities_list, 200, client=client, limit=2, cursor=first.next_cursor)
    assert {row.id for row in first.opportunities}.isdisjoint(row.id for row in second.opportunities)
    agents = [person for person in call(people_responsibles, 200, client=client) if person.role_name == Role.AGENT]
    agent, other = agents[0], agents[1]

    # A contact, its opportunity, and what becomes of it.
    contact = call(contacts_create, 201, client=client, **keyed(),
                   body=ContactBody(first_name="Lucía", last_name="Fernández", email=f"{uuid.uuid4()}@example.org"))
    contact = call(contacts_update, 200, contact.id, client=client, body=ContactBody(city="Málaga"))
    assert contact.name == "Lucía Fernández" and contact.city == "Málaga"
    assert call(contacts_list, 200, client=client, search="lucia fern").total >= 1
    opportunity = call(opportunities_create, 201, client=client, **keyed(),
                       body=CreateOpportunityBody(contact_id=str(contact.id), priority=Priority.HIGH))
    body = AssignBody(assigned_to_id=str(agent.id))
    assigned = call(opportunities_assign, 200, opportunity.id, client=client, body=body, **keyed())
    assert assigned.assigned_to_id == agent.id and assigned.status == Status.ASSIGNED
    call(opportunities_first_call, 200, opportunity.id, client=client, **keyed(),
         body=FirstCallBody(attempt_number=1, status=AttemptStatus.ORANGE))
    attempts = call(opportunities_get, 200, opportunity.id, client=client).first_call_attempts
    assert attempts["1"].status == AttemptStatus.ORANGE
    call(opportunities_update, 200, opportunity.id, client=client, body=UpdateOpportunityBody(notes="Por la tarde"))
    history = call(opportunities_history, 200, opportunity.id, client=client).items
    assert history[0].to_id == agent.id, history

    # In bulk, at random, and back.
    ids = [str(row.id) for row in free.opportunities[:3]]
    bulk = BulkAssignBody(opportunity_ids=[*ids, "nothing"], assigned_to_id=str(other.id), notes="Lunes")
    done = call(opportunities_bulk_assign, 207, client=client, body=bulk, **keyed())
    assert done.assigned_count == 3 and done.errors[0].code == "opportunity_not_found"
    held = BulkUnassignBody(opportunity_ids=ids, expected_assigned_to_id=str(agent.id))
    assert call(opportunities_bulk_unassign, 207, client=client, body=held, **keyed()).failed_count == 3
    assert call(operations_undo, 200, done.operation_id, client=client, **keyed()).undone_count == 3
    assert len(call(operations_get, 200, done.operation_id, client=client).items) == 3
    assert call(operations_list, 200, client=client).items
    random = AssignRandomBody(assigned_to_id=str(agent.id), count=2, filters=AssignRandomFilters(min_score=0))
    assert len(call(opportunities_assign_random, 200, client=client, body=random, **keyed()).opportunity_ids) == 2

    # A job over a filter, and its undo.
    body = CreateJobBody(kind=CreateJobBodyKind.BULK_ASSIGN, filter_=JobFilter(status=Status.PENDING),
                         assigned_to_id=str(agent.id))
    job = finished(client, call(jobs_create, 202, client=client, body=body, **keyed()))
    assert job.done == job.total > 0 and job.failed == 0
    assert call(jobs_items, 200, job.id, client=client, limit=5).items
    finished(client, call(jobs_undo, 202, job.id, client=client, **keyed()))

    # Accounts, the audit log, webhooks.
    user = call(users_create, 201, client=client,
                body=CreateUserBody(email=f"{uuid.uuid4()}@example.org", password="a long sentence", role=Role.AGENT))
    assert call(users_set_role, 200, user.id, client=client, body=SetRoleBody(role=Role.LAWYER)).role == Role.LAWYER
    assert call(users_list, 200, client=client, role=Role.LAWYER).total >= 1
    assert call(users_audit_logs, 200, client=client, action="user_role_changed").items
    hook = call(webhooks_create, 201, client=client, body=CreateWebhookBody(url="https://crm.invalid/hook"), **keyed())
    assert hook.secret.startswith("whsec_")
    assert call(webhooks_list, 200, client=client).items
    call(webhooks_deliveries, 200, hook.id, client=client)
    call(auth_logout, 200, client=anonymous, body=LogoutBody(refresh_token=pair.refresh_token))
    print("the generated client read every answer")


def finished(client, job):
    """The job, when it has ended."""
    deadline = time.monotonic() + 60
    while job.status in (JobStatus.QUEUED, JobStatus.RUNNING):
        assert time.monotonic() < deadline, job
        time.sleep(0.1)
        job = call(jobs_get, 200, job.id, client=client)
    assert job.status == JobStatus.FINISHED, job
    return job


main()
