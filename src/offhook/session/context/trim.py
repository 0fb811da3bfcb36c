"""Trims chat contexts, and merges the agent's context with that of its Realtime session."""

from collections.abc import Sequence

from livekit.agents import llm
from livekit.agents.llm.chat_context import DYNAMIC_INSTRUCTIONS_MESSAGE_ID
from livekit.agents.voice.generation import INSTRUCTIONS_MESSAGE_ID

__all__ = ["merge_remote", "trimmed"]

_INSTRUCTIONS = (INSTRUCTIONS_MESSAGE_ID, DYNAMIC_INSTRUCTIONS_MESSAGE_ID)
_TOOLS = ("function_call", "function_call_output")
_NOT_SENT = ("agent_config_update", "agent_handoff")
"""Types of items that LiveKit does not send to a model. These items do not count towards the `keep` of `trimmed`."""


def trimmed(context: llm.ChatContext, *, keep: int, tools: bool) -> llm.ChatContext:
    """Return a context with the instructions and the last `keep` items. With `tools=False`, drop tool calls and their
    results before the items are counted.

    Tool calls without a result and results without a call are dropped too. The instructions item stays the same object.
    A new item would have a later creation time, so LiveKit would sort it behind older items.
    """
    sent = [item for item in context.items if item.type not in _NOT_SENT]
    instructions = [item for item in sent if item.id in _INSTRUCTIONS]
    rest = [item for item in sent if item.id not in _INSTRUCTIONS and (tools or item.type not in _TOOLS)]
    return llm.ChatContext([*instructions, *_without_orphaned_calls(rest[-keep:] if keep else [])])


def merge_remote(local: llm.ChatContext, remote: llm.ChatContext) -> llm.ChatContext:
    """Return the agent's context plus the items that only its Realtime session has.

    For example, a turn that has no transcript yet is only in the Realtime session.

    The merge is needed because, in livekit-agents 1.8.9, `update_chat_ctx` deletes every item of the Realtime session
    that the new context lacks.
    """
    items = list(local.items)
    before: str | None = None
    for item in remote.items:
        places = {known.id: place for place, known in enumerate(items)}
        if item.id not in places:
            items.insert(places[before] + 1 if before is not None else 0, item)
        before = item.id
    return llm.ChatContext(items)


def _without_orphaned_calls(items: Sequence[llm.ChatItem]) -> list[llm.ChatItem]:
    calls = {item.call_id for item in items if item.type == "function_call"}
    results = {item.call_id for item in items if item.type == "function_call_output"}
    return [
        item
        for item in items
        if not isinstance(item, llm.FunctionCall | llm.FunctionCallOutput) or item.call_id in calls & results
    ]
