"""Sends one signed command to a running call, and reads the answer."""

import json
from collections.abc import Mapping

from offhook.control.api import Api
from offhook.control.rpc import perform_rpc
from offhook.core.commands import METHOD
from offhook.core.errors import CommandError
from offhook.tokens import sign_command

__all__ = ["send_command"]


async def send_command(
    api: Api, *, room: str, identity: str, call: str, verb: Mapping[str, object], by: str
) -> dict[str, object]:
    """Send the command and return the answer of the call.

    The answer has the status "accepted" and the id, or the status "refused", a code and a text.
    """
    token = sign_command(api_secret=api.secret, call=call, by=by, verb=verb)
    return _answer(await perform_rpc(api, room=room, identity=identity, method=METHOD, payload=token))


def _answer(text: str) -> dict[str, object]:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError(
            "malformed", "the call's answer is not JSON; does the worker run another version of offhook?"
        ) from error
    if not isinstance(answer, dict) or answer.get("status") not in ("accepted", "refused"):
        raise CommandError(
            "malformed", "the call neither accepted nor refused; does the worker run another version of offhook?"
        )
    return answer
