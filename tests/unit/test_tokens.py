"""Tokens have the least rights. Only the call of a command accepts the command, once and in time."""

import base64
import json
import string
import time
from collections.abc import Callable
from datetime import timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.api import TokenVerifier
from pydantic import SecretStr

from offhook.core.commands.keys import CommandKey
from offhook.core.errors import CommandError, SettingsError
from offhook.settings import Settings
from offhook.tokens import (
    MAX_TOKEN,
    Command,
    Role,
    command_keys,
    join_token,
    room_token,
    server_token,
    sign_command,
    verify_command,
    with_verb,
)

KEY, SECRET, OTHER = "devkey", "a" * 40, "b" * 40
END = {"name": "end", "goodbye": "Bye."}
DESK = CommandKey("desk", "operator", b"a key of the desk with 32 letters")
KEYS = command_keys(SECRET, [DESK])


def claims(token: str) -> dict[str, object]:
    return jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_aud": False})


def joined(role: Role) -> dict[str, object]:
    return claims(room_token(api_key=KEY, api_secret=SECRET, room="r", identity="i", role=role))


def refusal(token: str, *, now: float | None = None, call: str = "AJ_1") -> str:
    with pytest.raises(CommandError) as caught:
        verify_command(token, keys=KEYS, call=call, now=time.time() if now is None else now)
    assert "\n" not in str(caught.value)
    return caught.value.code


def forged(**changes: object) -> str:
    """A token with a valid signature and any claims."""
    now = time.time()
    told = {"aud": "AJ_1", "sub": "ops", "jti": "1", "iat": now, "exp": now + 30, "verb": END, **changes}
    kept = {name: value for name, value in told.items() if value is not ...}
    return jwt.encode(kept, command_key(), algorithm="HS256")


def command_key() -> bytes:
    import hashlib
    import hmac

    return hmac.digest(SECRET.encode(), b"offhook command v1", hashlib.sha256)


def test_a_caller_has_a_microphone_and_typed_messages_and_nothing_else() -> None:
    assert joined("caller")["video"] == {
        "roomJoin": True,
        "room": "r",
        "canSubscribe": True,
        "canPublish": True,
        "canPublishSources": ["microphone"],
        "canPublishData": True,
        "canUpdateOwnMetadata": False,
    }


def test_a_listener_only_listens() -> None:
    assert joined("listener")["video"] == {
        "roomJoin": True,
        "room": "r",
        "canSubscribe": True,
        "canPublish": False,
        "canPublishData": False,
        "canUpdateOwnMetadata": False,
    }


def test_a_monitor_only_listens_and_is_not_seen() -> None:
    listener = joined("listener")["video"]
    assert isinstance(listener, dict)
    assert joined("monitor")["video"] == listener | {"hidden": True}


def test_only_a_phone_may_change_its_own_attributes() -> None:
    video = joined("phone")["video"]
    assert isinstance(video, dict)
    assert video["canUpdateOwnMetadata"] is True


def test_one_line_in_a_backend_makes_the_same_token_with_the_keys_of_the_settings() -> None:
    settings = Settings(livekit_api_key=KEY, livekit_api_secret=SECRET)  # type: ignore[call-arg, arg-type]  # pydantic
    given = {"role": "listener", "agent": "desk", "metadata": "{}", "name": "Ada", "ttl": 60}
    ours = claims(join_token("r", "user-7", keys=settings, **given))  # type: ignore[arg-type]  # all in one
    theirs = claims(room_token(api_key=KEY, api_secret=SECRET, room="r", identity="user-7", **given))  # type: ignore[arg-type]  # all in one
    assert {**ours, "nbf": 0, "exp": 0} == {**theirs, "nbf": 0, "exp": 0}
    assert ours["iss"] == KEY


def test_a_backend_without_keys_is_told_which() -> None:
    with pytest.raises(SettingsError, match=r"^LIVEKIT_API_KEY is not set; set it in the env"):
        join_token("r", "user-7", keys=Settings.model_construct(livekit_api_key=None, livekit_api_secret=None))


@pytest.mark.slow
def test_the_secret_is_not_in_an_error() -> None:
    settings = Settings.model_construct(livekit_api_key="", livekit_api_secret=SecretStr(SECRET))
    with pytest.raises(SettingsError) as caught:
        join_token("r", "user-7", keys=settings)
    assert SECRET not in f"{caught.value!r} {caught.getrepr(showlocals=False)}"


def test_a_room_token_lives_fifteen_minutes() -> None:
    told = joined("caller")
    assert told["exp"] - told["nbf"] == 900  # type: ignore[operator]  # both are numbers in a JWT


def test_livekit_reads_a_room_token_as_it_was_meant() -> None:
    token = room_token(
        api_key=KEY,
        api_secret=SECRET,
        room="r",
        identity="phone-1",
        role="phone",
        name="Ada",
        attributes={"sip.callStatus": "ringing"},
        kind="sip",
        agent="desk",
        metadata="{}",
    )
    read = TokenVerifier(KEY, SECRET, leeway=timedelta(0)).verify(token)
    assert (read.identity, read.name, read.kind) == ("phone-1", "Ada", "sip")
    assert read.attributes == {"sip.callStatus": "ringing"}
    assert read.room_config is not None
    assert [(one.agent_name, one.metadata) for one in read.room_config.agents] == [("desk", "{}")]


