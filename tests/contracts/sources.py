"""What the tests of this folder ask about a source file, found with one look at it."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

__all__ = ["ROOT", "SOURCES", "Survey", "survey"]

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "offhook").rglob("*.py"))


@dataclass
class Survey:
    """The names in a file; the syntax tree itself is not kept, because all of them would slow the collector down."""

    described: bool
    statements: int
    shown: list[Sequence[str]] = field(default_factory=list)
    """The value of each `__all__`."""
    taken: set[str] = field(default_factory=set)
    """The names that the top of the module imports from others."""
    imports: list[str] = field(default_factory=list)
    private: set[str] = field(default_factory=set)
    """The attributes with an underscore that the file uses."""
    own: set[str] = field(default_factory=set)
    """The names that the file assigns, declares or defines."""
    repeated: list[int] = field(default_factory=list)
    """The lines of cases that never run, because the same case is above them."""


@cache
def survey(path: Path) -> Survey:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = Survey(bool(ast.get_docstring(tree)), len(tree.body))
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                found.shown.append(ast.literal_eval(value))
            case ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value):
                found.shown.append(ast.literal_eval(value))
            case ast.ImportFrom(names=names):
                found.taken |= {alias.name for alias in names}
    for node in ast.walk(tree):
        _note(node, found)
    return found


def _note(node: ast.AST, found: Survey) -> None:
    match node:
        case ast.Attribute(value=value, attr=name, ctx=context):
            if name.startswith("_") and not name.startswith("__"):
                found.private.add(name)
            if isinstance(context, ast.Store) and isinstance(value, ast.Name) and value.id == "self":
                found.own.add(name)
        case ast.Name(id=name, ctx=ast.Store()):
            found.own.add(name)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            found.own.add(name)
        case ast.Match(cases=cases):
            found.repeated += _repeated(cases)
        case ast.Import(names=names):
            found.imports += [alias.name for alias in names]
        case ast.ImportFrom(module=str() as module, names=names):
            found.imports += [f"{module}.{alias.name}" for alias in names]


def _repeated(cases: Sequence[ast.match_case]) -> Iterator[int]:
    above = set[str]()
    for case in cases:
        parts = case.pattern.patterns if isinstance(case.pattern, ast.MatchOr) else [case.pattern]
        yield from (part.lineno for part in parts if ast.dump(part) in above)
        if case.guard is None:
            above |= {ast.dump(part) for part in parts}
