"""Reads names, signatures and docstrings from source files, without importing them."""

import ast
import inspect
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

__all__ = [
    "ROOT",
    "Definition",
    "calls",
    "docstring",
    "fields",
    "find",
    "first_words",
    "parts_of",
    "plain",
    "public",
    "signature",
    "tree",
]

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"
WIDE = 88

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tree(module: str) -> ast.Module:
    """Return the syntax tree of a module, given by its import name."""
    path = SRC / Path(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(path.read_text(encoding="utf-8"))


def public(module: str) -> tuple[str, ...]:
    """Return the public names of a module: from its stub, or if there is no stub, from its literal `__all__`."""
    if taken := [alias.name for node in _stub(module) for alias in node.names]:
        return tuple(sorted(taken))
    for node in tree(module).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return tuple(names)
    raise LookupError(f"{module} has no literal __all__; give it one")


def find(module: str, name: str) -> Definition | None:
    """Return the class or function of a public name, also if the module imports the name from another module.

    Return None for a constant or a type alias.
    """
    for node in tree(module).body:
        if isinstance(node, Definition) and node.name == name and not _overload(node):
            return node
    homes = (node for node in ast.walk(tree(module)) if isinstance(node, ast.ImportFrom) and node.module)
    for home in (*_stub(module), *homes):
        source = f"{module}.{home.module}" if home.level else str(home.module)
        if source.startswith("offhook") and name in {alias.name for alias in home.names}:
            return find(source, name)
    return None


@cache
def _stub(module: str) -> tuple[ast.ImportFrom, ...]:
    """Return the imports in a package's stub, or () without a stub. The package imports these names lazily."""
    path = SRC / Path(*module.split(".")) / "__init__.pyi"
    if not path.exists():
        return ()
    found = ast.parse(path.read_text(encoding="utf-8")).body
    return tuple(node for node in found if isinstance(node, ast.ImportFrom))


def _overload(node: Definition) -> bool:
    return any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list)


def docstring(node: Definition) -> str:
    """Return the docstring as Markdown. An `Args:` section becomes a list."""
    head, _, arguments = (ast.get_docstring(node) or "").partition("\nArgs:\n")
    listed = [f"- `{name}`: {text.strip()}" for name, _, text in map(_argument, arguments.splitlines()) if name]
    return "\n\n".join(filter(None, [head.strip(), "\n".join(listed)]))


def _argument(line: str) -> tuple[str, str, str]:
    return line.strip().partition(":")


def signature(node: Definition, *, of: str = "") -> str:
    """Format the signature. A long signature has one parameter per line. `of` is a prefix for a method's name."""
    if isinstance(node, ast.ClassDef):
        return _class_signature(node)
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    parts = [part for part in _parameters(node.args) if part not in ("self", "cls")]
    returned = f" -> {plain(node.returns)}" if node.returns else ""
    return _wrapped(f"{word} {of}{node.name}", parts, returned)


def _class_signature(node: ast.ClassDef) -> str:
    own = next((part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"), None)
    bases = f"({', '.join(map(ast.unparse, node.bases))})" if node.bases else ""
    if own is not None:
        return _wrapped(f"class {node.name}", [part for part in _parameters(own.args) if part != "self"], "")
    values = [plain(part) for part in fields(node)]
    if any("kw_only=True" in ast.unparse(decorator) for decorator in node.decorator_list):
        values.insert(0, "*")
    return _wrapped(f"class {node.name}", values, "") if values else f"class {node.name}{bases}"


def plain(node: ast.AST) -> str:
    """Return the source text with double quotes, and with the value in place of each default factory."""
    text = ast.unparse(node)
    text = re.sub(r"field\(default_factory=(?:dict|lambda: \w+)\)", "{}", text)
    text = re.sub(r"field\(default_factory=(\w+)\)", r"\1()", text)
    return text if '"' in text else text.replace("'", '"')


def fields(node: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    """Return the fields of a dataclass."""
    return (part for part in node.body if isinstance(part, ast.AnnAssign))


def _parameters(arguments: ast.arguments) -> list[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    parts = [_parameter(one, default) for one, default in zip(positional, defaults, strict=True)]
    if arguments.vararg:
        parts.append(f"*{_parameter(arguments.vararg, None)}")
    elif arguments.kwonlyargs:
        parts.append("*")
    parts += [_parameter(one, value) for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    return [*parts, f"**{_parameter(arguments.kwarg, None)}"] if arguments.kwarg else parts


def _parameter(one: ast.arg, default: ast.expr | None) -> str:
    return plain(one) + (f" = {plain(default)}" if default is not None else "")


def _wrapped(head: str, parts: Sequence[str], tail: str) -> str:
    line = f"{head}({', '.join(parts)}){tail}"
    if len(line) <= WIDE:
        return line
    return "\n".join([f"{head}(", *(f"    {part}," for part in parts), f"){tail}"])


def calls(folder: str, names: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the file name and the class name for each call of these classes in a folder of `src/offhook`."""
    for path in sorted((SRC / "offhook" / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield path.stem, node.func.id


def parts_of(name: str) -> Iterator[ast.ClassDef]:
    """Yield the class `name` of the modules `*actions.py`. Such a base class has some methods of a public class."""
    for path in sorted((SRC / "offhook").rglob("*actions.py")):
        module = ".".join(path.relative_to(SRC).with_suffix("").parts)
        yield from (one for one in tree(module).body if isinstance(one, ast.ClassDef) and one.name == name)


def first_words(node: Definition) -> str:
    """Return the whole docstring as one line."""
    return " ".join(inspect.cleandoc(ast.get_docstring(node) or "").split())
