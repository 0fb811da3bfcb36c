"""Errors as problem details (RFC 9457). One table has the HTTP status and the title of each error code."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from offhook.core.errors import CommandError, OffhookError

__all__ = ["PROBLEMS", "RefusedError", "http_status", "problem", "problems_as_json"]

log = logging.getLogger("offhook")

TYPE: Final = "urn:offhook:problem:"
CONTENT_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """The HTTP status and the title of all errors with the same error code."""

    status: int
    title: str


PROBLEMS: Mapping[str, ProblemKind] = {
    "malformed": ProblemKind(400, "The request is not valid"),
    "empty": ProblemKind(400, "A text is missing"),
    "too_long": ProblemKind(413, "A text is too long"),
    "unknown_verb": ProblemKind(404, "There is no such command"),
    "forbidden": ProblemKind(403, "The key's role does not permit this"),
    "too_many": ProblemKind(429, "The call gets too many commands"),
    "no_room": ProblemKind(404, "There is no such room"),
    "no_agent": ProblemKind(404, "The room has no such agent"),
    "two_agents": ProblemKind(409, "The room has several agents"),
    "not_offhook": ProblemKind(409, "The agent does not run under offhook"),
    "elsewhere": ProblemKind(409, "Another call is in the room now"),
    "ended": ProblemKind(409, "The call has ended"),
    "lost": ProblemKind(409, "The call ended before the result"),
    "unsigned": ProblemKind(502, "The call does not accept the server's signature"),
    "expired": ProblemKind(502, "The command expired on its way"),
    "clock": ProblemKind(502, "The clocks of server and worker differ"),
    "unreachable": ProblemKind(502, "LiveKit or the call does not answer"),
    # The following errors come from the HTTP server itself, not from a call.
    "unauthorized": ProblemKind(401, "A valid key is missing"),
    "local_only": ProblemKind(403, "Without keys, only programs on the server's machine may use the API"),
    "not_found": ProblemKind(404, "There is no such address"),
    "wrong_method": ProblemKind(405, "The address does not accept this method"),
    "too_large": ProblemKind(413, "The body is too large"),
    "not_json": ProblemKind(415, "The body is not JSON"),
    "internal": ProblemKind(500, "The server failed"),
}
"""Every error code with its HTTP status and title. The codes up to `unreachable` are the codes of `CommandError`."""


class RefusedError(OffhookError):
    """An error of the HTTP server itself, not of a call. `code` is a key of `PROBLEMS`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def http_status(code: str) -> int:
    """Return the HTTP status of an error with this code."""
    return PROBLEMS[code].status


def problem(error: CommandError | RefusedError) -> dict[str, object]:
    """Return the problem details of an error: type, title, status, detail and code."""
    kind = PROBLEMS[error.code]
    return {
        "type": TYPE + error.code,
        "title": kind.title,
        "status": kind.status,
        "detail": str(error),
        "code": error.code,
    }


@web.middleware
async def problems_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors in a handler into answers with problem details."""
    try:
        return await handler(request)
    except (CommandError, RefusedError) as error:
        return _answer(error)
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        refused = RefusedError("wrong_method", f"{request.path} accepts {allowed}, not {error.method}")
        return _answer(refused, {"Allow": allowed})
    except web.HTTPNotFound:
        return _answer(RefusedError("not_found", f"there is no {request.path}; /openapi.json lists the addresses"))
    except web.HTTPException:
        raise
    except ConnectionError:  # the client has closed the connection, so nobody reads an answer
        raise
    except Exception:  # even an unexpected error must be answered with problem details
        log.exception("a request to the HTTP API failed", extra={"method": request.method})
        return _answer(RefusedError("internal", "the server's log has the error"))


def _answer(error: CommandError | RefusedError, headers: Mapping[str, str] | None = None) -> web.Response:
    found = problem(error)
    more = dict(headers or {})
    if error.code == "unauthorized":
        more["WWW-Authenticate"] = 'Bearer realm="offhook"'
    if error.code == "too_many":
        more["Retry-After"] = "1"
    text = json.dumps(found, ensure_ascii=False) + "\n"
    return web.Response(
        body=text.encode(errors="replace"), status=http_status(error.code), content_type=CONTENT_TYPE, headers=more
    )
