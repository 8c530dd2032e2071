"""What schemathesis cannot know of Reparto from the document."""

import itertools
import json
import os
import urllib.error
import urllib.request
import uuid

import schemathesis

URL, PASSWORD = os.environ["REPARTO_URL"], os.environ["REPARTO_PASSWORD"]
EMAIL = "admin@example.org"


def ask(path, body=None, token=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(URL + path, json.dumps(body).encode() if body else None, headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


# It lives longer than the run.
TOKEN = ask("/api/auth/login", {"email": EMAIL, "password": PASSWORD})["access_token"]
OWN_ID = ask("/api/users/me", token=TOKEN)["id"]
HOLDERS = [person["id"] for person in ask("/api/crm/users/responsibles", token=TOKEN)]


def sign_in_somebody_else():
    """Tokens of other accounts of the demo, which all have one password."""
    for person in ask("/api/crm/users/responsibles", token=TOKEN):
        if person["id"] != OWN_ID:
            try:
                yield ask("/api/auth/login", {"email": person["email"], "password": PASSWORD})["access_token"]
            except urllib.error.HTTPError:
                # An account that the generated client made.
                continue


ME_TOKEN, LEAVING_TOKEN = itertools.islice(sign_in_somebody_else(), 2)
OPPORTUNITIES = [row["id"] for row in ask("/api/crm/opportunities?limit=100", token=TOKEN)["opportunities"]]


@schemathesis.auth(refresh_interval=None)
class Bearer:
    def get(self, case, context):
        return TOKEN

    def set(self, case, data, context):
        # What ends sessions does so to somebody else's: the token of the run must outlive it.
        if case.operation.path.startswith("/api/auth/logout"):
            data = LEAVING_TOKEN
        elif case.operation.path.startswith("/api/users/me/"):
            data = ME_TOKEN
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context, case, kwargs):
    method, path = case.method.upper(), case.operation.path
    # The account of the run stays as it is.
    if (case.path_parameters or {}).get("id") == OWN_ID and method != "GET":
        case.path_parameters["id"] = str(uuid.uuid4())
    if case.meta is None or case.meta.generation.mode.is_positive:
        make_valid(case, method, path)
        return
    if (method, path) == ("POST", "/api/crm/jobs") and (case.media_type == "text/csv" or not is_body_wrong(case)):
        # With a JSON body the query is ignored, and any text is CSV: neither is wrong. A missing body is.
        case.body, case.query = "", {"kind": "export"}
    if case.query:
        # An empty parameter counts as absent, which is not wrong.
        case.query = {name: value if str(value).strip() else "-" for name, value in case.query.items()}


def is_body_wrong(case):
    return any(location.value == "body" and part.mode.is_negative for location, part in case.meta.components.items())


def make_valid(case, method, path):
    """Mends what is right by the schema and is refused by a rule that no schema can tell."""
    # A cursor is what the service gave; a made-up one is refused.
    if case.query:
        case.query.pop("cursor", None)
    # A key that was used with another request is refused.
    if "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if (method, path) == ("POST", "/api/crm/imports"):
        # Names of columns, sheets, zones and encodings must be known; a file must be a table.
        case.query = {name: value for name, value in (case.query or {}).items() if name in ("dry_run", "strict")}
        case.media_type, case.body = "text/csv", "Nombre;Correo\r\nAna Gil;ana@example.org\r\n"
    if not isinstance(case.body, dict):
        if (method, path) == ("POST", "/api/crm/jobs"):
            case.query = {"kind": "export"}
        return
    body = case.body
    use_what_exists(body)
    # In a filter that writes, null is refused rather than read as "all".
    for name in ("filter", "filters"):
        if isinstance(body.get(name), dict):
            body[name] = {key: value for key, value in body[name].items() if value not in (None, "")}
    # A consent was given at a time, and a reason is bounded in bytes.
    if isinstance(body.get("consent"), dict):
        body["consent"]["at"] = body["consent"].get("at") or "2026-01-15T09:00:00Z"
    if isinstance(body.get("detection_reason"), str):
        body["detection_reason"] = body["detection_reason"][:4000]
    # Passwords that are often used are refused.
    if "password" in body:
        body["password"] = "a long sentence of nobody"
    if (method, path) == ("POST", "/api/crm/contacts"):
        # One of seven fields must name the contact.
        body["name"] = "Lucía Fernández"
    elif (method, path) == ("POST", "/api/crm/jobs"):
        # Either a filter or ids, and a status where it is to be set.
        if body.get("opportunity_ids") is None:
            body["filter"] = body.get("filter") or {}
        else:
            body.pop("filter", None)
        if body["kind"] == "set_status":
            body["status"] = body.get("status") or "contacted"
    elif path.endswith("/erase"):
        # A text of invisible characters alone is none.
        body["reason"] = "Lo ha pedido"
    elif path.startswith("/api/crm/webhooks") and body.get("url"):
        # A public address which nobody has.
        body["url"] = "https://hooks.invalid/reparto"


def use_what_exists(body):
    """Puts ids of real users and opportunities in place of every second made-up one."""
    holder = body.get("assigned_to_id")
    if isinstance(holder, str) and len(holder) % 2 == 0:
        body["assigned_to_id"] = HOLDERS[len(holder) % len(HOLDERS)]
    ids = body.get("opportunity_ids")
    if isinstance(ids, list) and len(ids) % 2 == 1:
        body["opportunity_ids"] = [*ids, OPPORTUNITIES[len(str(ids)) % len(OPPORTUNITIES)]]
