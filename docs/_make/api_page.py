"""Generates the page of the Python API: every public name with its signature and its docstring."""

import ast
import re
from functools import cache

from docs._make.source import Definition, docstring, find, parts_of, public, signature, tree

__all__ = ["MODULES", "api_page"]

MODULES = {
    "offhook": "What agent files import",
    "offhook.testing": "A scripted caller for tests",
    "offhook.tokens": "Tokens",
    "offhook.control": "Commands and dispatches",
    "offhook.api": "The HTTP API",
}

HEAD = """# Python

The names on this page are public. All other names may change in any release. A name in `offhook` is imported at its
first use.
"""


@cache
def api_page() -> str:
    """Return the page, with every module of the public API."""
    text = "\n".join([HEAD, *(_module(name, title) for name, title in MODULES.items())])
    return re.sub(r"\n{3,}", "\n\n", text)


def _module(name: str, title: str) -> str:
    described = {one: node for one in public(name) if (node := find(name, one)) is not None}
    parts = [f"## {title}\n", f"`{name}`: {_first_line(name)}\n"]
    parts += [_described(name, one, node) for one, node in described.items()]
    return "\n".join(parts)


def _first_line(module: str) -> str:
    words = " ".join((ast.get_docstring(tree(module)) or "").split("\n\n")[0].split())
    return words.removeprefix("offhook: ")


def _described(module: str, name: str, node: Definition) -> str:
    heading = name if module == "offhook" else f"{module.rpartition('.')[2]}.{name}"
    parts = [f"### {heading}\n", f"```pyi\n{signature(node)}\n```\n"]
    text = docstring(node)
    parts += [f"{text}\n"] if text else []
    if isinstance(node, ast.ClassDef):
        parts += [_members(node)]
    return "\n".join(parts)


def _members(node: ast.ClassDef) -> str:
    bases = (one for base in node.bases for one in parts_of(ast.unparse(base)) if one.name.endswith("Actions"))
    body = [part for one in (node, *bases) for part in one.body]
    rows = [_member(part) for part in body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
    described = [row for row in rows if row]
    return "\n".join(["| | |", "|---|---|", *described, ""]) if described else ""


def _member(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    text = " ".join(docstring(node).split()).replace("|", "\\|")
    decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
    if node.name.startswith("_") or not text or any(one.endswith(("setter", "overload")) for one in decorators):
        return ""
    if "property" in decorators:
        return f"| `{node.name}` | {text} |"
    call = " ".join(signature(node).split()).replace("( ", "(").replace(", )", ")").replace("|", "\\|")
    return f"| `{call.replace('async def', 'await').removeprefix('def ')}` | {text} |"
