"""Imports one agent file and prints what the file defines. Usage: python -m offhook.checks.inspector FILE."""

import importlib
import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from offhook.checks.agent import ANSWER, PORT, Agent
from offhook.checks.agent_module import AppRunError, recorded_apps, run_main_block, server_name

__all__ = ["main"]


def main(path: Path) -> None:
    """Find the file's server as LiveKit does, and print what the file defines. An error in the file ends this process
    with a traceback.
    """
    # These imports are slow, and only this process needs the modules.
    from livekit.agents import AgentServer  # noqa: PLC0415  # see above
    from livekit.agents.cli.discover import get_module_data_from_path  # noqa: PLC0415  # see above

    options_by_server = _record_options(AgentServer)
    module_data = get_module_data_from_path(path)
    sys.path[:0] = dict.fromkeys((str(module_data.extra_sys_path), str(path.resolve().parent)))
    variable, server = "", None
    with recorded_apps() as apps:
        with suppress(AppRunError):
            module = importlib.import_module(module_data.module_import_str)
            variable = server_name(module)
            server = getattr(module, variable, None)
            if server is None:
                run_main_block(path, module)
        for app in apps:
            variable = variable or "cli.run_app"
            server = server or (app if isinstance(app, AgentServer) else AgentServer.from_server_options(app))
    if server is None:
        _answer(Agent(variable="", agent_name="", registered=False, ours=False, port=0))
        return
    options = options_by_server.get(id(server), {})
    ours = sys.modules.get("offhook.worker.server")
    entry = sys.modules.get("offhook.worker.entry")
    _answer(
        Agent(
            variable=variable,
            agent_name=str(options.get("agent_name") or ""),
            registered="agent_name" in options,
            ours=ours is not None and isinstance(server, ours.Server),
            port=int(options.get("port", PORT)),
            serves=entry is not None and isinstance(options.get("entrypoint"), entry.Entry),
            **_routes(vars(sys.modules.get(module_data.module_import_str, object)).values()),
        )
    )


def _routes(values: Iterable[object]) -> dict[str, Any]:
    """Import the plan functions of all routes. Return which routes have a plan function that cannot be imported, and
    which routes can never take a call.
    """
    table = sys.modules.get("offhook.core.routes.table")
    found = [value for value in values if table is not None and isinstance(value, table.Routes)]
    targets = [(one.name, one.plan) for routes in found for one in routes.routes]
    targets += [("default", routes.default) for routes in found]
    unreachable = [pair for routes in found for pair in routes.unreachable()]
    return {
        "routes": sum(len(routes.routes) for routes in found),
        "broken_routes": [text for name, target in targets if (text := _broken(name, target))],
        "unreachable_routes": [
            f"route {late} can never take a call, {first} comes first" for late, first in unreachable
        ],
    }


def _broken(name: str, target: object) -> str:
    if not isinstance(target, str):
        return ""
    try:
        importlib.import_module("offhook.worker.plan_loader").load_plan(target)
    except Exception as error:  # noqa: BLE001  # the user's module may raise anything
        return f"route {name}: the plan function {target} cannot be used: {type(error).__name__}: {error}"
    return ""


def _record_options(agent_server: Any) -> dict[int, dict[str, Any]]:
    """Return a mapping from the `id()` of a server to its agent name, entrypoint and port. The mapping is filled when
    the file makes its servers. LiveKit has no public way to read these values.
    """
    recorded: dict[int, dict[str, Any]] = {}
    init, register = agent_server.__init__, agent_server.rtc_session

    def recording_init(self: Any, **options: Any) -> None:
        port = options.get("port")
        if port is not None:
            recorded.setdefault(id(self), {})["port"] = getattr(port, "prod_default", port)
        init(self, **options)

    def recording_register(self: Any, *arguments: Any, **options: Any) -> Any:
        own = recorded.setdefault(id(self), {})
        own["agent_name"] = options.get("agent_name", "")
        own["entrypoint"] = arguments[0] if arguments else options.get("func")
        return register(self, *arguments, **options)

    agent_server.__init__, agent_server.rtc_session = recording_init, recording_register
    return recorded


def _answer(agent: Agent) -> None:
    sys.stdout.write(f"\n{ANSWER}{json.dumps(asdict(agent))}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
