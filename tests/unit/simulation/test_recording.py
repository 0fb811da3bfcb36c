"""Calls that are recorded: the consent, the file and its fact, and pauses in audio and journal."""

import hashlib
import re
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from livekit.agents import Agent, RunContext, function_tool

from offhook import Analysis, Call, Consent, Outcome, Plan, Recording, call_of, pause_recording, resume_recording, serve
from offhook.models.offline.rules import Reply
from offhook.testing import Phone, ScriptedCaller, SimulatedCall, simulate

pytestmark = pytest.mark.slow

QUESTION = "May we record this call?"
DECLINED = "All right, this call is not recorded."
CARD = "four one one one"
HIDDEN = "[not recorded]"
ONSET = 0.003
"""The level at the beginning of a simulated line. The codec removes the rest of its tone, which is a constant."""
PLAN: dict[str, Any] = {}
ANALYSED: list[str] = []


@function_tool
async def ask_card(ctx: RunContext[Any]) -> str:
    """Ask for the card."""
    with call_of(ctx).recording_paused(by="ask_card"):
        got = await call_of(ctx).collect(4, prompt="Please enter your card.", timeout=12)
    return f"card {got.keys}"


def analyse(call: Any) -> Outcome:
    ANALYSED.extend(str(item) for item in call.conversation)
    return Outcome("done")


def plan(call: Call) -> Plan:
    tools = [ask_card, pause_recording(), resume_recording()]
    return Plan(agent=Agent(instructions="Desk.", tools=tools), greeting="Hello.", after=[Analysis(analyse)], **PLAN)


server = serve(plan)
REPLIES = {
    "my card": Reply(tool="ask_card"),
    "private": Reply(tool="pause_recording"),
    "public": Reply(tool="resume_recording"),
    "tool:.*paused": "Tell me the number.",
    "tool:.*goes on": "I have it.",
    "tool:.*card": "Thank you for the card.",
    "opening": "We are open all day.",
    CARD: "Got the number four one one one.",
    "yes": "Good, how can I help?",
    "no": "Fine, how can I help?",
}
ASKED = Recording(consent=Consent(text=QUESTION))


def played(folder: Path, recording: Recording | None, *steps: Any, phone: Any = None) -> SimulatedCall:
    PLAN["recording"] = recording
    ANALYSED.clear()

    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello.")
        for step in steps:
            await step(call)
        await call.hangs_up()

    environ = {"OFFHOOK_RECORDINGS": str(folder)}
    return simulate(server, caller, phone=phone or Phone(), replies=REPLIES, environ=environ)


def bodies(call: SimulatedCall, name: str) -> list[Any]:
    return [record.body for record in call.records if record.name == name]


