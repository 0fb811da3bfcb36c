"""The table of Realtime model capabilities in the code matches the guide."""

import re
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import llm
from livekit.plugins import openai

from offhook.session.context.realtime_capabilities import CAPABILITIES, capabilities_of

from .duplex import FakeDuplex


class Declared(llm.RealtimeModel):
    """A model that is not in the table, with its declared capabilities."""

    def __init__(self, *, context: bool, instructions: bool) -> None:
        super().__init__(
            capabilities=llm.RealtimeCapabilities(
                message_truncation=False,
                turn_detection=False,
                user_transcription=False,
                auto_tool_reply_generation=False,
                audio_output=True,
                manual_function_calls=False,
                mutable_chat_context=context,
                mutable_instructions=instructions,
            )
        )

    def session(self, *, turn_detection_disabled: bool = False) -> Any:
        raise NotImplementedError

    async def aclose(self) -> None:
        return


@pytest.mark.parametrize(("context", "cut"), [(True, "in place"), (False, "fresh")])
@pytest.mark.parametrize(("instructions", "instruct"), [(True, "in place"), (False, "fresh")])
def test_an_unknown_model_is_believed(*, context: bool, cut: str, instructions: bool, instruct: str) -> None:
    ways = capabilities_of(Declared(context=context, instructions=instructions))
    assert (ways.instruct, ways.cut, set(ways.add.values())) == (instruct, cut, {cut})


GUIDE = Path(__file__).parents[3] / "docs" / "changing-the-agent.md"

ROWS = {
    "OpenAI Realtime (also at Azure OpenAI)": "livekit.plugins.openai",
    "Azure Voice Live": "livekit.plugins.azure",
    "Gemini Live on Vertex AI": "Vertex AI",
    "Gemini Live, Gemini API": "livekit.plugins.google",
    "Ultravox": "livekit.plugins.ultravox",
    "Amazon Nova Sonic": "livekit.plugins.aws",
    "Phonic": "livekit.plugins.phonic",
    "NVIDIA PersonaPlex": "livekit.plugins.nvidia",
    "duplex models (GPT-Live)": "duplex",
}


def added(cell: str) -> dict[str, str]:
    """The ways of a table cell by role; a cell without roles applies to all roles."""
    parts = [(re.findall(r"`(\w+)`", part), re.sub(r"`\w+`|and", "", part).strip()) for part in cell.split(", ")]
    return {role: way for roles, way in parts for role in roles or ("system", "user", "assistant")}


@pytest.mark.parametrize("row", ROWS)
def test_the_guide_says_what_the_table_says(row: str) -> None:
    cells = [line.strip("| ").split(" | ") for line in GUIDE.read_text(encoding="utf-8").splitlines()]
    (told,) = [cell for cell in cells if cell[0] == row]
    ways = CAPABILITIES[ROWS[row]]
    assert (told[1], told[2]) == (ways.instruct, ways.cut)
    assert added(told[3]) | {"developer": ways.add["system"]} == ways.add


def test_every_row_of_the_table_is_in_the_guide() -> None:
    assert set(ROWS.values()) == set(CAPABILITIES)


@pytest.mark.parametrize("declared", [False, True])
def test_a_duplex_model_deletes_nothing_whatever_it_declares(*, declared: bool) -> None:
    model = FakeDuplex(mutable_chat_context=declared, mutable_instructions=declared)
    assert capabilities_of(llm.DuplexRealtimeAdapter(model)) is CAPABILITIES["duplex"]


def test_a_model_made_from_openais_is_changed_as_openais_is() -> None:
    made = type("GrokModel", (openai.realtime.RealtimeModel,), {"__module__": "livekit.plugins.xai.realtime"})
    assert capabilities_of(made(api_key="any")) is CAPABILITIES["livekit.plugins.openai"]
