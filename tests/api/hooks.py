"""What schemathesis is told about Reparto: how to sign in, and which requests would end its own session."""

import json
import os
import urllib.request
import uuid

import schemathesis

URL, PASSWORD = os.environ["REPARTO_URL"], os.environ["REPARTO_PASSWORD"]
EMAIL = "admin@example.org"


def sign_in():
    body = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
    request = urllib.request.Request(f"{URL}/api/auth/login", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["access_token"]


def me(token):
    request = urllib.request.Request(f"{URL}/api/users/me", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["id"]


TOKEN = sign_in()
OWN_ID = me(TOKEN)


@schemathesis.auth(refresh_interval=None)
class Bearer:
    """The token lasts longer than the run; the program's settings see to it."""

    def get(self, case, context):
        return TOKEN

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context, case, **kwargs):
    """Keeps the account of the run as it is, and gives each request a key of its own."""
    if (case.path_parameters or {}).get("id") == OWN_ID and case.method.upper() != "GET":
        case.path_parameters["id"] = str(uuid.uuid4())
    if "Idempotency-Key" in (case.headers or {}) and case.meta and case.meta.generation.mode.is_positive:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
