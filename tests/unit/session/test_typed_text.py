"""A typed text of megabytes reaches the agent cut; every other text reaches it as it is."""

from typing import Any

from livekit.agents.voice.room_io import RoomOptions, TextInputEvent, TextInputOptions

from offhook.session.typed_text import MAX_TYPED, with_limit


async def typed(text: str) -> str:
    """What a plan's own callback gets."""
    got = list[str]()

    async def receive(_: Any, event: TextInputEvent) -> None:
        got.append(event.text)

    options = with_limit(RoomOptions(text_input=TextInputOptions(text_input_cb=receive))).get_text_input_options()
    assert options is not None
    result: Any = options.text_input_cb(None, TextInputEvent(text=text))  # type: ignore[arg-type]  # not used
    await result
    return got[0]


async def test_ten_megabytes_are_cut() -> None:
    assert await typed("x" * 10_000_000) == "x" * MAX_TYPED


async def test_other_text_is_unchanged() -> None:
    assert await typed("hello") == "hello"


def test_a_plan_without_text_input_has_none() -> None:
    options = RoomOptions(text_input=False)
    assert with_limit(options) == options
