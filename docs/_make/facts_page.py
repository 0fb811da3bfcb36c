"""The pages of facts and wishes: what each says, who tells it, who listens."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

from docs._make.picture_loop import policies
from docs._make.source import ROOT, calls, fields, find, first_words, plain, tree

from offhook.core.facts import FACTS
from offhook.core.wishes import WISHES

__all__ = ["facts_page", "listeners", "tellers", "wishes_page"]

POLICIES = ROOT / "src" / "offhook" / "policies"
TELLERS = ("session", "line", "worker", "policies", "models")

FACTS_HEAD = """# Facts

What can happen on a call. Each fact is one line of [the journal](../journal.md), as a frozen dataclass of
`offhook.core.facts` and as JSON. Times called `since` are seconds since the agent joined; durations are seconds.

Told by: the folder of `src/offhook/` that sees it happen. Heard by: the policies that decide something because of it.
"""

WISHES_HEAD = """# Wishes

What a policy may want, as frozen dataclasses of `offhook.core.wishes`. Each is in [the journal](../journal.md) with the
policy that wished it, the number of the fact that led to it, and `why` in words.

| wish | what it asks for, and its fields | wished by |
|---|---|---|
"""


def facts_page() -> str:
    """Every fact, in the groups in which the code has them."""
    told, heard = tellers(), listeners(FACTS)
    parts = [FACTS_HEAD]
    for heading, names in _groups():
        parts.append(
            f"## {heading}\n\n| fact | what happened, and its fields | told by | heard by |\n|---|---|---|---|"
        )
        for name in names:
            node = _class("facts", name)
            cells = [f"`{name}`", _described(node), _listed(told[name]), _listed(heard[name])]
            parts.append(f"| {' | '.join(cells)} |")
        parts.append("")
    return "\n".join(parts)


def wishes_page() -> str:
    """Every wish."""
    made = {name: _policies_that_make(name) for name in WISHES}
    rows = [f"| `{name}` | {_described(_class('wishes', name))} | {_listed(by)} |" for name, by in made.items()]
    return WISHES_HEAD + "\n".join(rows) + "\n"


@cache
def tellers() -> Mapping[str, frozenset[str]]:
    """For each fact, the folders that make it."""
    found: dict[str, set[str]] = defaultdict(set)
    for folder in TELLERS:
        for _, name in calls(folder, frozenset(FACTS)):
            found[name].add(folder)
    found["Tick"].add("session")  # the supervisor's own
    return defaultdict(frozenset, {name: frozenset(folders) for name, folders in found.items()})


def listeners(names: Mapping[str, type]) -> Mapping[str, frozenset[str]]:
    """For each class, the policies with a `case` for it."""
    found: dict[str, set[str]] = defaultdict(set)
    for policy, node in _policies():
        for part in ast.walk(node):
            if isinstance(part, ast.MatchClass) and ast.unparse(part.cls) in names:
                found[ast.unparse(part.cls)].add(policy)
    return defaultdict(frozenset, {name: frozenset(policies) for name, policies in found.items()})


def _policies() -> Iterator[tuple[str, ast.Module]]:
    """Each policy's class name with its module, and with the modules that it has parts of itself in."""
    modules = {path.stem: tree(f"offhook.policies.{path.stem}") for path in sorted(POLICIES.glob("[a-z]*.py"))}
    for policy in policies():
        for name, node in modules.items():
            if policy in _classes(node) or (_is_part(node) and policy in _importers(name, modules)):
                yield policy, node


def _classes(node: ast.Module) -> set[str]:
    return {part.name for part in node.body if isinstance(part, ast.ClassDef)}


def _is_part(node: ast.Module) -> bool:
    return not _classes(node) & set(policies())


def _importers(name: str, modules: Mapping[str, ast.Module]) -> set[str]:
    """The classes of the modules that import this one."""
    wanted = f"offhook.policies.{name}"
    return {
        one
        for node in modules.values()
        for part in node.body
        if isinstance(part, ast.ImportFrom) and part.module == wanted
        for one in _classes(node)
    }


def _policies_that_make(name: str) -> frozenset[str]:
    made = (
        policy
        for policy, node in _policies()
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == name
    )
    return frozenset(made)


def _groups() -> Iterator[tuple[str, list[str]]]:
    """The modules of `core/facts`, each with its facts in the order of the code; the clock's own comes first."""
    yield "The clock", list(_facts_in(""))
    for module in ("life", "said", "wrong", "wanted"):
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
    shown = (plain(part).replace("|", "\\|") for part in fields(node))
    return "<br>".join([first_words(node), *(f"`{one}`" for one in shown)])


def _listed(names: frozenset[str]) -> str:
    return "<br>".join(f"`{name}`" for name in sorted(names))
