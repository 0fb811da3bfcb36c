"""What the LLM reads is masked if the settings say so; the agent's own context keeps the words."""

from typing import Any

import pytest
from livekit.agents import function_tool

from offhook.redaction.redactor import Redactor
from offhook.testing.sandbox import Answer, Asked

from .provided import CHAT, PROMPT, REALTIME, Desk, desk, play, system

CARD = "4111 1111 1111 1111"


@function_tool
async def look_up(guest: str) -> str:
    """Look up a guest."""
    return '{"card": 4111111111111111, "mail": "ada@example.com"}'


def brain(asked: Asked) -> Answer | str:
    last = asked.lines[-1]
    if last.role == "user" and "look" in last.text:
        return Answer(tool="look_up", arguments={"guest": "Ada"})
    return "Thank you."


@pytest.mark.parametrize("make", CHAT.values(), ids=CHAT)
def test_the_model_reads_no_card_also_when_it_is_split(edge: Any, make: Any) -> None:
    async def scene(desk: Desk) -> None:
        desk.call.taps.mask_model(Redactor())
        await desk.says("my card is 4111 1111")
        await desk.says("and 1111 1111")
        assert desk.shown == [
            system(PROMPT),
            ("user", "my card is [card]"),
            ("assistant", "Thank you."),
            ("user", "and [card]"),
        ]
        said = [item.text_content for item in desk.session.history.messages() if item.role == "user"]
        assert said == ["my card is 4111 1111", "and 1111 1111"]

    play(scene, desk(), edge=edge, make=make, brain=brain)


@pytest.mark.parametrize("make", CHAT.values(), ids=CHAT)
def test_the_model_reads_no_personal_data_in_tool_results(edge: Any, make: Any) -> None:
    async def scene(desk: Desk) -> None:
        desk.call.taps.mask_model(Redactor())
        await desk.says("look me up")
        assert desk.whole()
        assert ("result", '{"card": "[card]", "mail": "[email]"}') in desk.shown
        assert "ada@example.com" not in str(desk.asked[-1].lines)

    play(scene, desk(look_up), edge=edge, make=make, brain=brain)


@pytest.mark.parametrize("make", CHAT.values(), ids=CHAT)
def test_without_the_setting_the_model_reads_the_words(edge: Any, make: Any) -> None:
    async def scene(desk: Desk) -> None:
        await desk.says(CARD)
        assert ("user", CARD) in desk.shown

    play(scene, desk(), edge=edge, make=make, brain=brain)


def test_a_realtime_model_cannot_be_masked_and_the_journal_says_so(edge: Any) -> None:
    async def scene(desk: Desk) -> None:
        desk.call.taps.mask_model(Redactor())
        assert edge.find("Warned").body == {"text": "OFFHOOK_REDACT=model has no effect on a Realtime model"}

    play(scene, desk(), edge=edge, make=REALTIME, brain=brain)
