"""The public names are complete, and every fact and decision is handled."""

import ast
import importlib
from pathlib import Path
from typing import TypeGuard

import pytest

import offhook
from offhook.core.decisions import DECISIONS
from offhook.core.facts import FACTS

SOURCE = Path(offhook.__file__).parent
PUBLIC = [
    "AnalysedCall",
    "Analysis",
    "BargeIn",
    "Call",
    "Caller",
    "Caps",
    "Collected",
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
    "People",
    "Plan",
    "Prices",
    "QuietHours",
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
    "reject",
    "repeat",
    "reset_context",
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
    "LineTurnedBad": "a measurement; the caller's media still arrives",
    "JobAccepted": "the worker accepts the job before any policy runs",
    "CommandRefused": "for the readers of the journal; nothing was done",
    "CommandResult": "for the sender of the command, and for readers of the journal",
    "DialStatus": "for the readers of the journal: the phone rings; the result decides",
    "ContextReset": "the model's context is empty; the call continues",
    "Ended": "the last fact; no decision follows",
    "SpeechRedacted": "the words are redacted; the call continues",
    "MessageAdded": "the model has the message; the call continues",
    "ActionFailed": "a decision could not be carried out; its policy has a deadline",
    "SttInterrupted": "the session asks the caller to repeat if words were lost; the ladder continues",
    "HookRan": "the call is already over when the hooks run",
    "HandlerFailed": "a user's handler raised; the call continues",
    "InstructionsChanged": "the model has the new instructions; the call continues",
    "RouteMatched": "a choice of the worker before the plan; the plan's facts follow",
    "ResponseTimed": "a measurement of response latency; nothing to decide",
    "Warned": "for the reader of the journal",
}
"""Facts that no policy reacts to, with the reason."""


def names_in(folder: str) -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (SOURCE / folder).rglob("*.py")]
    imported = {
        node.asname or node.name
        for tree in trees
        for statement in ast.walk(tree)
        if isinstance(statement, ast.ImportFrom) and str(statement.module).startswith("offhook.core")
        for node in statement.names
    }
    return imported & {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


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


def test_every_wish_is_made_by_a_policy_and_carried_out_by_the_supervisor() -> None:
    assert (names_in("policies") | names_in("core/commands")) & set(DECISIONS) == set(DECISIONS)
    assert (names_in("engine") | names_in("session")) & set(DECISIONS) == set(DECISIONS)


MODULES = sorted(path.relative_to(SOURCE.parent) for path in SOURCE.rglob("*.py") if path.name != "__main__.py")


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_every_module_says_what_it_is_for_and_what_it_shows(path: Path) -> None:
    tree = ast.parse((SOURCE.parent / path).read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    if (path.name == "__init__.py" and len(tree.body) == 1) or _has_names_of_another(path, tree):
        return
    shown = [ast.literal_eval(node.value) for node in tree.body if _shows(node)]
    assert [len(set(names)) for names in shown] == [len(names) for names in shown]
    assert len(shown) == 1


def _has_names_of_another(path: Path, tree: ast.Module) -> bool:
    """True if the names are in a stub beside the module, or if the module re-exports all names of another module."""
    taken = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    return (SOURCE.parent / path).with_suffix(".pyi").exists() or taken == {"*", "__all__"}


def _shows(node: ast.stmt) -> TypeGuard[ast.Assign | ast.AnnAssign]:
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.AnnAssign(target=ast.Name(id="__all__")):
            return True
    return False


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.parts[1] in ("core", "engine", "policies", "session")], ids=str
)
def test_every_name_shown_is_there(path: Path) -> None:
    module = importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    assert [name for name in getattr(module, "__all__", []) if not hasattr(module, name)] == []
