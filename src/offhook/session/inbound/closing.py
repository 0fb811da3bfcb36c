"""Closes the source of a stream when the code that reads the stream stops."""

from collections.abc import AsyncGenerator, AsyncIterable
from typing import TypeVar

__all__ = ["closed"]

T = TypeVar("T")


async def closed(source: AsyncIterable[T]) -> AsyncGenerator[T, None]:
    """Yield the items of `source`, and close `source` when the reader stops."""
    try:
        async for item in source:
            yield item
    finally:
        if (close := getattr(source, "aclose", None)) is not None:
            await close()
