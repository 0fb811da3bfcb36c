"""Reads each stream in a separate task, so that other code can wait for several streams at once."""

import asyncio
from collections.abc import AsyncIterable
from typing import Any

__all__ = ["END", "StreamReader"]

END = object()
"""Returned by `next` after the last item."""


class StreamReader:
    """Reads one stream. `begun` resolves to True at the first item, or to False if the stream ends without one."""

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
        except Exception as error:  # noqa: BLE001  # `next` raises the error again
            self._error = error
        finally:
            if not self.begun.done():
                self.begun.set_result(False)
            self._items.put_nowait(END)
            if (close := getattr(self._stream, "aclose", None)) is not None:
                await close()

    async def next(self) -> Any:
        """Return the next item, or `END` after the last item. If the stream raised an error, raise it after the last
        item.
        """
        item = await self._items.get()
        if item is END and self._error is not None:
            raise self._error
        return item

    async def stop(self) -> None:
        """Stop reading and close the stream."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
