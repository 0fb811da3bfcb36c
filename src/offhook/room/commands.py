"""Receives commands for a call. Each command arrives by RPC as a signed token. offhook verifies the token, writes the
command to the journal and posts it as a fact.

The RPC handler does not execute the command, because LiveKit's server repeats slow RPCs, and LiveKit's SDK cancels an
RPC at the sender's deadline. The reply says `accepted`, or why the command was refused. A query only reads; its reply
contains the result.
"""

import asyncio
import json
import math
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from livekit import rtc

from offhook.core.commands import METHOD, CallView, Command, Query
from offhook.core.commands.keys import CommandKey
from offhook.core.commands.table import allowed, parse_command
from offhook.core.errors import CommandError
from offhook.core.facts import CommandReceived, Fact
from offhook.room.refusals import Refusals
from offhook.tokens.commands import MAX_ID, verify_command
from offhook.tokens.commands import Command as SignedCommand

__all__ = ["CommandReceiver"]

MAX_COMMANDS = 5_000
"""Maximum commands of one call. Further commands are refused, because offhook keeps all command ids in memory."""
RATE, BURST = 50.0, 200.0
"""Maximum commands of one call: per second, and in one burst. Queries are counted separately, with the same limits."""
_SEND = 0.05
"""Seconds to wait until LiveKit has sent an RPC reply. On a busy machine, LiveKit needed 5 to 20 ms."""

Answer = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A command that was accepted. `posting` is the task that writes the command to disk and posts it as a fact."""

    command: Command
    id: str
    posting: "asyncio.Task[bool]"


class CommandReceiver:
    """Receives the commands of one call. If a sender repeats a command with the same id, the reply is the same, and the
    command is not executed again.
    """

    def __init__(
        self,
        call: str,
        keys: Mapping[str, CommandKey],
        *,
        view: CallView,
        post: Callable[[Fact], None],
        post_flushed: Callable[[Fact], Coroutine[Any, Any, bool]],
    ) -> None:
        self._call = call
        self._keys = keys
        self._view = view
        self._post_flushed = post_flushed
        self._refusals = Refusals(post)
        self._known: dict[tuple[str, str], _Accepted] = {}
        self._ids: set[str] = set()
        self._readers: set[tuple[str, str]] = set()
        self._rates = {kind: _Rate() for kind in (Command, Query)}
        self._answered_at = -math.inf
        self._answering = 0

    def register(self, participant: rtc.LocalParticipant) -> None:
        """Register the RPC method. This is necessary right after the agent has connected, because a command may arrive
        at any time.
        """
        participant.register_rpc_method(METHOD, self._invoked)

    async def _invoked(self, data: rtc.RpcInvocationData) -> str:
        self._answering += 1
        try:
            return json.dumps(await self.take(data.payload, identity=data.caller_identity), ensure_ascii=False)
        finally:
            self._answering -= 1
            self._answered_at = time.monotonic()

    async def sent(self) -> None:
        """Wait until the reply to the last command is sent, before the agent leaves the room.

        LiveKit sends a reply only after the RPC handler has returned. Wait only if a command is being answered, or was
        answered less than 50 ms ago.
        """
        if self._answering or time.monotonic() - self._answered_at < _SEND:
            await asyncio.sleep(_SEND)

    async def take(self, payload: str, *, identity: str = "") -> Answer:
        """Verify one command. If it is a query, answer it; post any other command as a fact.

        Return a mapping whose `status` is "accepted", "answered" or "refused". Only the signature shows who the sender
        is, because `identity` is only what the sender claims to be.
        """
        by = ""
        try:
            signed = verify_command(payload, keys=self._keys, call=self._call, now=time.time())
            by = signed.by
            command = _permitted(signed)
            # Queries count separately, so that a viewer with too many queries cannot block an operator's command.
            self._rates[Query if isinstance(command, Query) else Command].take()
            if isinstance(command, Query):
                return await self._answer(signed, command)
            return await self._accept(signed, command)
        except CommandError as error:
            self._refusals.add(error, by=by, identity=identity)
            return {"status": "refused", "code": error.code, "text": str(error)}

    async def _answer(self, signed: SignedCommand, query: Query) -> Answer:
        reader = (signed.by, query.name)
        if reader not in self._readers and len(self._readers) < MAX_COMMANDS:
            self._readers.add(reader)
            await self._post_flushed(CommandReceived(signed.id, signed.by, query, query.name))
        return {"status": "answered", "data": await query.read(self._view)}

    async def _accept(self, signed: SignedCommand, command: Command) -> Answer:
        known = self._known.get((signed.by, signed.id)) or self._begin(signed, command)
        if known.command != command:
            raise CommandError("malformed", f"the id {signed.id!r} belongs to another command; use a new id")
        # LiveKit cancels this method at the sender's deadline. Because of `shield`, the command is posted anyway.
        if not await asyncio.shield(known.posting):
            raise CommandError("ended", "nothing was done: the call is over")
        return {"status": "accepted", "id": known.id}

    def _begin(self, signed: SignedCommand, command: Command) -> _Accepted:
        """Start a task that writes this new command to the journal and posts it."""
        if len(self._known) >= MAX_COMMANDS:
            raise CommandError("too_many", f"this call took {MAX_COMMANDS} commands and takes no more")
        command_id = self._new_id(signed.id)
        received = CommandReceived(command_id, signed.by, command, command.name)
        posting = asyncio.create_task(self._post_flushed(received), name="offhook post command")
        self._known[signed.by, signed.id] = accepted = _Accepted(command, command_id, posting)
        return accepted

    def _new_id(self, wanted: str) -> str:
        """Return the id for a new command: the id that the sender `wanted`. If another sender's command already has
        that id, return a similar id, so that the results of the two commands are not confused.
        """
        made, number = wanted, len(self._known)
        while made in self._ids:
            made, number = f"{wanted[: MAX_ID - 5]}-{number}", number + 1
        self._ids.add(made)
        return made


class _Rate:
    """Permits `RATE` requests per second on average, and at most `BURST` requests at once."""

    def __init__(self) -> None:
        self._left, self._at = BURST, time.monotonic()

    def take(self) -> None:
        """Count one request. Raises `CommandError` if there are too many."""
        now = time.monotonic()
        self._left = min(BURST, self._left + (now - self._at) * RATE)
        self._at = now
        if self._left < 1:
            raise CommandError("too_many", f"this call takes {RATE:g} commands in a second; send this one again later")
        self._left -= 1


def _permitted(signed: SignedCommand) -> Command:
    command = parse_command(signed.verb)
    if not allowed(type(command), role=signed.role, names=signed.verbs):
        raise CommandError(
            "forbidden", f"the sender may not use {command.name!r}; use a key of the role {command.role!r}"
        )
    return command
