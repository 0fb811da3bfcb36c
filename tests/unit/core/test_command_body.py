"""Commands are parsed strictly; errors name the mistake."""

import json

import jsonschema
import pytest
from tests.unit.policies.test_commands import EXAMPLES

from offhook.core.commands import COMMANDS, Command, EndCommand, allowed, dump_command, parse_command, schema_of
from offhook.core.commands.verbs.say import SayCommand
from offhook.core.errors import CommandError


@pytest.mark.parametrize(
    ("verb", "raw"),
    [
        (EndCommand(), {"name": "end"}),
        (
            EndCommand(reason="shutdown", goodbye="Bye.", scope="room"),
            {"name": "end", "reason": "shutdown", "goodbye": "Bye.", "scope": "room"},
        ),
        (EndCommand(goodbye=""), {"name": "end", "goodbye": ""}),
        (SayCommand("Hello."), {"name": "say", "text": "Hello."}),
    ],
)
def test_what_is_written_is_read_again(verb: Command, raw: dict[str, object]) -> None:
    assert dump_command(verb) == raw
    assert parse_command(raw) == verb


@pytest.mark.parametrize("raw", EXAMPLES, ids=lambda raw: str(raw["name"]))
def test_every_verb_is_read_and_written_and_fits_its_schema(raw: dict[str, object]) -> None:
    command = parse_command(raw)
    assert parse_command(dump_command(command)) == command
    assert command.words().startswith(command.name)
    schema = schema_of(type(command))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({key: value for key, value in raw.items() if key != "name"}, schema)


@pytest.mark.parametrize(
    ("raw", "code", "text"),
    [
        ({"name": "sya"}, "unknown_verb", "unknown command 'sya'; did you mean 'say'?"),
        ({"name": ["end"]}, "unknown_verb", "unknown command \"['end']\"; did you mean 'end'?"),
        ({"name": "end", "who": "all"}, "malformed", "end: unknown field 'who'; its fields: reason, goodbye, scope"),
        ({"name": "away", "who": "all"}, "malformed", "away: unknown field 'who'; its fields: none"),
        ({"name": "end", "reason": "limit"}, "malformed", "end: reason: input should be 'command' or 'shutdown'"),
        ({"name": "end", "goodbye": 5}, "malformed", "end: goodbye: input should be a valid string"),
        (
            {"name": "end", "goodbye": "x" * 4001},
            "too_long",
            "end: goodbye: string should have at most 4000 characters",
        ),
        ({"name": "say", "text": "  "}, "empty", "say: text: string should have at least 1 character"),
        ({"name": "say"}, "malformed", "say: text: field required"),
        ({"name": "say", "text": "\ud800"}, "malformed", "say: Invalid JSON: "),
        ({"name": "endpointing", "min_delay": float("nan")}, "malformed", "endpointing: Out of range float values"),
        ({"name": "endpointing"}, "empty", "endpointing: give min_delay, max_delay or both, in seconds"),
        (
            {"name": "endpointing", "min_delay": 2, "max_delay": 1},
            "malformed",
            "endpointing: min_delay (2) is over max_delay (1)",
        ),
        ({"name": "models"}, "empty", "models: give llm, stt, tts or temperature"),
        ({"name": "instructions"}, "empty", "instructions: text: say what to replace, or use action 'restore'"),
        (
            {"name": "instructions", "action": "restore", "text": "x"},
            "malformed",
            "instructions: text: to restore the original instructions, give no text",
        ),
        ({"name": "context", "action": "add"}, "empty", "context: text: say what to add"),
        (
            {"name": "context", "action": "trim"},
            "malformed",
            "context: keep: say how many items to keep; to keep none,",
        ),
        ({"name": "context", "action": "clear", "keep": 3}, "malformed", "context: `keep` belongs to action 'trim'"),
        ({"name": "silence", "action": "replace"}, "malformed", "silence: steps: action 'replace' needs steps"),
        (
            {"name": "silence", "action": "replace", "steps": [{"kind": "say", "after": 5}]},
            "malformed",
            "silence: steps: say(after=5) has no text; say what the caller should hear",
        ),
        ({"name": "dtmf", "digits": "12x"}, "malformed", "dtmf: digits: string should match pattern"),
    ],
)
def test_what_cannot_be_meant_is_refused(raw: dict[str, object], code: str, text: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_command(raw)
    assert caught.value.code == code
    assert str(caught.value).startswith(text)
    assert "\n" not in str(caught.value)


def test_an_unknown_verb_without_a_near_name_gets_the_list() -> None:
    with pytest.raises(CommandError, match="unknown command '7'; known: add_message, ask, away, back"):
        parse_command({"name": "7"})


@pytest.mark.parametrize(
    ("name", "role", "names", "may"),
    [
        ("state", "viewer", None, True),
        ("say", "viewer", None, False),
        ("say", "operator", None, True),
        ("instructions", "operator", None, False),
        ("instructions", "supervisor", None, True),
        ("say", None, None, False),
        ("say", None, ["say"], True),
        ("end", None, ["say"], False),
        ("say", "viewer", ["say"], False),
        ("say", "operator", ["say"], True),
        ("end", "supervisor", ["say"], False),
    ],
)
def test_a_role_and_a_list_of_verbs_limit_what_is_allowed(name: str, role: str, names: list[str], may: bool) -> None:
    assert allowed(COMMANDS[name], role=role, names=names) is may  # type: ignore[arg-type]  # a role


def test_the_journal_and_the_schema_need_no_more_than_json() -> None:
    assert json.loads(json.dumps([schema_of(kind) for kind in COMMANDS.values()]))
