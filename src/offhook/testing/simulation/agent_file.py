"""Loads an agent file for one simulated call as a job process does, and unloads the file afterwards."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from livekit.agents import AgentServer

from offhook.core.errors import PlanError

__all__ = ["loaded"]


@contextmanager
def loaded(agent: str | Path | AgentServer) -> Iterator[AgentServer]:
    """Yield the server of this file. Inside the block the file's module can be imported, as `plan` functions need."""
    if isinstance(agent, AgentServer):
        yield agent
        return
    path = Path(agent)
    if not path.is_file():
        raise PlanError(f"there is no agent file {path}; give the path of a file with a server = serve(plan)")
    name, before = path.stem, sys.modules.get(path.stem)
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        yield _server(_import(path, name), path)
    finally:
        sys.path.remove(folder)
        if before is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = before


def _import(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PlanError(f"{path} is not a Python file; give the path of an agent file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _server(module: ModuleType, path: Path) -> AgentServer:
    candidates = [getattr(module, name, None) for name in ("server", "app", "agent")]
    found = next((one for one in candidates if isinstance(one, AgentServer)), None)
    if found is None:
        raise PlanError(f"{path} has no `server`; end it with server = serve(plan), or a livekit AgentServer")
    return found
