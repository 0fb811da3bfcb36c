"""The real, unchanged OpenAI speech plugins: the requests that a local model server receives."""

from collections.abc import Callable
from typing import Any

import openai as sdk
import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions, APIStatusError, stt
from livekit.plugins import openai

from offhook.testing.sandbox import Oracle, Sandbox

pytestmark = pytest.mark.usefixtures("plugins")

TEXT = "The front desk is open day and night."


def known(sandbox: Sandbox, **wanted: Any) -> dict[str, Any]:
    return {"api_key": "any", "base_url": f"{sandbox.url}/v1", **wanted}


@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-mini-transcribe", "Systran/faster-whisper-small"])
async def test_a_recording_is_recognised(
    sandbox: Sandbox, oracle: Oracle, spoken: Callable[..., list[rtc.AudioFrame]], model: str
) -> None:
    oracle.expect("Hello.")
    event = await openai.STT(**known(sandbox, model=model)).recognize(spoken("hello"))
    assert event.alternatives[0].text == "Hello."
    (request,) = sandbox.requests
    assert (request.path, request.how, request.auth) == ("/v1/audio/transcriptions", "post", "Bearer")
    assert {name: request.body.get(name) for name in ("file", "model", "language")} == {
        "file": "file.wav",
        "model": model,
        "language": "en",
    }


async def test_a_stream_is_recognised_over_realtime(
    sandbox: Sandbox, oracle: Oracle, spoken: Callable[..., list[rtc.AudioFrame]]
) -> None:
    oracle.expect("Hello.")
    stream = openai.STT(**known(sandbox, use_realtime=True)).stream()
    for frame in spoken("hello"):
        stream.push_frame(frame)
    async for event in stream:
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
            assert event.alternatives[0].text == "Hello."
            break
    await stream.aclose()
    connected, configured = sandbox.requests[:2]
    assert (connected.path, connected.query["intent"]) == ("/v1/realtime", "transcription")
    assert configured.body["session"]["type"] == "transcription"


@pytest.mark.parametrize("kind", ["mp3", "wav", "pcm", "flac", "opus", "aac"])
@pytest.mark.parametrize("model", ["tts-1", "gpt-4o-mini-tts"])
async def test_a_text_is_spoken_in_every_format(sandbox: Sandbox, kind: str, model: str) -> None:
    speaker = openai.TTS(**known(sandbox, model=model, response_format=kind))
    seconds = 0.0
    async for audio in speaker.synthesize(TEXT):
        seconds += audio.frame.duration
    assert seconds == pytest.approx(0.05 * len(TEXT), abs=0.12)  # encoders add silence at the ends
    (request,) = sandbox.requests
    assert (request.path, request.body["input"], request.body["response_format"]) == ("/v1/audio/speech", TEXT, kind)
    assert request.body["stream_format"] == ("audio" if model == "tts-1" else "sse")
    await speaker.aclose()


async def test_what_is_no_sound_is_refused(sandbox: Sandbox) -> None:
    async with sdk.AsyncClient(api_key="any", base_url=f"{sandbox.url}/v1", max_retries=0) as client:
        with pytest.raises(sdk.BadRequestError, match="corrupted or unsupported"):
            await client.audio.transcriptions.create(model="whisper-1", file=("file.wav", b"no sound"))
        with pytest.raises(sdk.BadRequestError, match="response_format one of pcm, mp3"):
            await client.audio.speech.create(model="tts-1", voice="ash", input="Hi.", response_format="midi")  # type: ignore[arg-type]  # wrong on purpose


async def test_the_key_refused_is_refused(sandbox: Sandbox, once: APIConnectOptions) -> None:
    speaker = openai.TTS(**known(sandbox, api_key="refused"))
    with pytest.raises(APIStatusError) as refused:
        async for _ in speaker.synthesize(TEXT, conn_options=once):
            pass
    assert refused.value.status_code == 401
