"""Commands are parsed strictly; errors name the mistake."""

import pytest

from offhook.core.commands import COMMANDS, EndCommand, dump_command, parse_command
from offhook.core.errors import CommandError


@pytest.mark.parametrize(
    ("verb", "raw"),
    [
        (EndCommand(), {"name": "end", "reason": "command"}),
        (
            EndCommand(reason="shutdown", goodbye="Bye.", scope="room"),
            {"name": "end", "reason": "shutdown", "goodbye": "Bye.", "scope": "room"},
        ),
        (EndCommand(goodbye=""), {"name": "end", "reason": "command", "goodbye": ""}),
    ],
)
def test_what_is_written_is_read_again(verb: EndCommand, raw: dict[str, object]) -> None:
    assert dump_command(verb) == raw
    assert parse_command(raw) == verb


@pytest.mark.parametrize(
    ("raw", "code", "text"),
    [
        ({"name": "explode"}, "unsupported", "unknown command 'explode'; known: end"),
        ({"name": ["end"]}, "unsupported", "unknown command ['end']; known: end"),
        ({}, "unsupported", "unknown command None; known: end"),
        ({"name": "end", "who": "all", "force": 1}, "malformed", "end: unknown field 'force'"),
        ({"name": "end", "reason": "limit"}, "malformed", "end: reason 'limit' is not 'command' or 'shutdown'"),
        ({"name": "end", "goodbye": 5}, "malformed", "end: goodbye must be text of at most 1000 characters"),
        ({"name": "end", "goodbye": "x" * 1001}, "malformed", "end: goodbye must be text of at most 1000 characters"),
        ({"name": "end", "scope": "all"}, "malformed", "end: scope 'all' is not one of agent, caller, room"),
        ({"name": "end", "scope": ["room"]}, "malformed", "end: scope ['room'] is not one of agent, caller, room"),
        ({"name": "end", "reason": ["command"]}, "malformed", "end: reason ['command'] is not 'command' or 'shutdown'"),
    ],
)
def test_what_cannot_be_meant_is_refused(raw: dict[str, object], code: str, text: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_command(raw)
    assert (caught.value.code, str(caught.value)) == (code, text)


def test_every_verb_can_be_written() -> None:
    assert {name: dump_command(kind())["name"] for name, kind in COMMANDS.items()} == {name: name for name in COMMANDS}
