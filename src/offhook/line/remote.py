"""Commands from outside: a signed token comes in by RPC, is checked and journalled, and becomes a fact.

Nothing is done inside the RPC itself: LiveKit's server repeats slow calls and its SDK cancels them at the caller's
deadline. The answer says `accepted` or why not; what follows is in the journal.
"""

import json
import logging
import time
from collections.abc import Awaitable, Callable

from livekit import rtc

from offhook.core.errors import CommandError
from offhook.core.facts import Commanded, Fact
from offhook.core.verbs import METHOD, read_verb
from offhook.tokens import open_command

__all__ = ["Remote"]

log = logging.getLogger("offhook")


class Remote:
    """Takes the commands of one call. A command seen before is answered again, and not done again."""

    def __init__(self, call: str, api_secret: str, post_safely: Callable[[Fact], Awaitable[None]]) -> None:
        self._call = call
        self._secret = api_secret
        self._post_safely = post_safely
        self._answers: dict[str, dict[str, str]] = {}

    def register(self, participant: rtc.LocalParticipant) -> None:
        """Be reachable. First of all after connecting: a plan may take seconds."""
        participant.register_rpc_method(METHOD, self._invoked)

    async def _invoked(self, data: rtc.RpcInvocationData) -> str:
        return json.dumps(await self.take(data.payload))

    async def take(self, token: str) -> dict[str, str]:
        """Check one command and pass it on; answers a mapping with `status` accepted or refused."""
        try:
            command = open_command(token, api_secret=self._secret, call=self._call, now=time.time(), seen=())
            verb = read_verb(command.verb)
        except CommandError as error:
            log.warning("a command was refused", extra={"code": error.code})
            return {"status": "refused", "code": error.code, "text": str(error)}
        if command.id not in self._answers:
            self._answers[command.id] = {"status": "accepted", "id": command.id}
            await self._post_safely(Commanded(command.id, command.by, verb))
        return self._answers[command.id]
