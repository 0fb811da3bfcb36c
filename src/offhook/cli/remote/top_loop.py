"""Runs the screen of `offhook top`: queries the calls, reads keys, follows and ends calls."""

import asyncio
import signal
from collections import deque
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live

from offhook.cli.remote.live_rows import LiveRows
from offhook.cli.remote.terminal_keys import reading_keys
from offhook.cli.remote.top_state import Action, Screen, press, with_calls
from offhook.cli.remote.top_table import draw, draw_followed
from offhook.cli.remote.verb_run import open_client
from offhook.core.errors import CommandError
from offhook.reports.timeline import Row

if TYPE_CHECKING:
    from offhook.client import Client, RunningCall

__all__ = ["TopLoop"]

_KEPT = 500
"""The maximum number of timeline rows that are kept of the followed call."""
_SLOW = 3.0
"""Seconds after which the screen says that the server has not answered yet."""


class TopLoop:
    """Runs the display in a terminal until the user quits."""

    def __init__(self, interval: float, by: str, console: Console | None = None) -> None:
        self._interval = interval
        self._by = by
        self._console = console or Console()
        self._screen = Screen()
        self._rows: deque[Row] = deque(maxlen=_KEPT)
        self._changed = asyncio.Event()
        self._quit = False
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Show the calls until the user quits."""
        with suppress(NotImplementedError, AttributeError):  # Windows has no signal for a new terminal size
            asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._changed.set)
        async with open_client(self._by) as client:
            self._start("look", self._look(client))
            try:
                with (
                    Live(console=self._console, screen=True, auto_refresh=False) as live,
                    reading_keys(lambda keys: self._press(client, keys)),
                ):
                    await self._draw(live)
            finally:
                await self._stop(*self._tasks)

    async def _draw(self, live: Live) -> None:
        while not self._quit:
            self._changed.clear()
            size = self._console.size
            if self._screen.followed:
                drawn = draw_followed(self._screen, list(self._rows), size.width, size.height)
            else:
                drawn = draw(self._screen, size.width, size.height)
            live.update(drawn, refresh=True)
            await self._changed.wait()

    async def _look(self, client: "Client") -> None:
        """Query the calls again and again. If the server does not answer, show the error and try again."""
        loop = asyncio.get_running_loop()
        while True:
            late = loop.call_later(_SLOW, self._tell_trouble, "the server has not answered yet")
            try:
                calls = await client.calls()
                self._show(with_calls(self._screen, calls))  # keys may have changed `_screen` during the query
            except CommandError as error:
                self._tell_trouble(str(error))
            finally:
                late.cancel()
            await asyncio.sleep(self._interval)

    def _tell_trouble(self, text: str) -> None:
        self._show(replace(self._screen, trouble=text))

    def _press(self, client: "Client", keys: Sequence[str]) -> None:
        for key in keys:
            chosen = self._screen.call
            screen, action = press(self._screen, key)
            self._show(screen)
            if action and (chosen or action in ("quit", "back")):
                self._act(client, action, chosen or {})

    def _act(self, client: "Client", action: Action, chosen: Any) -> None:
        match action:
            case "quit":
                self._quit = True
            case "back":
                self._tasks["follow"].cancel()
            case "follow":
                self._rows.clear()
                self._start("follow", self._follow(client.call(chosen["room"], agent=chosen["identity"])))
            case "end":
                self._start("end", self._end(client.call(chosen["room"], agent=chosen["identity"])))

    async def _follow(self, call: "RunningCall") -> None:
        rows = LiveRows()
        try:
            async for record in call.follow():
                self._rows += rows.add(record)
                self._changed.set()
            notice = f"the call is over: {rows.reason}" if rows.reason else "the call is over"
        except CommandError as error:
            notice = str(error)
        self._show(replace(self._screen, notice=notice))

    async def _end(self, call: "RunningCall") -> None:
        self._show(replace(self._screen, notice=f"ending the call in room {call.room} ..."))
        try:
            report = await call.end()
            if report.ok and self._screen.followed:
                return  # `_follow` shows the end of the call and its reason
            notice = f"the call in room {call.room} is ended" if report.ok else f"{report.status}: {report.detail}"
        except CommandError as error:
            notice = str(error)
        self._show(replace(self._screen, notice=notice))

    def _show(self, screen: Screen) -> None:
        self._screen = screen
        self._changed.set()

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Start a task for this work. An earlier task with the same name is cancelled, but not awaited."""
        if (before := self._tasks.get(name)) is not None:
            before.cancel()
        self._tasks[name] = asyncio.create_task(work, name=f"top: {name}")

    async def _stop(self, *names: str) -> None:
        tasks = [self._tasks.pop(name) for name in names]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