def test_a_token_without_agent_sends_for_nobody() -> None:
    assert "roomConfig" not in joined("caller")


def test_a_server_token_lives_a_minute_and_has_only_the_rights_named() -> None:
    admin = claims(server_token(api_key=KEY, api_secret=SECRET, room="r"))
    lister = claims(server_token(api_key=KEY, api_secret=SECRET, grants=["roomList"]))
    assert admin["video"] == {"roomAdmin": True, "room": "r"}
    assert lister["video"] == {"roomList": True}
    assert admin["exp"] - admin["nbf"] == 60  # type: ignore[operator]  # both are numbers in a JWT


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"room": ""}, "needs a room"),
        ({"identity": ""}, "needs a room and an identity"),
        ({"api_secret": ""}, "LIVEKIT_API_SECRET is not set"),
        ({"api_key": ""}, "LIVEKIT_API_KEY is not set"),
        ({"ttl": 0}, "at least 1 s"),
        ({"ttl": 86_401}, "at most 86400 s, not 86401"),
        ({"ttl": float("nan")}, "not nan"),
        ({"metadata": "{}"}, "name the agent with agent="),
        ({"role": "lisener"}, "'lisener' is not a role; the roles are caller, phone, listener, monitor"),
        ({"identity": "i" * 257}, "the identity has 257 characters; LiveKit takes at most 256"),
        ({"room": "r" * 257}, "the room has 257 characters"),
        ({"name": "n" * 257}, "the name has 257 characters"),
        ({"attributes": {"sip.phoneNumber": "+15105550100"}}, "sip.phoneNumber belongs to LiveKit"),
        ({"attributes": {"lk.agent.state": "idle"}}, "lk.agent.state belongs to LiveKit"),
    ],
)
def test_an_impossible_room_token_is_refused_with_what_to_do(given: dict[str, object], says: str) -> None:
    usual: dict[str, object] = {"api_key": KEY, "api_secret": SECRET, "room": "r", "identity": "i", "role": "caller"}
    with pytest.raises(SettingsError, match=says):
        room_token(**(usual | given))  # type: ignore[arg-type]  # wrong on purpose


def test_room_admin_without_a_room_is_refused() -> None:
    with pytest.raises(SettingsError, match="name the room with room="):
        server_token(api_key=KEY, api_secret=SECRET)


def test_a_signed_command_is_read_back_whole() -> None:
    token = sign_command(api_secret=SECRET, call="AJ_1", by="ops", verb=END)
    told = jwt.decode(token, options={"verify_signature": False})
    taken = verify_command(token, keys=KEYS, call="AJ_1", now=told["iat"])
    assert taken == Command(told["jti"], "ops", END, told["exp"] + 5)


def test_a_command_is_not_signed_with_the_bare_api_secret() -> None:
    assert refusal(jwt.encode({"aud": "AJ_1"}, SECRET, algorithm="HS256")) == "unsigned"


@pytest.mark.parametrize(
    "token",
    [
        sign_command(api_secret=OTHER, call="AJ_1", by="ops", verb=END),
        jwt.encode({"aud": "AJ_1"}, "", algorithm="none"),
        jwt.encode({"aud": "AJ_1"}, command_key() * 2, algorithm="HS512"),
        room_token(api_key=KEY, api_secret=SECRET, room="r", identity="i", role="caller"),
    ],
    ids=["other secret", "no algorithm", "another algorithm", "a room token"],
)
def test_what_is_not_signed_by_the_secret_is_unsigned(token: str) -> None:
    assert refusal(token) == "unsigned"


def test_a_changed_verb_breaks_the_signature() -> None:
    head, _, tail = sign_command(api_secret=SECRET, call="AJ_1", by="ops", verb=END).split(".")
    body = base64.urlsafe_b64encode(json.dumps({"aud": "AJ_1", "verb": {"name": "other"}}).encode()).decode().strip("=")
    assert refusal(f"{head}.{body}.{tail}") == "unsigned"


def test_a_command_for_another_call_is_elsewhere() -> None:
    assert refusal(forged(), call="AJ_2") == "elsewhere"
    assert refusal(forged(aud=["AJ_1", "AJ_2"])) == "elsewhere"


def test_a_command_runs_out_five_seconds_after_its_time() -> None:
    token = forged(iat=1000, exp=1030)
    assert verify_command(token, keys=KEYS, call="AJ_1", now=1034.9).id == "1"
    assert refusal(token, now=1035) == "expired"


def test_a_command_from_the_future_is_refused() -> None:
    token = forged(iat=1006, exp=1030)
    assert refusal(token, now=1000) == "clock"
    assert verify_command(token, keys=KEYS, call="AJ_1", now=1001).id == "1"


