"""Loads the conversation of an earlier call from the journal, as a `ChatContext` of LiveKit."""

from pathlib import Path

from livekit.agents import llm

from offhook.journal.place import open_calls, place_of
from offhook.reports.messages import Message, messages
from offhook.settings import load_settings

__all__ = ["load_chat_context"]


def load_chat_context(call: str, journal: Path | str | None = None) -> llm.ChatContext:
    """Load a call's conversation, with its tool calls, from the journal. Pass the result to an agent as `chat_ctx`.

    `call` is the id of the call, the start of the id, or `last`. `journal` is a file, a `postgresql://` address, or
    `postgres` for the database in the settings; if `journal` is None, the journal file in the settings is read.
    Redacted texts and unfinished tool calls are left out. Raises `JournalError` if there is no such call. The function
    blocks while it reads: in an async plan function, call it with `asyncio.to_thread`.
    """
    settings = load_settings()
    place = settings.journal if journal is None else place_of(str(journal), lambda: settings.postgres_address)
    with open_calls(place) as reader:
        records = reader.records(reader.find(call))
    context = llm.ChatContext.empty()
    for item in messages(records):
        if isinstance(item, Message):
            context.add_message(role=item.role, content=item.text, interrupted=item.interrupted, created_at=item.at)
            continue
        call_id, name, at = item.id, item.name, item.at
        made = llm.FunctionCall(call_id=call_id, name=name, arguments=item.arguments, created_at=at)
        result = llm.FunctionCallOutput(
            call_id=call_id, name=name, output=item.output, is_error=item.error, created_at=at
        )
        context.insert([made, result])
    return context
