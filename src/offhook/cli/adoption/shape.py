"""Finds the parts of an agent file that `offhook adopt` changes. For code that the command cannot change, the error
names the line.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from offhook.cli.adoption.source import Source, name_of

__all__ = ["Shape", "find_shape"]

Function = ast.FunctionDef | ast.AsyncFunctionDef

_OPTIONS = ("WorkerOptions", "ServerOptions")
_BY_HAND = "write `await supervise(ctx, session)` before `session.start` yourself"
_ONE = f"offhook supervises one session in a call; {_BY_HAND}"


@dataclass(frozen=True)
class Shape:
    """The parts of an agent file: the start of the session, the servers, and whether the file handles silence."""

    start: ast.stmt
    """The statement that starts the session. `offhook adopt` inserts `supervise` before this statement."""
    context: str
    session: str
    servers: Sequence[ast.expr]
    """The places where LiveKit's `AgentServer` is called or inherited from."""
    options: Sequence[ast.expr]
    """The `WorkerOptions` or `ServerOptions` that the file passes to `cli.run_app`."""
    silence_handler: bool
    """True if the file has its own `user_state_changed` handler."""


def find_shape(source: Source) -> Shape:
    """Return the parts of this file. Raises `AdoptError` if `offhook adopt` cannot change the file."""
    tree = source.tree
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "offhook":
            raise source.refuse(node, "the file uses offhook already")
    function, starts = _starts(source)
    start, session = _statement(source, function, starts), _session(source, starts)
    if session in {name for node in ast.walk(start) for name in _made(node)}:
        raise source.refuse(start, f"the session is made in the statement that starts it; {_BY_HAND}")
    return Shape(
        start=start,
        context=_context(source, function),
        session=session,
        servers=[*_uses(tree, "AgentServer")],
        options=[*_options(tree)],
        silence_handler=any(_handles_silence(node) for node in ast.walk(tree)),
    )


def _starts(source: Source) -> tuple[Function, list[ast.Call]]:
    """Return the function that starts the session, and the `start` calls in this function. If the function starts
    several sessions, only the `start` calls of the first session are returned.
    """
    functions = [node for node in ast.walk(source.tree) if isinstance(node, Function)]
    found = [(one, starts) for one in functions if (starts := [*_session_starts(one)])]
    if not found:
        raise source.refuse(None, f"no `await session.start(…)` was found; {_BY_HAND}")
    if len(found) > 1:
        raise source.refuse(found[1][1][0], f"a second function starts a session; {_ONE}")
    function, starts = found[0]
    first = ast.dump(starts[0].func)
    return function, [one for one in starts if ast.dump(one.func) == first]


def _session_starts(function: Function) -> Iterator[ast.Call]:
    """Yield the calls of `AgentSession.start` in this function, without those in inner functions."""
    sessions = {name for node in _own_nodes(function) for name in _made(node)}
    for node in _own_nodes(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "start":
            continue
        options = {one.arg for one in node.keywords}
        known = isinstance(node.func.value, ast.Name) and node.func.value.id in sessions
        if known or ("agent" in options and "room" in options):
            yield node


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting = [*ast.iter_child_nodes(node), *waiting]


def _made(node: ast.AST) -> Iterator[str]:
    """Yield the names to which this statement assigns an AgentSession."""
    match node:
        case ast.Assign(targets=targets, value=ast.Call(func=called)) if name_of(called) == "AgentSession":
            yield from (one.id for one in targets if isinstance(one, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), annotation=kind) if name_of(kind) == "AgentSession":
            yield name


def _statement(source: Source, function: Function, starts: Sequence[ast.Call]) -> ast.stmt:
    """Return the innermost statement that contains all `start` calls."""
    block: Sequence[ast.stmt] = function.body
    while True:
        (statement, *more) = [one for one in block if any(_within(one, start) for start in starts)]
        if more:
            raise source.refuse(starts[1], f"the session is started twice; {_ONE}")
        if isinstance(statement, ast.For | ast.AsyncFor | ast.While):
            raise source.refuse(starts[0], f"the session starts in a loop; {_ONE}")
        parts = [getattr(statement, name, None) or [] for name in ("body", "orelse", "finalbody")]
        parts += [one.body for one in getattr(statement, "handlers", ())]
        inner = [one for one in parts if any(_within(part, start) for part in one for start in starts)]
        if len(inner) != 1 or not isinstance(inner[0], list):  # no single inner block contains all `start` calls
            return statement
        block = inner[0]


def _within(statement: ast.AST, call: ast.Call) -> bool:
    return any(node is call for node in ast.walk(statement))


def _context(source: Source, function: Function) -> str:
    """Return the name of this function's parameter that contains the `JobContext`."""
    names = [*function.args.posonlyargs, *function.args.args]
    typed = [one.arg for one in names if one.annotation is not None and name_of(one.annotation) == "JobContext"]
    if typed:
        return typed[0]
    if names and function.name in {*_entrypoints(source)}:
        return names[0].arg
    raise source.refuse(function, f"{function.name} starts the session but has no JobContext; {_BY_HAND}")


def _entrypoints(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                called = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
                yield from (name for one in called if name_of(one) == "rtc_session")
            case ast.Call(func=called, args=[ast.Name(id=name), *_]) if name_of(called) in ("rtc_session", *_OPTIONS):
                yield name
            case ast.keyword(arg="entrypoint_fnc", value=ast.Name(id=name)):
                yield name


def _session(source: Source, starts: Sequence[ast.Call]) -> str:
    """Return the name of the session that these calls start."""
    match starts[0].func:
        case ast.Attribute(value=ast.Name(id=name)):
            return name
    raise source.refuse(starts[0], f"the session is not a plain variable; {_BY_HAND}")


def _handles_silence(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="on" | "once"), args=[ast.Constant(value="user_state_changed"), *_]):
            return True
    return False


def _uses(tree: ast.Module, name: str) -> Iterator[ast.expr]:
    """Yield the places where the class with this name is called or inherited from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) == name:
            yield node.func
        if isinstance(node, ast.ClassDef):
            yield from (base for base in node.bases if name_of(base) == name)


def _options(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield each argument of `run_app` that creates worker options, or is a variable with worker options."""
    held = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and name_of(node.value.func) in _OPTIONS
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) == "run_app" and node.args:
            given = node.args[0]
            made = isinstance(given, ast.Call) and name_of(given.func) in _OPTIONS
            if made or (isinstance(given, ast.Name) and given.id in held):
                yield given
