"""Finds the server of an imported agent file. If no variable of the module holds a server, the file's main block is
run. The server is then the argument that the main block passes to `cli.run_app`.
"""

import ast
import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

__all__ = ["AppRunError", "recorded_apps", "run_main_block", "server_name"]

_PREFERRED = ("app", "server", "agent")
"""LiveKit first looks for a server in a variable with one of these names, then in all other variables of the module."""


class AppRunError(SystemExit):
    """Raised in place of the real `cli.run_app` to stop the agent file, because the real function also ends the
    program.
    """


@contextmanager
def recorded_apps() -> Iterator[list[Any]]:
    """Yield a list. Inside the block, `cli.run_app` adds its argument (a server or options) to this list, and stops the
    agent file.
    """
    from livekit.agents import cli  # noqa: PLC0415  # the import is slow, and only some commands need LiveKit

    apps: list[Any] = []
    with mock.patch.object(cli, "run_app", functools.partial(_run_app, apps)):
        yield apps


def _run_app(apps: list[Any], server: Any) -> None:
    apps.append(server)
    raise AppRunError(0)


def server_name(module: ModuleType) -> str:
    """Return the name of the variable in which LiveKit finds the module's server; "" if the module has no server."""
    from livekit.agents import AgentServer  # noqa: PLC0415  # see above

    names = [*_PREFERRED, *sorted(vars(module))]
    return next((name for name in names if isinstance(getattr(module, name, None), AgentServer)), "")


def run_main_block(path: Path, module: ModuleType) -> None:
    """Run the block under `if __name__ == "__main__":` in the imported module, as `python FILE start` runs it."""
    tree = ast.parse(path.read_bytes(), str(path))
    blocks = [node for node in tree.body if isinstance(node, ast.If) and "__main__" in ast.dump(node.test)]
    with mock.patch.object(sys, "argv", [str(path), "start"]):
        for block in blocks:
            code = compile(ast.Module(block.body, []), str(path), "exec")
            exec(code, vars(module))  # noqa: S102  # the user's own code
