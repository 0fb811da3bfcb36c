"""What is left of a chat context when all but the last of it is forgotten."""

from collections.abc import Sequence

from livekit.agents import llm
from livekit.agents.llm.chat_context import DYNAMIC_INSTRUCTIONS_MESSAGE_ID
from livekit.agents.voice.generation import INSTRUCTIONS_MESSAGE_ID

__all__ = ["trimmed", "whole"]

_INSTRUCTIONS = (INSTRUCTIONS_MESSAGE_ID, DYNAMIC_INSTRUCTIONS_MESSAGE_ID)
_TOOLS = ("function_call", "function_call_output")
_UNSEEN = ("agent_config_update", "agent_handoff")
"""Items that no model is shown, so that they do not count among those that are kept."""


def trimmed(context: llm.ChatContext, *, keep: int, tools: bool) -> llm.ChatContext:
    """The instructions and the last `keep` items; a tool call and its result stay together or go together.

    The item of the instructions is kept as it is: a new one would be sorted behind what is older than it.
    """
    shown = [item for item in context.items if item.type not in _UNSEEN]
    told = [item for item in shown if item.id in _INSTRUCTIONS]
    said = [item for item in shown if item.id not in _INSTRUCTIONS and (tools or item.type not in _TOOLS)]
    return llm.ChatContext([*told, *_paired(said[-keep:] if keep else [])])


def whole(local: llm.ChatContext, remote: llm.ChatContext) -> llm.ChatContext:
    """The agent's context with what only a Realtime model's session has, such as a turn whose words are not known yet.

    livekit-agents 1.8.9 makes the session equal to the context it is given: what is missing there is deleted.
    """
    items = list(local.items)
    before: str | None = None
    for item in remote.items:
        places = {known.id: place for place, known in enumerate(items)}
        if item.id not in places:
            items.insert(places[before] + 1 if before is not None else 0, item)
        before = item.id
    return llm.ChatContext(items)


def _paired(items: Sequence[llm.ChatItem]) -> list[llm.ChatItem]:
    calls = {item.call_id for item in items if item.type == "function_call"}
    results = {item.call_id for item in items if item.type == "function_call_output"}
    return [
        item
        for item in items
        if not isinstance(item, llm.FunctionCall | llm.FunctionCallOutput) or item.call_id in calls & results
    ]
