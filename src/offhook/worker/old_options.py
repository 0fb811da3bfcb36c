"""Translates LiveKit's `WorkerOptions`, the older way to set up a worker, to the arguments of a server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, Field, fields
from typing import Any

from livekit.agents.worker import ServerOptions

from offhook.core.errors import PlanError

__all__ = ["explained", "given_options"]

_SESSION = {"agent_name": "agent_name", "worker_type": "type", "request_fnc": "on_request"}
"""Options of `rtc_session`, by their names in `WorkerOptions`."""
_LINES = """{error}
write these two lines at the top level of the file, and pass entrypoint_fnc=answer:
async def answer(ctx: JobContext) -> None:
    await {name}(ctx)"""


def given_options(options: ServerOptions) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options that differ from LiveKit's defaults: options of the server, and options of `rtc_session`.

    LiveKit's defaults are left out, so that they do not replace offhook's own, such as its load and its admission.
    """
    values = {field.name: getattr(options, field.name) for field in fields(options)}
    given = {field.name: values[field.name] for field in fields(options) if values[field.name] != _default(field)}
    given.pop("entrypoint_fnc")
    session = {ours: given.pop(name) for name, ours in _SESSION.items() if name in given}
    if "prewarm_fnc" in given:
        given["setup_fnc"] = given.pop("prewarm_fnc")
    return given, session


def _default(field: "Field[Any]") -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


@contextmanager
def explained(entrypoint: Callable[..., Any]) -> Iterator[None]:
    """If no job process can import the entrypoint, add advice to the error: the lines to write instead."""
    try:
        yield
    except PlanError as error:
        inner = getattr(entrypoint, "func", entrypoint)  # the function inside a partial
        name = getattr(inner, "__qualname__", type(inner).__name__).rpartition("<locals>.")[2]
        raise PlanError(_LINES.format(error=error, name=name)) from None
