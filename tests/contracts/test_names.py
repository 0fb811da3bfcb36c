"""The public names are complete, and every fact and decision is handled."""

import ast
import importlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

import offhook
from offhook.core.decisions import DECISIONS
from offhook.core.facts import FACTS

from .sources import SOURCES, survey

SOURCE = Path(offhook.__file__).parent
PUBLIC = [
    "AnalysedCall",
    "Analysis",
    "BargeIn",
    "Call",
    "Caller",
    "Caps",
    "Collected",
    "Consent",
    "DeadAir",
    "Dial",
    "Ending",
    "FinishedCall",
    "Guard",
    "Limits",
    "Models",
    "OffhookError",
    "OngoingCall",
    "Outcome",
    "Participants",
    "Patience",
    "People",
    "Plan",
    "Prices",
    "QuietHours",
    "Recording",
    "Redial",
    "Refusal",
    "Rejection",
    "Route",
    "Routes",
    "Server",
    "Settings",
    "Silence",
    "SipAddress",
    "SipFacts",
    "Step",
    "TransferResult",
    "UnsupportedError",
    "Voicemail",
    "WarmTransferResult",
    "WorkAhead",
    "answer_and_refuse",
    "ask",
    "away",
    "call_of",
    "choose",
    "do",
    "end",
    "end_call",
    "fetch_headers",
    "goodbye",
    "instruct",
    "load_chat_context",
    "load_settings",
    "lookup",
    "pause_recording",
    "reject",
    "repeat",
    "reset_context",
    "resume_recording",
    "run",
    "say",
    "serve",
    "supervise",
    "transfer",
    "transfer_call",
    "update_instructions",
]
JOURNAL_ONLY = {
    "CallAnalysed": "the call is already over",
    "LineMeasured": "for the reader of the journal; the call is over",
    "PreemptiveAnswer": "a count of what was begun early; an answer that is used has facts of its own",
    "LineTurnedBad": "a measurement; the caller's media still arrives",
    "JobAccepted": "the worker accepts the job before any policy runs",
    "CommandRefused": "for the readers of the journal; nothing was done",
    "CommandResult": "for the sender of the command, and for readers of the journal",
    "DialStatus": "for the readers of the journal: the phone rings; the result decides",
    "EndpointingChanged": "the next wait is chosen with the new preset",
    "Ended": "the last fact; no decision follows",
    "MessageAdded": "the model has the message; the call continues",
    "ActionFailed": "a decision could not be carried out; its policy has a deadline",
    "SttInterrupted": "the session asks the caller to repeat if words were lost; the ladder continues",
    "HookRan": "the call is already over when the hooks run",
    "HandlerFailed": "a user's handler raised; the call continues",
    "InstructionsChanged": "the model has the new instructions; the call continues",
    "ConsentAnswered": "the answer that the recording policy decided on",
    "RecordingDiscarded": "the file was replaced; the call continues",
    "RecordingFailed": "the call continues without its recording",
    "RecordingKept": "the call is already over",
    "RecordingPaused": "the engine removes the words; the call continues",
    "RecordingResumed": "the engine keeps the words again; the call continues",
    "RecordingStarted": "the recorder runs; the call continues",
    "RecordingStored": "the call is already over",
    "RouteMatched": "a choice of the worker before the plan; the plan's facts follow",
    "ResponseTimed": "a measurement of response latency; nothing to decide",
    "Warned": "for the reader of the journal",
}
"""Facts that no policy reacts to, with the reason."""


@cache
def names_in(folder: str) -> frozenset[str]:
    """The names from `offhook.core` that the modules of a folder import and use."""
    imported, used = set[str](), set[str]()
    for path in (SOURCE / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.ImportFrom(names=names) if str(node.module).startswith("offhook.core"):
                    imported |= {one.asname or one.name for one in names}
                case ast.Name(id=name):
                    used.add(name)
    return frozenset(imported & used)


def test_these_are_the_public_names() -> None:
    assert offhook.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(offhook, name).__doc__


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="hangup"):
        offhook.hangup  # noqa: B018  # the look-up is the test


def test_completion_shows_all_public_names() -> None:
    assert set(PUBLIC) <= set(dir(offhook))


def test_every_fact_is_acted_on_by_a_policy_or_for_the_journal_only() -> None:
    acted_on = names_in("policies") & set(FACTS)
    assert acted_on | set(JOURNAL_ONLY) == set(FACTS)
    assert acted_on & set(JOURNAL_ONLY) == {"Ended"}  # the ending policy posts it


@pytest.mark.slow
def test_every_wish_is_made_by_a_policy_and_carried_out_by_the_supervisor() -> None:
    assert (names_in("policies") | names_in("core/commands")) & set(DECISIONS) == set(DECISIONS)
    assert (names_in("engine") | names_in("session")) & set(DECISIONS) == set(DECISIONS)


MODULES = [path for path in SOURCES if path.name != "__main__.py"]


def test_every_module_says_what_it_is_for_and_what_it_shows() -> None:
    assert [str(path) for path in MODULES if not survey(path).described] == []
    wrong = {str(path): shown for path in MODULES if not _shows_its_names(path, shown := survey(path).shown)}
    assert wrong == {}, "each module has one `__all__`, without a name twice"


def _shows_its_names(path: Path, shown: Sequence[Sequence[str]]) -> bool:
    if (path.name == "__init__.py" and survey(path).statements == 1) or _has_names_of_another(path):
        return True
    return len(shown) == 1 and len(set(shown[0])) == len(shown[0])


def _has_names_of_another(path: Path) -> bool:
    """True if the names are in a stub beside the module, or if the module re-exports all names of another module."""
    return path.with_suffix(".pyi").exists() or survey(path).taken == {"*", "__all__"}


def test_no_case_stands_twice_in_a_match() -> None:
    """Facts are no union, so mypy does not notice."""
    assert {str(path): lines for path in SOURCES if (lines := survey(path).repeated)} == {}


def test_every_name_shown_is_there() -> None:
    absent = dict[str, list[str]]()
    for path in MODULES:
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        if parts[1] in ("core", "engine", "policies", "session"):
            module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
            if names := [name for name in getattr(module, "__all__", []) if not hasattr(module, name)]:
                absent[module.__name__] = names
    assert absent == {}
