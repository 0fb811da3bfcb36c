"""The real, unchanged Deepgram plugin receives the sandbox's transcripts."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions, APIStatusError, stt
from livekit.plugins import deepgram

from offhook.testing.sandbox import Oracle, Request, Sandbox

pytestmark = pytest.mark.usefixtures("plugins")

Kind = stt.SpeechEventType
LINE = "What are your opening hours?"
Spoken = Callable[..., list[rtc.AudioFrame]]


def recogniser(sandbox: Sandbox, **wanted: Any) -> deepgram.STT:
    return deepgram.STT(**{"api_key": "any", "base_url": f"{sandbox.url}/v1/listen", **wanted})


async def heard(stream: stt.RecognizeStream, frames: list[rtc.AudioFrame], ends: int = 1) -> list[stt.SpeechEvent]:
    """All events up to the end of this many utterances; the plugin ends only seconds after its input ends."""
    for frame in frames:
        stream.push_frame(frame)
    events = []
    async for event in stream:
        events.append(event)
        if [one.type for one in events].count(Kind.END_OF_SPEECH) == ends:
            break
    await stream.aclose()
    return events


async def test_a_spoken_line_arrives_as_start_interims_final_and_end(
    sandbox: Sandbox, oracle: Oracle, spoken: Spoken
) -> None:
    oracle.expect(LINE)
    events = await heard(recogniser(sandbox).stream(), spoken("what are your opening hours"))
    kinds = [event.type for event in events if event.type != Kind.RECOGNITION_USAGE]
    assert (kinds[0], *kinds[-2:]) == (Kind.START_OF_SPEECH, Kind.FINAL_TRANSCRIPT, Kind.END_OF_SPEECH)
    interims = [event.alternatives[0].text for event in events if event.type == Kind.INTERIM_TRANSCRIPT]
    assert interims[0] == "What"
    assert interims == sorted(interims, key=len)
    final = next(event.alternatives[0] for event in events if event.type == Kind.FINAL_TRANSCRIPT)
    assert final.text == LINE
    assert [str(word) for word in final.words or ()] == LINE.split()
    assert final.start_time == pytest.approx(0.18, abs=0.05)
    assert final.end_time == pytest.approx(2.1, abs=0.1)


async def test_the_plugin_asks_for_what_the_sandbox_reads(sandbox: Sandbox, spoken: Spoken) -> None:
    await heard(recogniser(sandbox).stream(), spoken("hello"))
    connected, *_ = sandbox.requests
    assert (connected.provider, connected.path, connected.how, connected.auth) == (
        "deepgram",
        "/v1/listen",
        "connect",
        "Token",
    )
    assert dict(connected.query) == {
        "model": "nova-3",
        "punctuate": "true",
        "smart_format": "false",
        "no_delay": "true",
        "interim_results": "true",
        "encoding": "linear16",
        "vad_events": "true",
        "sample_rate": "16000",
        "channels": "1",
        "endpointing": "25",
        "filler_words": "true",
        "profanity_filter": "false",
        "numerals": "false",
        "mip_opt_out": "false",
        "language": "en-US",
    }


async def test_the_plugin_keeps_the_line_alive_and_closes_it_in_words(oracle: Oracle, spoken: Spoken) -> None:
    closed = asyncio.Event()

    def look(request: Request) -> None:
        if request.body.get("type") == "CloseStream":
            closed.set()

    oracle.expect("Hello.")
    async with Sandbox(stt=oracle, on_request=look) as sandbox:
        stream = recogniser(sandbox).stream()
        for frame in spoken("hello"):
            stream.push_frame(frame)
        assert (await anext(aiter(stream))).type == Kind.START_OF_SPEECH
        stream.end_input()
        await asyncio.wait_for(closed.wait(), 30)
        await stream.aclose()
        said = [request.body["type"] for request in sandbox.requests if request.how == "message"]
    assert said == ["KeepAlive", "Finalize", "CloseStream"]


async def test_a_flush_ends_an_utterance_that_has_not_ended(sandbox: Sandbox, oracle: Oracle, spoken: Spoken) -> None:
    oracle.expect("one", "two")
    stream = recogniser(sandbox).stream()
    first = spoken("monologue")[:50]
    for frame in first:
        stream.push_frame(frame)
    stream.flush()
    events = await heard(stream, spoken("hello"), ends=2)
    assert [event.alternatives[0].text for event in events if event.type == Kind.FINAL_TRANSCRIPT] == ["one", "two"]


async def test_noise_that_nobody_expects_is_an_utterance_without_words(sandbox: Sandbox, spoken: Spoken) -> None:
    events = await heard(recogniser(sandbox).stream(), spoken("hiss"))
    assert [e.type for e in events if e.type != Kind.RECOGNITION_USAGE] == [Kind.START_OF_SPEECH, Kind.END_OF_SPEECH]


async def test_the_end_of_an_utterance_is_told_when_asked_for(sandbox: Sandbox, oracle: Oracle, spoken: Spoken) -> None:
    oracle.expect(LINE)
    events = await heard(
        recogniser(sandbox, utterance_end_ms=600, endpointing_ms=0).stream(), spoken("what are your opening hours")
    )
    assert [event.type for event in events].count(Kind.END_OF_SPEECH) == 1
    assert sandbox.requests[0].query["endpointing"] == "false"


async def test_a_recording_is_recognised_whole(sandbox: Sandbox, oracle: Oracle, spoken: Spoken) -> None:
    oracle.expect(LINE)
    event = await recogniser(sandbox).recognize(spoken("what are your opening hours"))
    assert event.alternatives[0].text == LINE
    assert event.alternatives[0].end_time == pytest.approx(3.3, abs=0.1)
    assert [(one.how, one.path, one.auth) for one in sandbox.requests] == [("post", "/v1/listen", "Token")]


async def test_the_key_refused_is_refused(sandbox: Sandbox, spoken: Spoken, once: APIConnectOptions) -> None:
    with pytest.raises(APIStatusError) as refused:
        await heard(recogniser(sandbox, api_key="refused").stream(conn_options=once), spoken("hello"))
    assert refused.value.status_code == 401


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer any"}, {"Authorization": "Token refused"}], ids=str)
async def test_a_refusal_is_in_deepgrams_form(sandbox: Sandbox, header: dict[str, str]) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{sandbox.url}/v1/projects", headers=header) as response:
        body = await response.json()
    assert response.status == 401
    assert (body["err_code"], body["err_msg"]) == ("INVALID_AUTH", "Invalid credentials.")
    assert body["request_id"]


async def test_any_other_key_is_accepted(sandbox: Sandbox) -> None:
    header = {"Authorization": "Token whatever"}
    async with aiohttp.ClientSession() as http, http.get(f"{sandbox.url}/v1/projects", headers=header) as response:
        assert [project["name"] for project in (await response.json())["projects"]] == ["sandbox"]


@pytest.mark.parametrize("query", ["encoding=mulaw&sample_rate=8000", "encoding=linear16&channels=2", "model=nova-3"])
async def test_what_the_sandbox_cannot_hear_is_refused(sandbox: Sandbox, query: str) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": "Token any"}) as http:
        with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
            await http.ws_connect(f"{sandbox.url}/v1/listen?{query}")


async def test_a_connection_without_sound_and_keepalive_is_closed(sandbox: Sandbox) -> None:
    sandbox.deepgram.idle_timeout = 0.05
    async with (
        aiohttp.ClientSession(headers={"Authorization": "Token any"}) as http,
        http.ws_connect(f"{sandbox.url}/v1/listen?encoding=linear16") as websocket,
    ):
        message = await websocket.receive(timeout=5)
    assert (message.data, str(message.extra).split()[0]) == (1011, "NET-0001")


@pytest.mark.parametrize(
    ("said", "answer"), [('{"type": "Louder"}', "unknown variant `Louder`"), ("{", "the message is not a JSON object")]
)
async def test_nonsense_is_complained_about(sandbox: Sandbox, said: str, answer: str) -> None:
    async with (
        aiohttp.ClientSession(headers={"Authorization": "Token any"}) as http,
        http.ws_connect(f"{sandbox.url}/v1/listen?encoding=linear16") as websocket,
    ):
        await websocket.send_str(said)
        message = await websocket.receive_json(timeout=5)
    assert (message["type"], message["description"].startswith(answer)) == ("Error", True)
