"""Decides whether a worker loads the weights of LiveKit's local turn detector before calls start.

By default, LiveKit loads the weights (about 240 MB) in every worker. offhook prevents this under two conditions:
the settings select another turn detection, and no module of the agent uses a name that could select the turn detector.
If a call nevertheless uses the turn detector, the call loads the weights.
"""

import ast
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from offhook.models.turn_detection import uses_turn_detector
from offhook.selection import select_models
from offhook.settings import Settings, set_default

__all__ = ["choose_local_models", "names_turn_detector"]

_VARIABLE = "LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE"
"""LiveKit's environment variable: with 1, the VAD and the turn detector are loaded; with 0, neither is loaded."""
_DETECTOR = "TurnDetector"
_SESSIONS = frozenset({"AgentSession", "TurnHandlingOptions", "turn_handling"})
"""If a module uses one of these names and not `turn_detection`, LiveKit may select its own turn detector."""
_GIVEN = "turn_detection"


def choose_local_models(settings: Settings, modules: Iterable[ModuleType] | None = None) -> list[str]:
    """If nothing needs the turn detector's weights, switch off their loading, and return the modules to preload
    instead. Otherwise return an empty list.

    If the environment already sets LiveKit's variable, do not change the value, and return an empty list.

    Call this in the main process, after the agent's modules were imported and before LiveKit starts the forkserver.
    `modules` are the imported modules: by default, the modules of this process.
    """
    if uses_turn_detector(settings, select_models(settings)):
        return []
    if any(names_turn_detector(path) for path in _own_files(sys.modules.values() if modules is None else modules)):
        return []
    return ["offhook.models.preload_vad"] if set_default(_VARIABLE, "0") else []


def names_turn_detector(path: Path) -> bool:
    """Return True if this Python file may select LiveKit's turn detector, or if the file cannot be read."""
    try:
        text = path.read_bytes()
        if not any(name.encode() in text for name in (_DETECTOR, *_SESSIONS)):
            return False  # most files need no parsing, which would cost milliseconds for each file
        names = frozenset(_names(ast.parse(text)))
    except (OSError, SyntaxError, ValueError):
        return True
    return _DETECTOR in names or (bool(names & _SESSIONS) and _GIVEN not in names)


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.Constant(value=str(text)):
                yield text


def _own_files(modules: Iterable[ModuleType]) -> Iterator[Path]:
    """Yield the files of the user's own modules. These do not belong to Python, an installed package or offhook."""
    paths = sysconfig.get_paths()
    installed = tuple(paths[name] + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    for module in list(modules):
        file = getattr(module, "__file__", None)
        name = getattr(module, "__name__", "")
        if file and file.endswith(".py") and not file.startswith(installed) and name.split(".")[0] != "offhook":
            yield Path(file)
