"""Send one signed command to a running call and read what it answers."""

import json
from collections.abc import Mapping

from offhook.control.api import Api
from offhook.control.rpc import perform_rpc
from offhook.core.errors import CommandError
from offhook.core.verbs import METHOD
from offhook.tokens import sign_command

__all__ = ["send_command"]


async def send_command(
    api: Api, *, room: str, identity: str, call: str, verb: Mapping[str, object], by: str
) -> dict[str, object]:
    """What the call answers: id, status "accepted" or "refused", and for a refusal its code and text."""
    token = sign_command(api_secret=api.secret, call=call, by=by, verb=verb)
    return _answer(await perform_rpc(api, room=room, identity=identity, method=METHOD, payload=token))


def _answer(text: str) -> dict[str, object]:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError("malformed", "the call's answer is not JSON; is its offhook of another version?") from error
    if not isinstance(answer, dict) or answer.get("status") not in ("accepted", "refused"):
        raise CommandError("malformed", "the call neither accepted nor refused; is its offhook of another version?")
    return answer
