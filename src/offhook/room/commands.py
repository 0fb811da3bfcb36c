"""Receives commands: a signed token arrives by RPC, is verified and journalled, and becomes a fact.

The RPC handler does not execute the command, because LiveKit's server repeats slow RPCs, and LiveKit's SDK cancels an
RPC at the sender's deadline. The reply says `accepted`, or why the command was refused. The journal has the result.
"""

import json
import logging
import time
from collections.abc import Awaitable, Callable

from livekit import rtc

from offhook.core.commands import METHOD, parse_command
from offhook.core.errors import CommandError
from offhook.core.facts import CommandReceived, Fact
from offhook.tokens import verify_command

__all__ = ["CommandReceiver"]

log = logging.getLogger("offhook")


class CommandReceiver:
    """Receives the commands of one call. A repeated command gets the same reply, and is not executed again."""

    def __init__(self, call: str, api_secret: str, post_flushed: Callable[[Fact], Awaitable[None]]) -> None:
        self._call = call
        self._secret = api_secret
        self._post_flushed = post_flushed
        self._answers: dict[str, dict[str, str]] = {}

    def register(self, participant: rtc.LocalParticipant) -> None:
        """Register the RPC method. Call this right after connecting, because a plan function may take seconds."""
        participant.register_rpc_method(METHOD, self._invoked)

    async def _invoked(self, data: rtc.RpcInvocationData) -> str:
        return json.dumps(await self.take(data.payload))

    async def take(self, token: str) -> dict[str, str]:
        """Verify one command and post it as a fact. Return a mapping whose `status` is "accepted" or "refused"."""
        try:
            command = verify_command(token, api_secret=self._secret, call=self._call, now=time.time())
            body = parse_command(command.verb)
        except CommandError as error:
            log.warning("a command was refused", extra={"code": error.code})
            return {"status": "refused", "code": error.code, "text": str(error)}
        if command.id not in self._answers:
            self._answers[command.id] = {"status": "accepted", "id": command.id}
            await self._post_flushed(CommandReceived(command.id, command.by, body))
        return self._answers[command.id]
