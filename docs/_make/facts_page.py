"""Generates the page of facts (meaning, posters, handlers) and the page of decisions (meaning, makers)."""

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

from docs._make.source import ROOT, calls, fields, find, first_words, plain, tree

from offhook.core.decisions import DECISIONS
from offhook.core.facts import FACTS
from offhook.policies import POLICIES

__all__ = ["decisions_page", "facts_page", "handlers", "posters"]

FOLDER = ROOT / "src" / "offhook" / "policies"
POSTERS = ("announce", "call", "engine", "room", "session", "worker", "policies", "models", "recordings")

FACTS_HEAD = """# Facts

A fact is something that happened on a call. Each fact is a frozen dataclass of `offhook.facts`, and one line of
[the journal](../journal.md) as JSON. Times called `since` are seconds since the agent joined. Durations are
seconds.

Posted by: the folders of `src/offhook/` that observe the fact. Handled by: the policies that can react to the fact.
"""

DECISIONS_HEAD = """# Decisions

A decision is an action that a policy requests: a frozen dataclass of `offhook.decisions`. Each decision is in [the
journal](../journal.md), with its policy, the number of the fact that caused it, and the reason as text in `why`.

| decision | action and fields | made by |
|---|---|---|
"""


@cache
def facts_page() -> str:
    """Return the page: every fact, grouped by module."""
    posted_by, handled_by = posters(), handlers(FACTS)
    parts = [FACTS_HEAD]
    for heading, names in _groups():
        parts.append(f"## {heading}\n\n| fact | meaning and fields | posted by | handled by |\n|---|---|---|---|")
        for name in names:
            node = _class("facts", name)
            cells = [f"`{name}`", _described(node), _joined(posted_by[name]), _joined(handled_by[name])]
            parts.append(f"| {' | '.join(cells)} |")
        parts.append("")
    return "\n".join(parts)


@cache
def decisions_page() -> str:
    """Return the page: every decision, with the policies that make it."""
    makers = {name: _policies_that_make(name) for name in DECISIONS}
    rows = [f"| `{name}` | {_described(_class('decisions', name))} | {_joined(by)} |" for name, by in makers.items()]
    return DECISIONS_HEAD + "\n".join(rows) + "\n"


@cache
def posters() -> Mapping[str, frozenset[str]]:
    """Map each fact to the folders that post the fact."""
    found: dict[str, set[str]] = defaultdict(set)
    for folder in POSTERS:
        for _, name in calls(folder, frozenset(FACTS)):
            found[name].add(folder)
    found["Tick"].add("engine")  # the supervisor posts ticks
    return defaultdict(frozenset, {name: frozenset(folders) for name, folders in found.items()})


def handlers(names: Mapping[str, type]) -> Mapping[str, frozenset[str]]:
    """Map each class to the policies that have a `case` for the class."""
    found: dict[str, set[str]] = defaultdict(set)
    for policy, node in _policies():
        for part in ast.walk(node):
            if isinstance(part, ast.MatchClass) and ast.unparse(part.cls) in names:
                found[ast.unparse(part.cls)].add(policy)
    return defaultdict(frozenset, {name: frozenset(policies) for name, policies in found.items()})


def _policies() -> Iterator[tuple[str, ast.Module]]:
    """Yield the name of a policy and one of its modules, for every module of every policy."""
    modules = {name: tree(name) for name in sorted(map(_module, FOLDER.rglob("[a-z]*.py")))}
    homes = {type(policy).__module__: policy.name for policy in (make() for make in POLICIES)}
    for home, policy in homes.items():
        for name in _parts(home, modules, homes):
            yield policy, modules[name]


def _module(path: Path) -> str:
    return ".".join(path.relative_to(FOLDER.parents[1]).with_suffix("").parts)


def _parts(home: str, modules: Mapping[str, ast.Module], homes: Collection[str]) -> list[str]:
    """Return the policy's main module and the modules that belong to the policy.

    These are the modules that the main module imports, directly or indirectly, except other policies' main modules.
    """
    found = [home]
    for name in found:  # the list grows during the loop
        imported = (part.module for part in modules[name].body if isinstance(part, ast.ImportFrom))
        found += [one for one in imported if one in modules and one not in found and one not in homes]
    return found


def _policies_that_make(name: str) -> frozenset[str]:
    return frozenset(_makers().get(name, ()))


@cache
def _makers() -> Mapping[str, set[str]]:
    """Map each called name to the policies that call it."""
    makers: dict[str, set[str]] = {}
    for policy, node in _policies():
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
                makers.setdefault(part.func.id, set()).add(policy)
    return makers


def _groups() -> Iterator[tuple[str, list[str]]]:
    """Yield a title and the names of the facts for each module of `core/facts`. The clock's fact comes first."""
    yield "The clock", list(_facts_in(""))
    for module in (
        "lifecycle",
        "participants",
        "media",
        "dialling",
        "conversation",
        "tools",
        "answering",
        "problems",
        "recording",
        "requests",
    ):
        title = ast.get_docstring(tree(f"offhook.core.facts.{module}")) or module
        yield re.split(r"[:.]", title)[0], list(_facts_in(f".{module}"))


def _facts_in(module: str) -> Iterator[str]:
    for node in tree(f"offhook.core.facts{module}").body:
        if isinstance(node, ast.ClassDef) and node.name in FACTS:
            yield node.name


def _class(module: str, name: str) -> ast.ClassDef:
    node = find(f"offhook.core.{module}", name)
    assert isinstance(node, ast.ClassDef)
    return node


def _described(node: ast.ClassDef) -> str:
    values = (plain(part).replace("|", "\\|") for part in fields(node))
    return "<br>".join([first_words(node), *(f"`{one}`" for one in values)])


def _joined(names: frozenset[str]) -> str:
    return "<br>".join(f"`{name}`" for name in sorted(names))
