"""Records which items of a call are forgotten, and recognises copies of these items in any context."""

from collections.abc import Iterable, Sequence

from livekit.agents import llm
from livekit.agents.llm.chat_context import DYNAMIC_INSTRUCTIONS_MESSAGE_ID
from livekit.agents.utils import shortuuid
from livekit.agents.voice.generation import EXPRESSIVE_INSTRUCTIONS_MESSAGE_ID, INSTRUCTIONS_MESSAGE_ID

__all__ = ["Past"]

_CONSTANT = (INSTRUCTIONS_MESSAGE_ID, DYNAMIC_INSTRUCTIONS_MESSAGE_ID, EXPRESSIVE_INSTRUCTIONS_MESSAGE_ID)
"""Ids of instruction items. These items are never forgotten, because they have the same ids in every LLM request."""


class Past:
    """The forgotten items of one call. A copy of an item has the same id, or a new id and the same creation time."""

    def __init__(self, since: float) -> None:
        self._since = self._until = since
        self._ids: set[str] = set()
        self._open: set[str] = set()

    def __bool__(self) -> bool:
        return self._until > self._since

    def forget(self, items: Iterable[llm.ChatItem], *, now: float, open_calls: Iterable[str]) -> None:
        """Forget these items, and all others created before `now`. `open_calls` are the ids of running tool calls."""
        self._ids |= {item.id for item in items if item.id not in _CONSTANT}
        self._open = set(open_calls)
        self._until = max(now, self._since + 1e-6)

    def without(self, items: Sequence[llm.ChatItem]) -> list[llm.ChatItem]:
        """Return the items that are not forgotten.

        The tool call of a running tool stays, without its arguments, because the tool's result follows.
        """
        left: list[llm.ChatItem] = []
        calls: set[str] = set()
        for item in items:
            if isinstance(item, llm.FunctionCall) and item.call_id in self._open:
                if item.call_id not in calls:
                    left.append(_emptied(item))
                    calls.add(item.call_id)
            elif not self._forgotten(item):
                left.append(item)
        return left

    def _forgotten(self, item: llm.ChatItem) -> bool:
        if item.id in _CONSTANT or item.type == "agent_handoff":
            return False
        if isinstance(item, llm.FunctionCallOutput) and item.call_id in self._open:
            return item.id in self._ids
        return item.id in self._ids or self._since <= item.created_at < self._until


def _emptied(call: llm.FunctionCall) -> llm.FunctionCall:
    """Return a copy without arguments. Because the copy has a new id, a Realtime session replaces the old tool call."""
    if call.arguments == "{}":
        return call
    return call.model_copy(update={"id": shortuuid("item_"), "arguments": "{}"})
