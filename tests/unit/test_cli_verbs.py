"""The commands of the verbs: every verb of the table has one, with its fields, and builds the right command."""

import inspect
import json
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from offhook.cli.main import COMMANDS as OWN
from offhook.cli.main import _app
from offhook.cli.remote.exit_codes import ERRORS, RESULTS, exit_code_of
from offhook.cli.remote.group import NO_COMMAND, verb_phrases
from offhook.cli.remote.verb_command import Common, command_from, verb_command
from offhook.cli.remote.verb_run import report_words
from offhook.client import CommandReport
from offhook.core.commands import COMMANDS, Command, dump_command
from offhook.core.decisions import CommandStatus
from offhook.core.errors import CommandCode, CommandError

VERBS = sorted(set(COMMANDS) - NO_COMMAND)
COMMON = {"_room", "_agent", "_by", "_id", "_wait", "_timeout", "_json"}
STEPS = '[{"kind": "say", "after": 8, "text": "Hello?"}, {"kind": "end", "after": 5}]'


def built(name: str, *arguments: str) -> Command:
    """The command that this command line builds; nothing is sent."""
    command = verb_command(name)
    values = command.make_context(name, list(arguments)).params
    return command_from(COMMANDS[name], {key: value for key, value in values.items() if key not in COMMON})


def test_every_verb_has_a_command_and_a_phrase_in_the_help() -> None:
    assert sorted(verb_phrases()) == VERBS
    shown = CliRunner().invoke(_app(), ["--help"]).stdout
    ours, _, running = shown.partition("Commands for running calls:")
    assert [name for name in VERBS if f"\n  {name} " not in running or f"\n  {name} " in ours] == []
    assert all(phrase[0].isupper() and phrase.endswith(".") for phrase in verb_phrases().values())


def test_no_verb_hides_another_command() -> None:
    assert set(OWN) & set(VERBS) == set()


@pytest.mark.parametrize("name", VERBS)
def test_a_command_has_the_fields_and_the_help_of_its_verb(name: str) -> None:
    command = verb_command(name)
    kind = COMMANDS[name]
    own = {one.name for one in command.params} - COMMON - {"help"}
    assert own == {field.name for field in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    options = [option for one in command.params for option in (*one.opts, *one.secondary_opts) if option[0] == "-"]
    assert len(options) == len(set(options)), "an option of the verb hides a common one"
    assert command.help.splitlines()[0] == inspect.cleandoc(kind.__doc__ or "").splitlines()[0]
    assert f"Role: {kind.role}." in command.help


@pytest.mark.parametrize(
    ("arguments", "verb"),
    [
        (["say", "r", "Hi."], {"name": "say", "text": "Hi."}),
        (["say", "r", "Hi.", "--no-interruptible"], {"name": "say", "text": "Hi.", "interruptible": False}),
        (["ask", "r", "Be kind.", "--tool", "find"], {"name": "ask", "instructions": "Be kind.", "tool": "find"}),
        (["end", "r"], {"name": "end"}),
        (["end", "r", "shutdown"], {"name": "end", "reason": "shutdown"}),
        (
            ["end", "r", "--goodbye", "Bye.", "--scope", "room"],
            {"name": "end", "goodbye": "Bye.", "scope": "room"},
        ),
        (
            ["instructions", "r", "Be brief.", "--action", "append", "--sticky"],
            {"name": "instructions", "text": "Be brief.", "action": "append", "sticky": True},
        ),
        (["instructions", "r", "--action", "restore"], {"name": "instructions", "action": "restore"}),
        (["quiet", "r"], {"name": "quiet"}),
        (["quiet", "r", "takeover", "--no-context"], {"name": "quiet", "mode": "takeover", "context": False}),
        (["silence", "r", "pause"], {"name": "silence", "action": "pause"}),
        (
            ["silence", "r", "replace", "--steps", STEPS],
            {
                "name": "silence",
                "action": "replace",
                "steps": [
                    {"kind": "say", "after": 8.0, "text": "Hello?"},
                    {"kind": "end", "after": 5.0},
                ],
            },
        ),
        (["context", "r", "trim", "--keep", "4"], {"name": "context", "action": "trim", "keep": 4}),
        (["endpointing", "r", "--min-delay", "0.3"], {"name": "endpointing", "min_delay": 0.3}),
        (["add_message", "r", "A guest.", "--as-role", "user"], {"name": "add_message", "as_role": "user"}),
        (["models", "r", "--temperature", "0.2"], {"name": "models", "temperature": 0.2}),
        (["transcript", "r", "--after", "7"], {"name": "transcript", "after": 7}),
        (["state", "r"], {"name": "state"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_line_builds_the_command(arguments: list[str], verb: dict[str, Any]) -> None:
    found = json.loads(json.dumps(dump_command(built(*arguments))))
    assert {**found, **verb} == found
    assert found.keys() - verb.keys() <= {"text"}


def test_steps_can_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "steps.json"
    file.write_text(STEPS, encoding="utf-8")
    assert built("silence", "r", "replace", "--steps", f"@{file}") == built("silence", "r", "replace", "--steps", STEPS)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["say", "r", " "], "empty", "text"),
        (["say", "r", "x" * 5000], "too_long", "text"),
        (["silence", "r", "replace", "--steps", "[{"], "malformed", "steps: this is not JSON"),
        (["silence", "r", "replace", "--steps", "@/nowhere"], "malformed", "cannot read the file '/nowhere'"),
        (["context", "r", "trim"], "malformed", "keep"),
        (["instructions", "r"], "empty", "text"),
    ],
)
def test_a_mistake_is_named_before_anything_is_sent(arguments: list[str], code: str, text: str) -> None:
    with pytest.raises(CommandError, match=text) as wrong:
        built(*arguments)
    assert wrong.value.code == code


def test_a_name_with_a_hyphen_is_the_same_verb() -> None:
    group: Any = get_command(_app())
    context = group.make_context("offhook", ["add-message"], resilient_parsing=True)
    assert group.get_command(context, "add-message").name == "add_message"
    assert group.get_command(context, "nonsense") is None


def test_every_code_and_every_result_has_an_exit_code_of_its_own() -> None:
    assert set(ERRORS) == set(get_args(CommandCode))
    assert set(RESULTS) == {*get_args(CommandStatus), "accepted", "unfinished"}
    unsuccessful = [*ERRORS.values(), *filter(None, RESULTS.values())]
    assert len(unsuccessful) == len(set(unsuccessful))
    assert {0, 1, 2} & set(unsuccessful) == set(), "these have a meaning for every command"


@pytest.mark.parametrize(
    ("report", "wait", "words", "code"),
    [
        (CommandReport("1", "say", "spoken"), True, "spoken after 1.4 s", 0),
        (CommandReport("1", "quiet", "applied", "deferred"), True, "applied after 1.4 s: deferred", 0),
        (CommandReport("1", "say", "failed", "the call is ending"), True, "failed: the call is ending", 10),
        (CommandReport("1", "voice", "unsupported", "no\x1b[2J\nvoice"), True, "unsupported: no [2J voice", 11),
        (CommandReport("1", "say", "interrupted"), True, "interrupted", 12),
        (
            CommandReport("1", "say", "applied", "queued", final=False),
            True,
            "no final result after 60 s; the last one: applied, queued",
            13,
        ),
        (CommandReport("1", "say", "accepted", final=False), False, "accepted, id 1", 0),
    ],
)
def test_a_report_is_one_line_and_an_exit_code(report: CommandReport, wait: bool, words: str, code: int) -> None:
    assert report_words(report, Common("r", wait=wait), 1.43) == words
    assert exit_code_of(report, waited=wait) == code
