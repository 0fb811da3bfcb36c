"""Each verb changes the call, or reads from it, through the port of its kind."""

import inspect
from collections.abc import Mapping
from typing import Any

import pytest

from offhook.core.commands import CallView, Command, CommandTarget, Query, parse_command
from offhook.core.commands.keys import parse_keys
from offhook.core.ladder import Silence
from offhook.core.record import to_body
from offhook.core.steps import goodbye, say


class Calls:
    """Records the calls of a port's methods. `port` says which methods there are, and which of them are async."""

    def __init__(self, port: type, result: object) -> None:
        self.made: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self._port = port
        self._result = result

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def sync(*values: Any, **given: Any) -> Any:
            inspect.signature(method).bind(self, *values, **given)
            self.made.append((name, values, given))
            return self._result

        async def later(*values: Any, **given: Any) -> Any:
            return sync(*values, **given)

        return later if inspect.iscoroutinefunction(method) else sync


LADDER = [{"kind": "say", "after": 5.0, "text": "Hello?"}, {"kind": "goodbye", "after": 5.0, "text": "Goodbye."}]
RUNS: list[tuple[dict[str, object], tuple[str, tuple[Any, ...], dict[str, Any]]]] = [
    ({"name": "away"}, ("away", (True,), {"by": "desk"})),
    ({"name": "back"}, ("away", (False,), {"by": "desk"})),
    (
        {"name": "add_message", "text": "Hi.", "as_role": "user", "answer": True},
        ("put_message", ("Hi.",), {"role": "user", "answer": True, "by": "desk"}),
    ),
    (
        {"name": "instructions", "text": "Be brief.", "action": "append", "sticky": True},
        ("change_instructions", ("Be brief.",), {"append": True, "sticky": True, "by": "desk"}),
    ),
    ({"name": "instructions", "action": "restore"}, ("restore", (), {"by": "desk"})),
    ({"name": "context", "action": "clear"}, ("cut_context", (), {"keep": 0, "tools": True, "by": "desk"})),
    (
        {"name": "context", "action": "trim", "keep": 4, "tools": False},
        ("cut_context", (), {"keep": 4, "tools": False, "by": "desk"}),
    ),
    (
        {"name": "context", "action": "add", "text": "Hi."},
        ("put_message", ("Hi.",), {"role": "system", "answer": False, "by": "desk"}),
    ),
    ({"name": "context", "action": "forget"}, ("forget_speech", (), {"by": "desk"})),
    ({"name": "silence", "action": "pause"}, ("pause", (), {"by": "desk"})),
    ({"name": "silence", "action": "resume"}, ("resume", (), {"by": "desk"})),
    ({"name": "silence", "action": "off"}, ("silence", (None,), {"by": "desk"})),
    (
        {"name": "silence", "action": "replace", "steps": LADDER},
        ("silence", (Silence(say("Hello?", after=5), goodbye("Goodbye.", after=5)),), {"by": "desk"}),
    ),
    (
        {"name": "quiet", "mode": "hold", "context": False},
        ("quiet", ("hold",), {"context": False, "by": "desk"}),
    ),
    ({"name": "resume"}, ("unquiet", (), {"by": "desk"})),
    ({"name": "interrupt"}, ("interrupt", (), {})),
    ({"name": "pause_recording"}, ("pause_recording", (), {"by": "desk"})),
    ({"name": "resume_recording"}, ("resume_recording", (), {"by": "desk"})),
    ({"name": "endpointing", "min_delay": 1.0}, ("endpointing", (), {"min_delay": 1.0, "max_delay": None})),
    (
        {"name": "voice", "voice": "alloy", "speed": 1.5},
        ("voice", ("alloy",), {"language": None, "speed": 1.5}),
    ),
    (
        {"name": "models", "llm": "gpt-5"},
        ("models", (), {"llm": "gpt-5", "stt": None, "tts": None, "temperature": None}),
    ),
    ({"name": "dtmf", "digits": "12#"}, ("dtmf", ("12#",), {})),
    ({"name": "transfer", "to": "tel:+15105550100"}, ("transfer", ("tel:+15105550100",), {"by": "desk"})),
]
READS: list[tuple[dict[str, object], tuple[str, tuple[Any, ...], dict[str, Any]]]] = [
    ({"name": "state"}, ("state", (), {})),
    ({"name": "transcript", "after": 5}, ("transcript", (), {"after": 5})),
    ({"name": "facts", "after": 5, "wait": 1.5}, ("facts", (), {"after": 5, "wait": 1.5})),
    ({"name": "result", "command": "c1", "after": 1}, ("results", ("c1",), {"after": 1, "wait": 0.0})),
]


@pytest.mark.parametrize(("raw", "made"), RUNS, ids=[f"{raw['name']} {raw.get('action', '')}" for raw, _ in RUNS])
async def test_a_verb_changes_the_call(raw: dict[str, object], made: tuple[str, Any, Any]) -> None:
    calls = Calls(CommandTarget, "a detail")
    detail = await parse_command(raw).run(calls, "desk")  # type: ignore[arg-type]  # records every call of the port
    assert calls.made == [made]
    assert detail in ("a detail", "")


@pytest.mark.parametrize(("raw", "made"), READS, ids=[str(raw["name"]) for raw, _ in READS])
async def test_a_query_reads_from_the_call(raw: dict[str, object], made: tuple[str, Any, Any]) -> None:
    calls = Calls(CallView, {"some": "data"})
    query = parse_command(raw)
    assert isinstance(query, Query)
    answer: Mapping[str, object] = await query.read(calls)  # type: ignore[arg-type]  # records every call of the port
    assert (calls.made, answer) == ([made], {"some": "data"})


async def test_a_verb_without_an_effect_is_a_mistake_of_its_author() -> None:
    class Nothing(Command):
        name = "nothing"

    class Unread(Query):
        name = "unread"

    with pytest.raises(NotImplementedError, match="nothing"):
        await Nothing().run(Calls(CommandTarget, ""), "desk")  # type: ignore[arg-type]  # never called
    with pytest.raises(NotImplementedError, match="unread"):
        await Unread().read(Calls(CallView, {}))  # type: ignore[arg-type]  # never called


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("desk", "entry 1 must be NAME:ROLE:SECRET"),
        ("desk:king:" + "x" * 32, "with a role of viewer, operator, supervisor"),
        ("desk:viewer:" + "x" * 31, "at least 32 characters"),
        (f"a:viewer:{'x' * 32}, a:operator:{'y' * 32}", "entry 2 has the name 'a'"),
    ],
)
def test_a_list_of_keys_names_its_wrong_entry(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        parse_keys(text)
    assert "xxx" not in str(caught.value)


def test_keys_are_read_and_their_secrets_not_shown() -> None:
    (key,) = parse_keys(f"desk:operator:{'x' * 40},")
    assert (key.name, key.role, key.secret) == ("desk", "operator", b"x" * 40)
    assert "xxx" not in repr(key)


def test_the_steps_of_a_ladder_are_recorded() -> None:
    body = to_body(parse_command({"name": "silence", "action": "replace", "steps": LADDER}))
    assert body == {"action": "replace", "steps": LADDER}
