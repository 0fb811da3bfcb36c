"""Reads a stream in a task of its own, so that several can be waited for at once."""

import asyncio
from collections.abc import AsyncIterable
from typing import Any

__all__ = ["END", "Runner"]

END = object()
"""What comes after the last item."""


class Runner:
    """One stream. `begun` is done when it gives something (True), or has ended without (False)."""

    def __init__(self, stream: AsyncIterable[Any]) -> None:
        self._stream = stream
        self._items: asyncio.Queue[Any] = asyncio.Queue()
        self._error: BaseException | None = None
        self.begun: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._read(), name="offhook request")

    async def _read(self) -> None:
        try:
            async for item in self._stream:
                self._items.put_nowait(item)
                if not self.begun.done():
                    self.begun.set_result(True)
        except Exception as error:  # noqa: BLE001  # raised again by `next`, to whoever reads
            self._error = error
        finally:
            if not self.begun.done():
                self.begun.set_result(False)
            self._items.put_nowait(END)
            if (close := getattr(self._stream, "aclose", None)) is not None:
                await close()

    async def next(self) -> Any:
        """The next item, `END` after the last; raises what the stream raised."""
        item = await self._items.get()
        if item is END and self._error is not None:
            raise self._error
        return item

    async def stop(self) -> None:
        """Read no more, and close the stream."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
