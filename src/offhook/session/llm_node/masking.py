"""Masks personal data in the context that an LLM reads. The agent's own context does not change."""

from livekit.agents import llm

from offhook.redaction.redactor import Redactor

__all__ = ["masked_context"]


def masked_context(context: llm.ChatContext, redactor: Redactor) -> llm.ChatContext:
    """Return a copy of the context in which the caller's messages and the tool results are masked.

    Instructions are not masked, because the agent's author wrote them. The model's own messages and tool calls are not
    masked, because the model has read only masked text. If they were masked, an API that stores the conversation
    (OpenAI's Responses) would get each changed item a second time. The caller's messages are masked together, because
    one number may be split over several messages.
    """
    texts = [
        (item.role, part)
        for item in context.items
        if isinstance(item, llm.ChatMessage) and item.role == "user"
        for part in item.content
        if isinstance(part, str)
    ]
    masked = iter(redactor.redact_turns(texts))
    items: list[llm.ChatItem] = []
    for item in context.items:
        match item:
            case llm.ChatMessage(role="user"):
                content = [next(masked) if isinstance(part, str) else part for part in item.content]
                items.append(item.model_copy(update={"content": content}) if content != item.content else item)
            case llm.FunctionCallOutput():
                items.append(item.model_copy(update={"output": redactor.redact_json(item.output)}))
            case _:
                items.append(item)
    return llm.ChatContext(items)
