"""Analyses the text of an agent file without importing the file."""

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["MIGRATION", "old_text", "old_version", "runs_options"]

MIGRATION = "https://docs.livekit.io/agents/start/v0-migration/"
"""LiveKit's guide for files that were written for livekit-agents 0.x."""
_OLD_MODULES = ("livekit.agents.pipeline", "livekit.agents.multimodal", "livekit.agents.voice_assistant")
_OLD_NAMES = ("VoicePipelineAgent", "MultimodalAgent", "VoiceAssistant", "FunctionContext", "ai_callable")
_OLD_OWNERS = ("agents", "llm", "multimodal", "pipeline", "voice_assistant")
_OPTIONS = ("WorkerOptions", "ServerOptions")
_SERVERS = ("AgentServer", "Server", "serve", "from_server_options")


def old_text(path: Path) -> str | None:
    """Return an error text if the file was written for livekit-agents 0.x, else None."""
    found = old_version(path)
    if found is None:
        return None
    line, name = found
    return f"{path}:{line}: {name} is from livekit-agents 0.x, and 1.x is installed; migrate the file: {MIGRATION}"


def old_version(path: Path) -> tuple[int, str] | None:
    """Return the line number and the text of the first name that only livekit-agents 0.x has; None if there is none."""
    return min((found for node in ast.walk(_tree(path)) for found in _old(node)), default=None)


def _old(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.ImportFrom(module=str(module), names=names, lineno=line):
            for one in names:
                if module in _OLD_MODULES or (module.startswith("livekit.agents") and one.name in _OLD_NAMES):
                    yield line, one.name
        case ast.Import(names=names, lineno=line):
            yield from ((line, one.name) for one in names if one.name in _OLD_MODULES)
        case ast.Attribute(value=ast.Name(id=owner), attr=name, lineno=line):
            if owner in _OLD_OWNERS and name in _OLD_NAMES:
                yield line, name


def runs_options(path: Path) -> bool:
    """Return True if the file has no module-level server, but passes `WorkerOptions` to `cli.run_app`.

    LiveKit's `python -m livekit.agents start FILE` cannot run such a file, but `python FILE start` can.
    """
    tree = _tree(path)
    made = {_name(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    at_import = {
        _name(node.value.func)
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call)
    }
    return "run_app" in made and not made.isdisjoint(_OPTIONS) and at_import.isdisjoint(_SERVERS)


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError):
        return ast.Module([], [])