def levels(path: str) -> Any:
    """The loudest sample of the caller and of the agent in each 10 ms."""
    with av.open(path) as container:
        frames = [frame.to_ndarray().reshape(2, -1) for frame in container.decode(audio=0)]
    sound = np.abs(np.concatenate(frames, axis=1))
    return sound[:, : sound.shape[1] // 480 * 480].reshape(2, -1, 480).max(axis=2)


def hears(text: str) -> Any:
    return lambda call: call.hears(text)


def says(text: str) -> Any:
    return lambda call: call.says(text)


def test_after_a_yes_the_call_is_recorded_hashed_and_linked(tmp_path: Path) -> None:
    call = played(tmp_path, ASKED, hears(QUESTION), says("yes please"), hears("Good, how can I help?"))
    assert bodies(call, "ConsentAnswered") == [{"answer": "yes", "how": "words", "said": "yes please"}]
    (kept,) = bodies(call, "RecordingKept")
    content = Path(kept["path"]).read_bytes()
    assert (kept["sha256"], kept["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert kept["path"] == str(tmp_path / "AJ_simulated.ogg")
    assert kept["complete"]
    assert kept["gaps"] == []
    (began,), (said,) = call.at("RecordingStarted"), call.at("Ended")
    assert 0 < kept["seconds"] <= said - began + 0.05  # Opus frames of 20 ms
    assert Path(kept["path"]).stat().st_mode & 0o077 == 0
    assert levels(kept["path"])[1].max() > ONSET
    names = [record.name for record in call.records]
    assert names.index("RecordingKept") < names.index("HookRan") < names.index("Ended")


@pytest.mark.parametrize(
    ("steps", "how", "said"),
    [
        ((says("no thanks"), hears("Fine, how can I help?"), hears(DECLINED)), "words", "no thanks"),
        ((lambda call: call.presses("2"), hears(DECLINED)), "key", "2"),
        ((hears(DECLINED),), "timeout", ""),
    ],
)
def test_without_consent_nothing_is_recorded_and_the_call_goes_on(
    tmp_path: Path, steps: tuple[Any, ...], how: str, said: str
) -> None:
    call = played(tmp_path, ASKED, hears(QUESTION), *steps, says("opening hours"), hears("We are open all day."))
    assert bodies(call, "ConsentAnswered") == [{"answer": "no", "how": how, "said": said}]
    assert bodies(call, "RecordingStarted") == bodies(call, "RecordingKept") == []
    assert list(tmp_path.iterdir()) == []


def test_a_key_consents_and_the_agent_thanks(tmp_path: Path) -> None:
    call = played(tmp_path, ASKED, hears(QUESTION), lambda call: call.presses("1"), hears("Thank you."))
    assert bodies(call, "ConsentAnswered") == [{"answer": "yes", "how": "key", "said": "1"}]
    assert len(bodies(call, "RecordingKept")) == 1


def test_a_pause_is_silent_in_the_audio_to_100_ms_and_has_no_words_in_the_journal(tmp_path: Path) -> None:
    call = played(
        tmp_path,
        Recording(consent=None),
        says("my card"),
        hears(""),
        lambda call: call.silent(3),
        lambda call: call.presses("4111"),
        hears("Thank you for the card."),
        says("opening hours"),
        hears("We are open all day."),
    )
    (paused,), (resumed,) = call.at("RecordingPaused"), call.at("RecordingResumed")
    (kept,), (began,) = bodies(call, "RecordingKept"), call.at("RecordingStarted")
    ((start, end),) = kept["gaps"]
    assert (start, end) == pytest.approx((paused - began, resumed - began), abs=0.1)
    agent = levels(kept["path"])[1]
    assert agent[int(start * 100) + 10 : int(end * 100) - 10].max() < ONSET / 5
    assert agent[: int(start * 100)].max() > ONSET
    assert agent[int(end * 100) :].max() > ONSET
    assert [body["digit"] for body in bodies(call, "KeyPressed")] == [HIDDEN] * 4
    (output,) = [body["output"] for body in bodies(call, "ToolEnded")]
    assert output == HIDDEN
    said = [body["text"] for body in bodies(call, "MessageCommitted")]
    assert said == ["Hello.", "my card", HIDDEN, "Thank you for the card.", "opening hours", "We are open all day."]
    assert not re.search("4111|enter your card", str([record.body for record in call.records]))


def test_the_model_pauses_and_resumes_and_no_word_of_the_pause_is_kept(tmp_path: Path) -> None:
    call = played(
        tmp_path,
        Recording(consent=None),
        says("something private"),
        lambda call: call.silent(4),
        says(CARD),
        lambda call: call.silent(4),
        says("all public again"),
        lambda call: call.silent(4),
        says("opening hours"),
        hears("We are open all day."),
    )
    told = str([record.body for record in call.records])
    assert CARD not in told
    assert "Got the number" not in told
    said = [body["text"] for body in bodies(call, "MessageCommitted")]
    assert said[:2] == ["Hello.", "something private"]
    assert said[2:6].count(HIDDEN) >= 3
    assert said[-2:] == ["opening hours", "We are open all day."]
    assert ANALYSED
    assert CARD not in str(ANALYSED)
    assert "opening hours" in str(ANALYSED)


def test_a_folder_that_cannot_be_written_is_a_fact_and_the_call_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    call = played(tmp_path / "file", Recording(consent=None), says("opening hours"), hears("We are open all day."))
    (failed,) = bodies(call, "RecordingFailed")
    assert failed["stage"] == "start"
    assert "make the folder writable" in failed["error"]
    assert bodies(call, "RecordingKept") == []


def test_a_call_without_a_recording_gets_no_recorder(tmp_path: Path) -> None:
    call = played(tmp_path, None, says("opening hours"), hears("We are open all day."))
    assert not [record.name for record in call.records if "Record" in record.name or "Consent" in record.name]
    assert list(tmp_path.iterdir()) == []
