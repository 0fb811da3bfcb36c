"""The token routes in docs/tokens.md, run with each framework's own client and checked with LiveKit's verifier."""

import re
import runpy
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from livekit.api import TokenVerifier
from livekit.api.access_token import Claims

DOCUMENT = Path(__file__).parents[2] / "docs" / "tokens.md"
KEY, SECRET, URL = "devkey", "a" * 40, "wss://desk.example"
GREEDY = {
    "room_name": "somebody-elses",
    "participant_identity": "user-admin",
    "participant_metadata": "I am the admin",
    "room_config": {"agents": [{"agent_name": "other", "metadata": "free"}]},
}
"""All fields that LiveKit's clients may send, with values that ask for too many rights."""


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Run the document's block for this framework, with keys in the environment; returns its names."""
    for name, value in {"LIVEKIT_URL": URL, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (text,) = (block for block in blocks if f"from {request.param} import" in block)
    file = tmp_path / "recipe.py"
    file.write_text(text, encoding="utf-8")
    return runpy.run_path(str(file), run_name="recipe")


def let_in(answer: Mapping[str, str]) -> Claims:
    """Verify the token of the answer with LiveKit's verifier."""
    assert set(answer) == {"server_url", "participant_token"}
    assert answer["server_url"] == URL
    return TokenVerifier(KEY, SECRET, leeway=timedelta(0)).verify(answer["participant_token"])


def check(first: Mapping[str, str], second: Mapping[str, str]) -> None:
    """Check two tokens of user 7: own identity, a room for each, a caller's rights, and no value of GREEDY."""
    one, other = let_in(first), let_in(second)
    assert (one.identity, one.metadata, other.identity) == ("user-7", "", "user-7")
    assert one.video is not None
    assert other.video is not None
    assert one.video.room.startswith("desk-")
    assert one.video.room != other.video.room
    assert (one.video.can_publish_sources, one.video.room_admin, one.video.hidden) == (["microphone"], None, None)
    assert one.room_config is not None
    assert [(sent.agent_name, sent.metadata) for sent in one.room_config.agents] == [("front-desk", "")]


@pytest.mark.parametrize("recipe", ["fastapi"], indirect=True)
def test_the_route_for_fastapi_lets_in_who_is_signed_in_as_who_they_are(recipe: dict[str, Any]) -> None:
    from starlette.testclient import TestClient

    client = TestClient(recipe["app"])
    refused = client.post("/api/token", json=GREEDY)
    recipe["app"].dependency_overrides[recipe["signed_in"]] = lambda: "7"
    given = [client.post("/api/token", json=GREEDY) for _ in range(2)]
    assert [refused.status_code, *(one.status_code for one in given)] == [401, 201, 201]
    check(given[0].json(), given[1].json())


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["flask"], indirect=True)
def test_the_route_for_flask_lets_in_who_is_signed_in_as_who_they_are(recipe: dict[str, Any]) -> None:
    client = recipe["app"].test_client()
    refused = client.post("/api/token", json=GREEDY)
    with client.session_transaction() as session:
        session["user"] = "7"
    given = [client.post("/api/token", json=GREEDY) for _ in range(2)]
    assert [refused.status_code, *(one.status_code for one in given)] == [401, 201, 201]
    check(given[0].json, given[1].json)


@pytest.fixture(scope="session")
def django_client() -> type:
    """Django's own test client; Django is set up once for each process."""
    import django
    from django.conf import settings

    middleware = ["django.middleware.csrf.CsrfViewMiddleware", f"{__name__}.signed_in_by_cookie"]
    settings.configure(SECRET_KEY=SECRET, ALLOWED_HOSTS=["testserver"], MIDDLEWARE=middleware)
    django.setup()
    from django.test import Client

    return Client


def signed_in_by_cookie(respond: Any) -> Any:
    """Replaces Django's sign-in without a database: `request.user` comes from a cookie."""

    def middleware(request: Any) -> Any:
        user = request.COOKIES.get("user")
        request.user = SimpleNamespace(is_authenticated=user is not None, pk=user)
        return respond(request)

    return middleware


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["django.http"], indirect=True)
def test_the_route_for_django_lets_in_who_is_signed_in_as_who_they_are(
    recipe: dict[str, Any], django_client: type
) -> None:
    from django.test import override_settings

    urls = ModuleType("urls")
    vars(urls)["urlpatterns"] = recipe["urlpatterns"]
    with override_settings(ROOT_URLCONF=urls):
        client = django_client()
        refused = client.post("/api/token", GREEDY, content_type="application/json")
        client.cookies["user"] = "7"
        given = [client.post("/api/token", GREEDY, content_type="application/json") for _ in range(2)]
        forged = django_client(enforce_csrf_checks=True).post("/api/token", GREEDY, content_type="application/json")
        asked = client.get("/api/token")
    codes = [one.status_code for one in (refused, *given, forged, asked)]
    assert codes == [401, 201, 201, 403, 405]
    check(given[0].json(), given[1].json())


@pytest.mark.parametrize("recipe", ["livekit.api"], indirect=True)
def test_livekit_api_alone_makes_the_same_token(recipe: dict[str, Any]) -> None:
    from offhook.tokens import room_token

    theirs = recipe["invitation"](KEY, SECRET, "r", "user-7")
    ours = room_token(api_key=KEY, api_secret=SECRET, room="r", identity="user-7", role="caller", agent="front-desk")
    read = [TokenVerifier(KEY, SECRET).verify(token) for token in (theirs, ours)]
    for claims in read:
        assert claims.video is not None
        claims.video.can_update_own_metadata = claims.video.can_update_own_metadata or None
        claims.kind = claims.kind or "standard"
    assert read[0] == read[1]
