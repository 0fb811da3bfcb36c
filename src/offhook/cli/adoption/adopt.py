"""Adds offhook to the text of an agent file, for `offhook adopt`."""

import ast
import difflib
from pathlib import Path

from offhook.cli.adoption.shape import Shape, find_shape
from offhook.cli.adoption.source import AdoptError, Source

__all__ = ["adopted", "changed_lines", "diff"]

_LADDER_NAMES = ("Silence", "goodbye", "say")
_LADDER = '{silence}({say}("Are you still there?", after=10), {goodbye}("I will hang up now. Goodbye.", after=10))'
_COMMENT = "# offhook prompts a silent caller, then hangs up. Every end of a call closes its room and is journalled."
_OWN_SILENCE = (
    "# Every end of a call closes its room and is journalled. Your user_state_changed handler prompts silent callers."
)


def adopted(path: Path) -> bytes:
    """Return the file's text with offhook added. Raises `AdoptError`, which names the line that cannot be edited."""
    source = Source.read(path)
    shape = find_shape(source)
    names = ["supervise", *(() if shape.silence_handler else _LADDER_NAMES)]
    names += ["Server"] if shape.servers or shape.options else []
    taken = _bound(source.tree) & set(names)
    prefix = "offhook." if taken else ""
    line = "import offhook" if taken else f"from offhook import {', '.join(sorted(names, key=_order))}"
    source.insert_line(_after_imports(source, shape), line)
    _supervise(source, shape, prefix)
    _serve(source, shape, prefix)
    text = source.text()
    try:
        compile(text, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise AdoptError(f"{path}:{error.lineno}: the edited file would not compile; adopt it by hand") from None
    return text


def _order(name: str) -> tuple[bool, str]:
    return not name[0].isupper(), name


def _supervise(source: Source, shape: Shape, prefix: str) -> None:
    if shape.silence_handler:
        source.insert_before(shape.start, _OWN_SILENCE)
        source.insert_before(shape.start, f"await {prefix}supervise({shape.context}, {shape.session})")
        return
    variable = "ladder" if "ladder" not in _bound(source.tree) else "offhook_ladder"
    ladder = _LADDER.format(**{name.lower(): f"{prefix}{name}" for name in _LADDER_NAMES})
    source.insert_before(shape.start, _COMMENT)
    source.insert_before(shape.start, f"{variable} = {ladder}")
    call = f"await {prefix}supervise({shape.context}, {shape.session}, silence={variable})"
    source.insert_before(shape.start, call)


def _serve(source: Source, shape: Shape, prefix: str) -> None:
    """Use offhook's server in place of LiveKit's. offhook's server takes calls up to its capacity. When the worker
    stops, the server ends its calls with a goodbye.
    """
    for one in shape.servers:
        source.replace(one, f"{prefix}Server")
    for one in shape.options:
        source.wrap(one, f"{prefix}Server.from_server_options(", ")")
    used = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name) and node.id == "AgentServer"]
    if shape.servers and all(any(one is node for one in shape.servers) for node in used):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ImportFrom) and any(
                one.name == "AgentServer" and one.asname is None for one in node.names
            ):
                source.remove_name(node, "AgentServer")


def _bound(tree: ast.Module) -> set[str]:
    """Return the names that the file defines or imports anywhere."""
    bound: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                bound.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound |= {(one.asname or one.name).partition(".")[0] for one in names}
    return bound


def _after_imports(source: Source, shape: Shape) -> int:
    """Return the line number for the new import: after the top-level imports, before the first use of offhook."""
    first = min([shape.start.lineno, *(one.lineno for one in (*shape.servers, *shape.options))])
    lines = [node.end_lineno or 0 for node in source.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return max((line for line in lines if line < first), default=0) + 1


def diff(path: Path, text: bytes) -> str:
    """Return the unified diff from the file to this text."""
    before, after = path.read_bytes().decode().splitlines(), text.decode().splitlines()
    return "\n".join(difflib.unified_diff(before, after, str(path), str(path), lineterm=""))


def changed_lines(path: Path, text: bytes) -> int:
    """Return how many lines the diff adds or changes; a changed line counts once."""
    before, after = path.read_bytes().decode().splitlines(), text.decode().splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal")
