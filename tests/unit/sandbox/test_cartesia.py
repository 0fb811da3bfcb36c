"""The real, unchanged Cartesia plugin speaks with the sandbox's TTS."""

import json
from typing import Any

import aiohttp
import pytest
from livekit.agents import APIConnectOptions, APIStatusError, tts
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT
from livekit.plugins import cartesia

from offhook.testing.sandbox import Sandbox, Tone

pytestmark = pytest.mark.usefixtures("plugins")

FIRST, SECOND = "The front desk is open day and night.", "Breakfast is from seven to ten."


def voice(sandbox: Sandbox, **wanted: Any) -> cartesia.TTS:
    return cartesia.TTS(**{"api_key": "any", "base_url": sandbox.url, **wanted})


async def said(stream: tts.SynthesizeStream | tts.ChunkedStream) -> tuple[float, list[Any]]:
    """The seconds of audio, and the words with their times."""
    seconds, words = 0.0, list[Any]()
    async for audio in stream:
        seconds += audio.frame.duration
        words += audio.frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])
    return seconds, words


async def streamed(speaker: cartesia.TTS, *texts: str) -> tuple[float, list[Any]]:
    stream = speaker.stream()
    for text in texts:
        stream.push_text(f"{text} ")
    stream.end_input()
    result = await said(stream)
    await stream.aclose()
    return result


async def test_the_length_of_the_sound_tells_what_was_said(sandbox: Sandbox) -> None:
    seconds, words = await streamed(voice(sandbox), FIRST, SECOND)
    assert seconds == pytest.approx(0.05 * len(FIRST + SECOND), abs=0.06)
    assert "".join(words).split() == f"{FIRST} {SECOND}".split()
    starts = [word.start_time for word in words]
    assert starts == sorted(starts)
    assert starts[-1] > 0.05 * len(FIRST)


async def test_the_plugin_says_what_the_sandbox_reads(sandbox: Sandbox) -> None:
    await streamed(voice(sandbox), FIRST)
    connected, spoken, ended = sandbox.requests
    assert (connected.provider, connected.path, connected.how, connected.auth) == (
        "cartesia",
        "/tts/websocket",
        "connect",
        "X-API-Key",
    )
    assert dict(connected.query) == {"cartesia_version": "2025-04-16"}
    assert (spoken.body["transcript"].strip(), spoken.body["continue"]) == (FIRST, True)
    assert (ended.body["transcript"], ended.body["continue"]) == (" ", False)
    assert spoken.body["context_id"] == ended.body["context_id"]
    assert spoken.body["output_format"] == {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24000}
    assert (spoken.body["model_id"], spoken.body["voice"]["mode"], spoken.body["add_timestamps"]) == (
        "sonic-3",
        "id",
        True,
    )


async def test_one_websocket_serves_many_contexts(sandbox: Sandbox) -> None:
    speaker = voice(sandbox)
    spoken = [await streamed(speaker, text) for text in (FIRST, SECOND)]
    assert ["".join(words).split() for _, words in spoken] == [FIRST.split(), SECOND.split()]
    assert [one.how for one in sandbox.requests].count("connect") == 1
    await speaker.aclose()


async def test_a_whole_text_is_spoken_by_http(sandbox: Sandbox) -> None:
    seconds, _ = await said(voice(sandbox, sample_rate=16000).synthesize(FIRST))
    assert seconds == pytest.approx(0.05 * len(FIRST), abs=0.02)
    assert [(one.how, one.path, one.auth) for one in sandbox.requests] == [("post", "/tts/bytes", "X-API-Key")]


async def test_the_tone_is_as_long_as_it_is_told_to_be() -> None:
    async with Sandbox(tts=Tone(letter=0.02)) as sandbox:
        seconds, _ = await said(voice(sandbox).synthesize(FIRST))
    assert seconds == pytest.approx(0.02 * len(FIRST), abs=0.02)


async def test_the_key_refused_is_refused(sandbox: Sandbox, once: APIConnectOptions) -> None:
    with pytest.raises(APIStatusError) as refused:
        await said(voice(sandbox, api_key="refused").synthesize(FIRST, conn_options=once))
    assert refused.value.status_code == 401


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("2025-04-16", "Unauthorized: Invalid API key."),
        ("2026-03-01", {"error_code": "unauthorized", "title": "Unauthorized", "message": "Invalid API key."}),
    ],
)
async def test_a_refusal_is_in_the_form_of_the_version(sandbox: Sandbox, version: str, wanted: object) -> None:
    headers = {"X-API-Key": "refused", "Cartesia-Version": version}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{sandbox.url}/voices") as response:
        text = await response.text()
    told = text if isinstance(wanted, str) else {k: v for k, v in json.loads(text).items() if k != "request_id"}
    assert (response.status, told) == (401, wanted)


async def test_voices_are_listed_for_either_form_of_key(sandbox: Sandbox) -> None:
    for headers in ({"X-API-Key": "any"}, {"Authorization": "Bearer any"}):
        async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{sandbox.url}/voices") as response:
            assert [one["name"] for one in (await response.json())["data"]] == ["Sandbox"]


GOOD = {
    "context_id": "1",
    "transcript": "Hello.",
    "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16000},
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"context_id": ""}, "context_id is required"),
        ({"transcript": None}, "transcript and output_format are required"),
        ({"output_format": {"container": "mp3"}}, "container must be one of raw"),
        ({"output_format": {"container": "raw", "encoding": "pcm_mulaw"}}, "the sandbox supports only pcm_s16le"),
        (
            {"output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": "8k"}},
            "sample_rate must be a positive number of samples per second",
        ),
    ],
    ids=str,
)
async def test_what_cannot_be_spoken_is_complained_about_and_the_next_is_spoken(
    sandbox: Sandbox, change: dict[str, Any], told: str
) -> None:
    async with (
        aiohttp.ClientSession(headers={"X-API-Key": "any"}) as http,
        http.ws_connect(f"{sandbox.url}/tts/websocket?cartesia_version=2025-04-16") as websocket,
    ):
        await websocket.send_json({**GOOD, **change})
        error = await websocket.receive_json(timeout=5)
        await websocket.send_json({**GOOD, "flush": True})
        kinds = []
        while "done" not in kinds:
            kinds.append((await websocket.receive_json(timeout=5))["type"])
    assert (error["type"], error["status_code"], error["message"], error["done"]) == ("error", 400, told, True)
    assert kinds == ["chunk", "chunk", "flush_done", "done"]
