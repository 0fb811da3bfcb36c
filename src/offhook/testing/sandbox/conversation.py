"""The conversation of a Realtime session: its items in order, and the changes that the API client may make."""

import uuid
from dataclasses import dataclass, field

from offhook.testing.sandbox.hook import Json, Refusal
from offhook.testing.sandbox.llm import Line
from offhook.testing.sandbox.responses import lines_of

__all__ = ["Conversation", "new_id"]


def new_id(kind: str) -> str:
    """Return a new unique id."""
    return f"{kind}_{uuid.uuid4().hex[:20]}"


@dataclass(slots=True)
class Conversation:
    """The items of the conversation, in order. A method returns a `Refusal` for a change that is not allowed."""

    items: list[Json] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    """The audio length of each spoken item, by item id."""
    names: dict[str, str] = field(default_factory=dict)
    """The tool name of each tool call, by call id."""

    def lines(self) -> tuple[Line, ...]:
        return tuple(lines_of(self.items, self.names))

    def add(self, item: Json, after: str | None = None) -> Json | Refusal:
        """Insert an item at the end, after another item, or at the start (`after="root"`); return the event to send."""
        item = {"object": "realtime.item", "status": "completed", **item, "id": item.get("id") or new_id("item")}
        if item.get("type") not in ("message", "function_call", "function_call_output"):
            return Refusal(400, f"Invalid value: {item.get('type')!r}.", "invalid_value")
        if self._place(item["id"]) is not None:
            return Refusal(400, f"Item with id '{item['id']}' already exists.", "item_create_duplicate_item_id")
        place = len(self.items) if after is None else 0 if after == "root" else self._after(after)
        if place is None:
            return Refusal(400, f"Item with id '{after}' not found.", "item_create_invalid_previous_item_id")
        self.items.insert(place, item)
        lines_of([item], self.names)
        before = self.items[place - 1]["id"] if place else None
        return {"type": "conversation.item.added", "previous_item_id": before, "item": item}

    def delete(self, name: str) -> Json | Refusal:
        place = self._place(name)
        if place is None:
            return Refusal(400, f"Item with id '{name}' not found.", "item_delete_invalid_item_id")
        del self.items[place]
        return {"type": "conversation.item.deleted", "item_id": name}

    def truncate(self, message: Json) -> Json | Refusal:
        """Remove the part of a spoken item that was not played, and the words of that part."""
        name, until = str(message.get("item_id")), int(message.get("audio_end_ms") or 0)
        place = self._place(name)
        if place is None:
            return Refusal(400, f"Item with id '{name}' not found.", "item_truncate_invalid_item_id")
        if self.items[place].get("role") != "assistant" or name not in self.seconds:
            return Refusal(400, "Only model output audio messages can be truncated.", "invalid_value")
        length = self.seconds[name]
        if until / 1000 > length + 0.05:
            text = f"Audio content of {length * 1000:.0f}ms is already shorter than {until}ms"
            return Refusal(400, text, "invalid_value")
        self.items[place] = _shortened(self.items[place], until / 1000 / length if length else 0.0)
        self.seconds[name] = until / 1000
        return {
            "type": "conversation.item.truncated",
            "item_id": name,
            "content_index": message.get("content_index", 0),
            "audio_end_ms": until,
        }

    def retrieve(self, name: str) -> Json | Refusal:
        place = self._place(name)
        if place is None:
            return Refusal(400, f"Item with id '{name}' not found.", "item_retrieve_invalid_item_id")
        return {"type": "conversation.item.retrieved", "item": self.items[place]}

    def replace(self, item: Json) -> None:
        """Replace the conversation's item with the same id by this item; do nothing if that item was deleted."""
        place = self._place(item["id"])
        if place is not None:
            self.items[place] = item
            lines_of([item], self.names)

    def _place(self, name: str) -> int | None:
        return next((place for place, item in enumerate(self.items) if item["id"] == name), None)

    def _after(self, name: str) -> int | None:
        place = self._place(name)
        return None if place is None else place + 1


def _shortened(item: Json, share: float) -> Json:
    content = []
    for part in item.get("content") or ():
        words = str(part.get("transcript") or "").split()
        content.append({**part, "transcript": " ".join(words[: int(len(words) * share)])})
    return {**item, "content": content}
