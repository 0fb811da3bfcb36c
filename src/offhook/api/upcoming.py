"""Waits for the next record of a call. If a wait ends before the record arrives, no record is lost."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Any, Self

__all__ = ["Upcoming"]

Record = Mapping[str, Any]


class Upcoming:
    """The records of a call, one after the other. When `closing` is set, every wait ends."""

    def __init__(self, records: AsyncGenerator[Record, None], closing: asyncio.Event) -> None:
        self._records = records
        self._closing = closing
        self._next: asyncio.Task[Record | None]
        self._closed: asyncio.Task[bool]

    async def __aenter__(self) -> Self:
        self._next = self._start()
        self._closed = asyncio.create_task(self._closing.wait(), name="wait for the server's end")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._next.cancel()
        self._closed.cancel()
        await asyncio.gather(self._next, self._closed, return_exceptions=True)
        await self._records.aclose()

    async def arrives(self, within: float) -> bool:
        """Wait for the next record, for at most `within` seconds or until `closing` is set. Return True if a record,
        the end or an error has arrived, so that `peek` can be called.
        """
        await asyncio.wait([self._next, self._closed], timeout=within, return_when=asyncio.FIRST_COMPLETED)
        return self._next.done()

    def peek(self) -> Record | None:
        """Return the record that has arrived; None if there are no more records. Raises the error that ended the stream
        of records.
        """
        return self._next.result()

    def go_on(self) -> None:
        """Start to wait for the next record."""
        self._next = self._start()

    def _start(self) -> "asyncio.Task[Record | None]":
        return asyncio.create_task(self._read(), name="read the next record")

    async def _read(self) -> Record | None:
        return await anext(self._records, None)