def test_a_command_lives_a_minute_at_most() -> None:
    assert refusal(forged(iat=1000, exp=1061), now=1010) == "expired"
    assert refusal(forged(iat=1000, exp=1000), now=1000) == "expired"
    assert verify_command(forged(iat=1000, exp=1060), keys=KEYS, call="AJ_1", now=1010).id == "1"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": ...},
        {"iat": ...},
        {"iat": "soon"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": 10**400},
        {"sub": ...},
        {"sub": ""},
        {"jti": ...},
        {"verb": ...},
        {"verb": "end"},
    ],
    ids=str,
)
def test_a_signed_command_with_a_claim_missing_or_wrong_is_malformed(changes: dict[str, object]) -> None:
    assert refusal(forged(**changes)) == "malformed"


def test_a_token_over_fifteen_kib_is_malformed_before_it_is_read() -> None:
    assert refusal(forged(verb={"name": "end", "goodbye": "a" * MAX_TOKEN})) == "malformed"


def test_a_header_nested_too_deep_is_malformed() -> None:
    head = base64.urlsafe_b64encode(b"[" * 11_000).decode().strip("=")
    assert refusal(f"{head}.e30.AAAA") == "malformed"


@given(st.one_of(st.text(), st.text(string.ascii_letters + string.digits + "-_."), st.text(".eyJ0AB-_", min_size=3)))
def test_garbage_is_malformed_or_unsigned_and_never_anything_else(garbage: str) -> None:
    assert refusal(garbage) in {"malformed", "unsigned"}


@given(st.tuples(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=40)))
def test_garbage_in_the_shape_of_a_token_is_refused(parts: tuple[bytes, bytes, bytes]) -> None:
    token = ".".join(base64.urlsafe_b64encode(part).decode().strip("=") for part in parts)
    assert refusal(token) in {"malformed", "unsigned"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"ttl": 61}, "at most 60 s"),
        ({"ttl": 0}, "more than 0"),
        ({"call": ""}, "call id"),
        ({"by": ""}, "a sender"),
        ({"verb": {}}, "a verb such as"),
        ({"verb": {"name": "end", "goodbye": "a" * MAX_TOKEN}}, "LiveKit carries 15360"),
    ],
)
def test_an_impossible_command_is_not_signed(given: dict[str, object], says: str) -> None:
    usual: dict[str, object] = {"api_secret": SECRET, "call": "AJ_1", "by": "ops", "verb": END}
    with pytest.raises(CommandError, match=says):
        sign_command(**(usual | given))  # type: ignore[arg-type]  # wrong on purpose


def grant(**claims: object) -> str:
    return sign_command(**{"api_secret": SECRET, "call": "AJ_1", "by": "ops", **claims})  # type: ignore[arg-type]  # by name


def verified(payload: str) -> Command:
    return verify_command(payload, keys=KEYS, call="AJ_1", now=time.time())


def test_a_grant_takes_the_verb_of_its_holder() -> None:
    taken = verified(with_verb(grant(verbs=["say"]), {"name": "say", "text": "Hello."}))
    assert (taken.verb, taken.role, taken.verbs) == ({"name": "say", "text": "Hello."}, "supervisor", ["say"])


@pytest.mark.parametrize(
    ("role", "limit", "result"),
    [
        ("viewer", DESK, "viewer"),
        ("supervisor", DESK, "operator"),
        (None, DESK, "operator"),
        ("operator", None, "operator"),
        (None, None, "supervisor"),
    ],
)
def test_the_lower_role_of_key_and_token_counts(role: str | None, limit: CommandKey | None, result: str) -> None:
    secret = "" if limit else SECRET
    assert verified(grant(api_secret=secret, key=limit, verb=END, role=role)).role == result


def test_a_key_that_the_call_does_not_know_is_unsigned() -> None:
    stranger = CommandKey("stranger", "operator", DESK.secret)
    impostor = CommandKey("desk", "supervisor", b"another key with at least 32 letters")
    assert {refusal(grant(api_secret="", key=key, verb=END)) for key in (stranger, impostor)} == {"unsigned"}


@pytest.mark.parametrize(
    "make",
    [
        lambda: "{",
        lambda: "[" * 5_000,
        lambda: "{}",
        lambda: json.dumps({"token": 5, "verb": END}),
        lambda: json.dumps({"token": grant(verbs=["end"]), "verb": "end"}),
        lambda: json.dumps({"token": grant(verbs=["end"]), "verb": END, "role": "supervisor"}),
        lambda: with_verb(grant(verb=END), END),
        lambda: grant(verbs=["end"]),
        lambda: with_verb(forged(verb=..., role="king"), END),
        lambda: with_verb(forged(verb=..., verbs="end"), END),
        lambda: with_verb(forged(verb=..., verbs=[5]), END),
        lambda: forged(jti="x" * 101),
        lambda: "{" + " " * MAX_TOKEN,
    ],
    ids=range(13),
)
def test_a_payload_that_is_no_command_is_malformed(make: Callable[[], str]) -> None:
    assert refusal(make()) == "malformed"


def test_a_grant_needs_a_limit_and_an_id_is_short() -> None:
    with pytest.raises(CommandError, match="needs a role or a list of verbs"):
        grant()
    with pytest.raises(CommandError, match="at most 100 characters"):
        grant(verb=END, id="x" * 101)
