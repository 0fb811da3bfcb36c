"""All checks run at once with a time limit, and show no secret."""

import asyncio

import pytest
from pydantic import SecretStr

from offhook.checks.finding import Check, Finding, ok
from offhook.checks.run import LONGEST, CheckSpec, Lazy, run_checks
from offhook.checks.secrets import redact_url, redactor, secrets_of
from offhook.core.errors import ServerError
from offhook.settings import Settings


def trial(name: str, finding: Finding) -> CheckSpec:
    async def look() -> Finding:
        return finding

    return CheckSpec(name, look)


async def test_checks_are_made_at_the_same_time_and_told_in_order() -> None:
    gate = asyncio.Event()

    async def wait() -> Finding:
        await gate.wait()
        return ok("waited")

    async def open_it() -> Finding:
        gate.set()
        return ok("opened")

    done: list[str] = []
    made = await run_checks([CheckSpec("a", wait), CheckSpec("b", open_it)], done=done.append)
    assert [check.name for check in made] == ["a", "b"]
    assert done == ["b", "a"]


async def test_a_look_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr("offhook.checks.run.GRACE", 0.0)
    (made,) = await run_checks([CheckSpec("a", hang)], limit=0.01)
    assert (made.state, made.detail) == ("problem", "no answer within 0.01 s")


async def test_an_error_of_ours_is_a_problem_and_stops_nothing() -> None:
    async def fail() -> Finding:
        raise ServerError("it is gone")

    made = await run_checks([CheckSpec("a", fail), trial("b", ok("fine"))])
    assert [(check.state, check.detail) for check in made] == [("problem", "ServerError: it is gone"), ("ok", "fine")]


async def test_what_is_hidden_is_hidden_in_detail_and_advice() -> None:
    (made,) = await run_checks([trial("a", ok("has secret-1", "use secret-1"))], hide=redactor(["secret-1"]))
    assert made == Check("a", "ok", "has (hidden)", "use (hidden)", made.ms)


async def test_a_secret_at_the_end_of_a_long_line_is_not_shown_in_part() -> None:
    hide = redactor(["canary-secret"])
    for before in range(LONGEST - 20, LONGEST + 1):
        (made,) = await run_checks([trial("a", ok("x" * before + " canary-secret"))], hide=hide)
        assert made.detail.startswith("x" * before)
        assert "c" not in made.detail
        assert len(made.detail) <= LONGEST + len(" ...")


def test_a_secret_of_several_lines_is_hidden_where_an_error_quotes_it() -> None:
    hide = redactor(["first\nsecond"])
    assert hide(repr(KeyError("first\nsecond"))) == "KeyError('(hidden)')"


async def test_a_check_is_one_line_that_moves_no_cursor() -> None:
    (made,) = await run_checks([trial("a", ok("two\nlines\x1b[2J"))])
    assert made.detail == "two lines [2J"


async def test_what_several_need_is_found_out_once() -> None:
    asked: list[int] = []

    async def find() -> int:
        asked.append(1)
        return 7

    once = Lazy(find)
    assert (await asyncio.gather(once.get(), once.get()), asked) == ([7, 7], [1])


def test_secrets_are_the_keys_and_what_the_environment_calls_so() -> None:
    settings = Settings(openai_api_key=SecretStr("from-a-file"))
    environ = {"MY_TOKEN": "my-token", "HTTPS_PROXY": "http://me:pass-word@proxy:1", "HOME": "/home/me", "A_KEY": "abc"}
    assert secrets_of(settings, environ) == {"from-a-file", "my-token", "me:pass-word", "pass-word"}


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("https://me:secret@host.test:81/v1/?key=secret#x", "https://host.test:81/v1"),
        ("wss://host.test", "wss://host.test"),
        ("http://[::1]:80/", "http://[::1]:80"),
        ("http://[::1", "an address that cannot be read"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(url: str, seen: str) -> None:
    assert redact_url(url) == seen
