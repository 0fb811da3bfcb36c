"""Tokens are decoded and described."""

import time
from typing import Any

import jwt
import pytest

from offhook.checks.token import Reading, read_token, span
from offhook.core.errors import SettingsError
from offhook.tokens import room_token, server_token, sign_command

SECRET = "a-secret-of-at-least-thirty-two-characters"


def made(**wanted: Any) -> str:
    given: dict[str, Any] = {"api_key": "key", "api_secret": SECRET, "room": "r", "identity": "ada", "role": "caller"}
    return room_token(**(given | wanted))


def read(token: str, *, key: str | None = "key", secret: str | None = SECRET, later: float = 0) -> Reading:
    return read_token(token, key=key, secret=secret, now=time.time() + later)


def test_a_callers_token_is_told_in_words() -> None:
    reading = read(made(agent="desk", metadata='{"guest": 1}', ttl=930))
    assert dict(reading.lines) == {
        "for": "joining room r",
        "identity": "ada",
        "may": "hear and see the others, publish microphone only, send data (typed messages)",
        "agent": '"desk" is dispatched when the room is new, with metadata {"guest": 1}',
        "time": "valid for 15 min more",
        "signature": "matches LIVEKIT_API_SECRET",
    }
    assert (reading.usable, reading.signature) == (True, "fits")


def test_a_listeners_token_says_what_it_may_not() -> None:
    told = dict(read(made(role="listener")).lines)
    assert (told["may"], told["may not"]) == ("hear and see the others", "speak, send data (typed messages)")


def test_a_right_that_is_not_named_is_given() -> None:
    bare = jwt.encode({"video": {"roomJoin": True}, "exp": time.time() + 99, "sub": "x"}, SECRET, algorithm="HS256")
    told = dict(read(bare).lines)
    assert told["for"] == "joining any room"
    assert "publish microphone, camera and screen, send data" in told["may"]


def test_a_token_that_ran_out_says_when() -> None:
    reading = read(made(), later=900 + 200)
    assert (dict(reading.lines)["time"], reading.usable) == ("expired 3 min ago", False)


def test_a_token_from_the_future_says_when_it_begins() -> None:
    reading = read(made(), later=-7200)
    assert (dict(reading.lines)["time"].startswith("not valid yet: begins in "), reading.usable) == (True, False)


def test_a_token_without_an_end_is_not_usable() -> None:
    assert not read(jwt.encode({"video": {"roomList": True}}, SECRET, algorithm="HS256")).usable


@pytest.mark.parametrize(
    ("key", "secret", "signature", "says"),
    [
        ("key", "another-secret-of-thirty-two-characters", "differs", "does not match LIVEKIT_API_SECRET"),
        ("key", None, "unchecked", "not checked: LIVEKIT_API_SECRET is not set"),
        ("other", SECRET, "fits", "but names another key than LIVEKIT_API_KEY"),
    ],
)
def test_the_signature_is_compared_with_our_secret(key: str, secret: str | None, signature: str, says: str) -> None:
    reading = read(made(), key=key, secret=secret)
    assert (reading.signature, says in dict(reading.lines)["signature"]) == (signature, True)
    assert SECRET not in f"{reading}"


def test_a_command_is_told_as_a_command() -> None:
    command = sign_command(api_secret=SECRET, call="AJ_1", by="the desk", verb={"name": "end"})
    told = dict(read(command).lines)
    assert (told["for"], told["by"], told["verb"]) == ("a command to call AJ_1", "the desk", '{"name": "end"}')
    assert told["signature"] == "matches LIVEKIT_API_SECRET"
    assert read(command, secret="another-secret-of-thirty-two-characters").signature == "differs"


def test_a_command_of_long_ago_still_has_its_signature_told() -> None:
    command = sign_command(api_secret=SECRET, call="AJ_1", by="the desk", verb={"name": "end"})
    assert read(command, later=9999).signature == "fits"


def test_a_server_token_is_told_by_its_rights() -> None:
    told = dict(read(server_token(api_key="key", api_secret=SECRET, grants=("roomList", "roomCreate"))).lines)
    assert (told["for"], told["may"]) == ("LiveKit's server API", "make and delete rooms, list rooms")


@pytest.mark.parametrize("text", ["", "abc", "a.b.c", "é.é.é", "x" * 300_000])
def test_what_is_no_token_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^this is not a token; .*$"):
        read(text)


def test_another_algorithm_is_named() -> None:
    with pytest.raises(SettingsError, match="'HS512'"):
        read(jwt.encode({}, SECRET * 2, algorithm="HS512"))


@pytest.mark.parametrize(
    ("seconds", "says"), [(5.9, "5 s"), (60, "1 min"), (3599, "59 min"), (7300, "2 h"), (200_000, "2 days")]
)
def test_time_is_told_in_its_largest_unit(seconds: float, says: str) -> None:
    assert span(seconds) == says
