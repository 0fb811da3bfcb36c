"""Loads an agent file for one simulated call as a job process does, and unloads the file afterwards."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from livekit.agents import AgentServer, WorkerOptions
from livekit.agents.cli.discover import get_module_data_from_path

from offhook.checks.agent_module import AppRunError, recorded_apps, run_main_block, server_name
from offhook.core.errors import PlanError
from offhook.dev.agent_source import old_text
from offhook.testing.simulation.agent_modules import own_modules
from offhook.testing.simulation.user_errors import first_line

__all__ = ["loaded"]

T = TypeVar("T")

_NO_SERVER = """{path} has no `server`; write these two lines, with the name of your entrypoint:
server = AgentServer()
server.rtc_session(entrypoint)"""


@contextmanager
def loaded(agent: str | Path | AgentServer) -> Iterator[AgentServer]:
    """Yield the `AgentServer` of this file. Inside the block, jobs can import the file's module to find their plan."""
    if isinstance(agent, AgentServer):
        yield agent
        return
    path = Path(agent).resolve()
    if not path.is_file():
        raise PlanError(f"there is no agent file {agent}; give the path of a file with a server = serve(plan)")
    data = get_module_data_from_path(path)
    # If the agent file is part of a package, a module `tools` beside it has two names: `package.tools`, and also
    # `tools`, because `python FILE` would find it by this name. Both names must work, so two folders are in the import
    # path.
    folders = list(dict.fromkeys((data.extra_sys_path, path.parent)))
    with own_modules(folders, data.module_import_str), recorded_apps() as apps:
        yield _load(path, data.module_import_str, apps)


def _load(path: Path, name: str, apps: list[Any]) -> AgentServer:
    """Import the file and return its server: a variable of the module, or else the argument of `cli.run_app`."""
    module = _explained(path, lambda: importlib.import_module(name))
    if module is not None:
        found = server_name(module)
        if found:
            server: AgentServer = getattr(module, found)
            return server
        _explained(path, lambda: run_main_block(path, module))
    if not apps:
        raise PlanError(_NO_SERVER.format(path=path))
    app: AgentServer | WorkerOptions = apps[0]
    made = app if isinstance(app, AgentServer) else _explained(path, lambda: AgentServer.from_server_options(app))
    assert made is not None  # `_explained` returns None only if `cli.run_app` was called
    return made


def _explained(path: Path, work: Callable[[], T]) -> T | None:
    """Call `work`, a part of the import; return None if `cli.run_app` ended the import.

    Any other error becomes a `PlanError` of one line, which begins with the file and the line number.
    """
    try:
        return work()
    except AppRunError:
        return None
    except PlanError:
        raise
    except (Exception, SystemExit) as error:
        raise PlanError(old_text(path) or first_line(error, "while importing the agent file")) from error
