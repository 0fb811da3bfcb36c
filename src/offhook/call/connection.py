"""The connection of one call to its room: joins the room, watches the caller and the media, and accepts commands."""

from collections.abc import Callable, Coroutine
from typing import Any

from livekit.agents import JobContext

from offhook.core.commands import CallView
from offhook.core.facts import CallerFound, Connected, Fact, RoomDisconnected
from offhook.room.commands import CommandReceiver
from offhook.room.events import RoomWatch
from offhook.room.hang_up import RoomCloser
from offhook.room.media_watch import MediaWatch
from offhook.settings import Settings
from offhook.tokens import command_keys

__all__ = ["RoomConnection"]


class RoomConnection:
    """Joins the room and posts the facts of the room. If `outbound` is True, no participant counts as the caller until
    the plan has decided whether to dial.
    """

    def __init__(self, ctx: JobContext, settings: Settings, *, outbound: bool, post: Callable[[Fact], None]) -> None:
        self._ctx = ctx
        self._settings = settings
        self._post = post
        self._receiver: CommandReceiver | None = None
        self._disconnected = False
        self.joined = False
        self.watch = RoomWatch(ctx.room, self._on_room_fact, expected=_nobody if outbound else None)
        self.media_watch = MediaWatch(ctx.room, lambda: self.watch.identity, post)
        self.closer = RoomCloser(
            ctx, lambda: self.watch.identity, gone=lambda: self._on_room_fact(RoomDisconnected("client_initiated"))
        )

    def _on_room_fact(self, fact: Fact) -> None:
        """Post a fact of the room, except a second `RoomDisconnected`.

        If this job's own code leaves the room, the SDK may report a wrong reason for the disconnection, or send no
        event. Therefore this method sets the reason.
        """
        if isinstance(fact, RoomDisconnected):
            if self._disconnected:
                return
            self._disconnected = True
            fact = RoomDisconnected("client_initiated") if self.closer.left else fact
        self._post(fact)

    async def join(self, view: CallView, post_flushed: Callable[[Fact], Coroutine[Any, Any, bool]]) -> None:
        """Join the room and accept commands. Call this before any work that may take a long time."""
        ctx = self._ctx
        if ctx.is_fake_job():
            self.joined = True
            # In console mode, the room is a mock that returns a truthy mock for every attribute, so the room's
            # attributes are not read.
            self._post(Connected("console", "console"))
            self._post(CallerFound("console", phone=False, active=True))
            return
        await ctx.connect()
        self.joined = True
        me = ctx.room.local_participant
        if self._settings.livekit_api_secret is not None:
            keys = command_keys(self._settings.livekit_api_secret.get_secret_value(), self._settings.own_command_keys)
            self._receiver = CommandReceiver(ctx.job.id, keys, view=view, post=self._post, post_flushed=post_flushed)
            self._receiver.register(me)
        self._post(Connected(ctx.room.name, me.identity, ctx.job.agent_name, self._settings.agent_version))
        self.watch.start()
        self.media_watch.start()
        self.closer.prepare()

    async def answers_sent(self) -> None:
        """Wait until the answers to commands are sent."""
        if self._receiver is not None:
            await self._receiver.sent()


def _nobody(_: object) -> bool:
    return False
