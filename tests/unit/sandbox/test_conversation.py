"""A Realtime conversation accepts only the changes that the real API accepts."""

from typing import Any

import pytest

from offhook.testing.sandbox import Line, Refusal
from offhook.testing.sandbox.conversation import Conversation


def message(name: str, role: str = "user", **part: str) -> dict[str, Any]:
    content = part or {"type": "input_text", "text": name}
    return {"id": name, "type": "message", "role": role, "content": [content]}


def order(conversation: Conversation) -> list[str]:
    return [item["id"] for item in conversation.items]


def test_items_go_to_the_end_to_the_root_or_after_another_one() -> None:
    conversation = Conversation()
    places = [("b", None), ("d", None), ("a", "root"), ("c", "b")]
    added = [conversation.add(message(name), after) for name, after in places]
    assert order(conversation) == ["a", "b", "c", "d"]
    assert [one["previous_item_id"] for one in added if isinstance(one, dict)] == [None, "b", None, "b"]


def test_words_of_which_half_was_heard_are_half_forgotten() -> None:
    conversation = Conversation(seconds={"x": 2.0})
    conversation.add(message("x", "assistant", type="output_audio", transcript="Good day to you."))
    conversation.truncate({"item_id": "x", "audio_end_ms": 1000})
    assert conversation.lines() == (Line("assistant", "Good day"),)


def test_a_result_knows_the_tool_of_its_call() -> None:
    conversation = Conversation()
    conversation.add({"id": "1", "type": "function_call", "call_id": "c", "name": "book", "arguments": "{}"})
    conversation.add({"id": "2", "type": "function_call_output", "call_id": "c", "output": "four"})
    assert conversation.lines() == (Line("call", "{}", "book"), Line("result", "four", "book"))


@pytest.mark.parametrize(
    ("item", "after", "code"),
    [
        (message("x"), None, "item_create_duplicate_item_id"),
        (message("y"), "nobody", "item_create_invalid_previous_item_id"),
        ({"type": "picture"}, None, "invalid_value"),
    ],
)
def test_an_item_that_cannot_be_added_changes_nothing(item: dict[str, Any], after: str | None, code: str) -> None:
    conversation = Conversation()
    conversation.add(message("x"))
    refusal = conversation.add(item, after)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, order(conversation)) == (code, ["x"])


@pytest.mark.parametrize(
    ("name", "until", "code"),
    [
        ("nobody", 100, "item_truncate_invalid_item_id"),
        ("caller", 100, "invalid_value"),
        ("agent", 5000, "invalid_value"),
    ],
)
def test_only_sound_of_the_model_is_cut_and_not_beyond_its_end(name: str, until: int, code: str) -> None:
    conversation = Conversation(seconds={"agent": 2.0})
    conversation.add(message("caller"))
    conversation.add(message("agent", "assistant", type="output_audio", transcript="Good day."))
    refusal = conversation.truncate({"item_id": name, "audio_end_ms": until})
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert conversation.lines()[-1].text == "Good day."


def test_what_is_deleted_or_retrieved_must_be_there() -> None:
    conversation = Conversation()
    conversation.add(message("x"))
    retrieved = conversation.retrieve("x")
    assert isinstance(retrieved, dict)
    assert retrieved["item"]["id"] == "x"
    assert conversation.delete("x") == {"type": "conversation.item.deleted", "item_id": "x"}
    codes = [
        refusal.code
        for refusal in (conversation.delete("x"), conversation.retrieve("x"))
        if isinstance(refusal, Refusal)
    ]
    assert codes == ["item_delete_invalid_item_id", "item_retrieve_invalid_item_id"]
