"""Imports one agent file, in a process made for it, and prints what it defines: python -m offhook.checks.inspector."""

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from offhook.checks.agent import ANSWER, PORT, Agent

__all__ = ["main"]


def main(path: Path) -> None:
    """Find the file's server by LiveKit's own discovery; what the file raises ends us, for our parent to read."""
    # Slow, and only this process may load it.
    from livekit.agents import AgentServer  # noqa: PLC0415  # see above
    from livekit.agents.cli.discover import get_import_data, get_module_data_from_path  # noqa: PLC0415  # see above

    asked = _listen(AgentServer)
    module_data = get_module_data_from_path(path)
    sys.path.insert(0, str(module_data.extra_sys_path))
    module = importlib.import_module(module_data.module_import_str)
    if not any(isinstance(value, AgentServer) for value in vars(module).values()):
        _answer(Agent(variable="", agent_name="", registered=False, ours=False, port=0))
        return
    variable = get_import_data(path=path).app_name
    server = getattr(module, variable)
    wanted = asked.get(id(server), {})
    ours = sys.modules.get("offhook.worker.server")
    _answer(
        Agent(
            variable=variable,
            agent_name=str(wanted.get("agent_name") or ""),
            registered="agent_name" in wanted,
            ours=ours is not None and isinstance(server, ours.Server),
            port=int(wanted.get("port", PORT)),
        )
    )


def _listen(agent_server: Any) -> dict[int, dict[str, Any]]:
    """Note what servers are made with: LiveKit has no public way to ask a server for its name and port."""
    noted: dict[int, dict[str, Any]] = {}
    begin, register = agent_server.__init__, agent_server.rtc_session

    def noting_begin(self: Any, **options: Any) -> None:
        port = options.get("port")
        if port is not None:
            noted.setdefault(id(self), {})["port"] = getattr(port, "prod_default", port)
        begin(self, **options)

    def noting_register(self: Any, *arguments: Any, **options: Any) -> Any:
        noted.setdefault(id(self), {})["agent_name"] = options.get("agent_name", "")
        return register(self, *arguments, **options)

    agent_server.__init__, agent_server.rtc_session = noting_begin, noting_register
    return noted


def _answer(agent: Agent) -> None:
    sys.stdout.write(f"\n{ANSWER}{json.dumps(asdict(agent))}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
