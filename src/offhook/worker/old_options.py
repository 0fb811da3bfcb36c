"""Translates LiveKit's `WorkerOptions`, the older way to set up a worker, to arguments of `Server`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, Field, fields
from typing import Any

from livekit.agents.worker import ServerOptions

from offhook.core.errors import PlanError

__all__ = ["explained", "given_options"]

_SESSION = {"agent_name": "agent_name", "worker_type": "type", "request_fnc": "on_request"}
"""Maps names in `WorkerOptions` to the names of the same options of `rtc_session`."""
_LINES = """{error}
write these two lines at the top level of the file, and pass entrypoint_fnc=answer:
async def answer(ctx: JobContext) -> None:
    await {name}(ctx)"""


def given_options(options: ServerOptions) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options that differ from LiveKit's defaults: first options of `Server`, then options of `rtc_session`.

    The result leaves out LiveKit's defaults, because they would replace offhook's defaults, such as offhook's load
    function.
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
    """If the block raises `PlanError` for an entrypoint that no job process can import, add to the error the lines that
    the user can write instead.
    """
    try:
        yield
    except PlanError as error:
        inner = getattr(entrypoint, "func", entrypoint)  # a `functools.partial` wraps the function
        name = getattr(inner, "__qualname__", type(inner).__name__).rpartition("<locals>.")[2]
        raise PlanError(_LINES.format(error=error, name=name)) from None
