"""The client for code without asyncio: its methods block until they have the result."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from offhook.control.client import Client, CommandReport, RunningCall

__all__ = ["SyncCall", "SyncClient"]

T = TypeVar("T")


class SyncClient:
    """A `Client` whose methods block until they have the result. The arguments are those of `Client`.

    Several threads may use one `SyncClient` at the same time.

        with SyncClient(by="night desk") as client:
            client.call("room-1").say("One moment, please.")
    """

    def __init__(self, **arguments: Any) -> None:
        self._client = Client(**arguments)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="offhook client", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._client.__aenter__())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        try:
            self._run(self._client.__aexit__(kind, error, tb))
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def calls(self) -> Sequence[Mapping[str, Any]]:
        """Return the states of all running calls, on all workers."""
        return self._run(self._client.calls())

    def call(self, room: str, *, agent: str = "") -> "SyncCall":
        """Return the call in this room. If the room has several agents, pass the identity of one agent as `agent`."""
        return SyncCall(self._client.call(room, agent=agent), self._run)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class SyncCall:
    """A `RunningCall` whose methods block until they have the result."""

    def __init__(self, call: RunningCall, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._call = call
        self._run = run

    def __getattr__(self, name: str) -> Callable[..., CommandReport]:
        verb = getattr(self._call, name)

        def sync(*values: Any, **given: Any) -> Any:
            return self._run(verb(*values, **given))

        sync.__name__, sync.__doc__ = name, verb.__doc__
        return sync

    def state(self) -> Mapping[str, Any]:
        """Return the state of the call."""
        return dict(self._run(self._call.state()))

    def transcript(self) -> Sequence[Mapping[str, Any]]:
        """Return all messages so far."""
        return list(self._run(self._call.transcript()))

    def follow(self, *, after: int = -1) -> Iterator[Mapping[str, Any]]:
        """Yield the records of the call after record number `after`, until the call is over."""
        records = self._call.follow(after=after)

        async def following() -> Mapping[str, Any] | None:
            return await anext(records, None)

        while (record := self._run(following())) is not None:
            yield record
