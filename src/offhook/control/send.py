"""Sends one signed command to a running call, and reads the answer."""

import json
from typing import Any

from offhook.control.api import Api
from offhook.control.rpc import perform_rpc
from offhook.core.commands import METHOD, Command, Role, dump_command, parse_command
from offhook.core.commands.keys import CommandKey
from offhook.core.errors import CommandError
from offhook.tokens import sign_command

__all__ = ["send_command"]


async def send_command(  # noqa: PLR0913  # the parts of one command, by name
    api: Api,
    *,
    room: str,
    identity: str,
    call: str,
    command: Command,
    by: str,
    id: str = "",  # noqa: A002  # the name of the claim in the API
    role: Role | None = None,
    key: CommandKey | None = None,
) -> dict[str, Any]:
    """Send one signed command and return the call's answer. The `status` of the answer is "accepted" or "answered".

    Raises `CommandError` if the call refuses the command or does not answer.
    """
    checked = parse_command(dump_command(command))
    verb = dump_command(checked)
    secret = "" if key else api.secret
    token = sign_command(api_secret=secret, key=key, call=call, by=by, verb=verb, id=id, role=role)
    # The RPC is repeatable, because the call stores the ids of commands and carries out each id only once.
    text = await perform_rpc(api, room=room, identity=identity, method=METHOD, payload=token, repeatable=True)
    answer = _answer(text)
    if answer["status"] == "refused":
        raise CommandError(answer.get("code", "malformed"), str(answer.get("text", "the call gave no reason")))
    return answer


def _answer(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError(
            "unreachable", "the call's answer is not JSON; does the worker run another version of offhook?"
        ) from error
    if not isinstance(answer, dict) or answer.get("status") not in ("accepted", "answered", "refused"):
        raise CommandError(
            "unreachable", "the call neither accepted nor refused; does the worker run another version of offhook?"
        )
    return answer
