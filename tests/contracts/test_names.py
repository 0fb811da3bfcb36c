"""The public names, and that no fact and no wish is forgotten."""

import ast
import importlib
from pathlib import Path
from typing import TypeGuard

import pytest

import offhook
from offhook.core.facts import FACTS
from offhook.core.wishes import WISHES

SOURCE = Path(offhook.__file__).parent
PUBLIC = [
    "Call",
    "Caller",
    "Caps",
    "DeadAir",
    "Ending",
    "FinishedCall",
    "Limits",
    "Models",
    "OffhookError",
    "OngoingCall",
    "Plan",
    "Prices",
    "Server",
    "Settings",
    "Silence",
    "Step",
    "UnsupportedError",
    "ask",
    "away",
    "call_of",
    "choose",
    "do",
    "end",
    "end_call",
    "goodbye",
    "instruct",
    "load_settings",
    "repeat",
    "reset_context",
    "run",
    "say",
    "serve",
    "supervise",
    "transfer",
    "update_instructions",
]
JOURNAL_ONLY = {
    "Accepted": "the worker took the call before anybody could decide anything",
    "Applied": "the answer to a command, for whoever follows the call",
    "Connected": "the call begins for the policies when its caller is there",
    "ContextReset": "the model forgot; the call goes on",
    "Ended": "nothing is decided any more",
    "Forgotten": "the words are gone; the call goes on",
    "MessageAdded": "the model was told; the call goes on",
    "Failed": "what was wished for could not be done; who wished has a deadline",
    "HearingLost": "the session asks again itself, where words are lost; the ladder runs on",
    "HookRan": "the call is over when the hooks run",
    "HandlerFailed": "a user's handler raised; the call goes on",
    "InstructionsChanged": "the model was told; the call goes on",
    "LineBack": "what comes next are words, or silence as before",
    "LineFaded": "a caller who cannot be heard is silent; the ladder and the server deal with it",
    "Turn": "how long an answer took; nobody is faster for it",
    "Warned": "for the reader of the journal",
}
"""Facts that no policy acts on, and why not."""


def names_in(folder: str) -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (SOURCE / folder).glob("*.py")]
    imported = {
        node.asname or node.name
        for tree in trees
        for statement in ast.walk(tree)
        if isinstance(statement, ast.ImportFrom)
        for node in statement.names
    }
    return imported & {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_these_are_the_public_names() -> None:
    assert offhook.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(offhook, name).__doc__


def test_an_unknown_name_is_refused_in_the_usual_words() -> None:
    with pytest.raises(AttributeError, match=r"^module 'offhook' has no attribute 'hangup'$"):
        offhook.hangup  # noqa: B018  # the look-up is the test


def test_completion_shows_all_public_names() -> None:
    assert set(PUBLIC) <= set(dir(offhook))


def test_every_fact_is_acted_on_by_a_policy_or_for_the_journal_only() -> None:
    acted_on = names_in("policies") & set(FACTS)
    assert acted_on | set(JOURNAL_ONLY) == set(FACTS)
    assert acted_on & set(JOURNAL_ONLY) == {"Ended"}  # the closer makes it


def test_every_wish_is_made_by_a_policy_and_carried_out_by_the_supervisor() -> None:
    assert names_in("policies") & set(WISHES) == set(WISHES)
    assert names_in("session") & set(WISHES) == set(WISHES)


MODULES = sorted(path.relative_to(SOURCE.parent) for path in SOURCE.rglob("*.py") if path.name != "__main__.py")


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_every_module_says_what_it_is_for_and_what_it_shows(path: Path) -> None:
    tree = ast.parse((SOURCE.parent / path).read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    if path.name == "__init__.py" and len(tree.body) == 1:
        return
    shown = [ast.literal_eval(node.value) for node in tree.body if _shows(node)]
    assert [len(set(names)) for names in shown] == [len(names) for names in shown]
    assert len(shown) == 1


def _shows(node: ast.stmt) -> TypeGuard[ast.Assign | ast.AnnAssign]:
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.AnnAssign(target=ast.Name(id="__all__")):
            return True
    return False


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.parts[1] in ("core", "policies", "session")], ids=str
)
def test_every_name_shown_is_there(path: Path) -> None:
    module = importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    assert [name for name in getattr(module, "__all__", []) if not hasattr(module, name)] == []
