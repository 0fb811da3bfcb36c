"""Makes a model object for each selected model (`Choice`). Only this module gives server addresses and API keys to the
plugins of providers.
"""

from functools import cache
from typing import Any

from livekit.agents import NOT_GIVEN, NotGivenOr, inference, llm, stt, tts, vad

from offhook.models.inline_executor import InlineExecutor
from offhook.models.made import Made, remember
from offhook.selection import Choice

__all__ = ["make_llm", "make_realtime", "make_stt", "make_tts", "make_vad"]

# Each plugin is imported where it is used, so that only the SDKs of the selected providers are loaded.

_NO_KEY = "none"
"""The API key for a server that needs none. Without this value, the OpenAI client would send OPENAI_API_KEY to this
server.
"""


_EAGER, _END = 0.5, 0.7
"""If the probability reaches `_EAGER`, Deepgram's Flux reports an early ("eager") end of turn. If it reaches `_END`,
Flux reports the final end of turn. `_END` has Deepgram's default.
"""


def make_vad(choice: Choice) -> vad.VAD:
    """Make the VAD: Silero, from LiveKit's own library or from LiveKit's Silero plugin."""
    # LiveKit's own library shares the model between processes. Each process needs 19 MB less memory than with the
    # Silero plugin, and only a quarter of the plugin's CPU time.
    made = _silero() if choice.provider == "silero" else inference.VAD(model="silero", executor=InlineExecutor())
    remember(made, Made(choice))
    return made


@cache  # because loading takes 0.2 s, all calls of this process share the model
def _silero() -> vad.VAD:
    from livekit.plugins import silero  # noqa: PLC0415  # see above

    # 0.25 s of silence end the speech, as in LiveKit's own library. The plugin's default, 0.55 s, would delay every
    # answer.
    return silero.VAD.load(min_silence_duration=0.25)


def make_stt(choice: Choice, speech_detector: vad.VAD) -> stt.STT[Any]:
    """Make the STT. If the STT does not stream, LiveKit's session uses the VAD to find the utterances."""
    made = _stt(choice, speech_detector)
    remember(made, Made(choice))
    return made


def _stt(choice: Choice, speech_detector: vad.VAD) -> stt.STT[Any]:
    match choice.provider:
        case "deepgram":
            return _deepgram(choice)
        case "openai":
            from livekit.plugins import openai  # noqa: PLC0415  # see above

            return openai.STT(model=choice.model, **_openai(choice))
        case _:
            from offhook.models.offline.recogniser import PocketSphinx  # noqa: PLC0415  # needs the extra

            return PocketSphinx(vad=speech_detector)


def make_llm(choice: Choice, *, temperature: float | None = None) -> llm.LLM[Any]:
    """Make the LLM. Without a temperature, the provider's default applies. The offline LLM ignores the temperature."""
    made = _llm(choice, NOT_GIVEN if temperature is None else temperature)
    remember(made, Made(choice, temperature))
    return made


def _llm(choice: Choice, temperature: NotGivenOr[float]) -> llm.LLM[Any]:
    match choice.provider:
        case "openai":
            from livekit.plugins import openai  # noqa: PLC0415  # see above

            return openai.LLM(model=choice.model, temperature=temperature, **_openai(choice))
        case "responses":
            from livekit.plugins import openai  # noqa: PLC0415  # see above

            # offhook passes the address, because this plugin ignores OPENAI_BASE_URL. The plugin's WebSocket needs the
            # full path.
            url = f"{choice.base_url}/responses" if choice.base_url else NOT_GIVEN
            return openai.responses.LLM(model=choice.model, api_key=_key(choice), base_url=url, temperature=temperature)
        case _:
            from offhook.models.offline.front_desk import front_desk  # noqa: PLC0415  # see above

            return front_desk()


def make_tts(choice: Choice) -> tts.TTS[Any]:
    """Make the TTS."""
    made = _tts(choice)
    remember(made, Made(choice))
    return made


def _tts(choice: Choice) -> tts.TTS[Any]:
    voice: dict[str, Any] = {"voice": choice.voice} if choice.voice else {}
    match choice.provider:
        case "cartesia":
            from livekit.plugins import cartesia  # noqa: PLC0415  # see above

            url: dict[str, Any] = {"base_url": choice.base_url} if choice.base_url else {}
            return cartesia.TTS(model=choice.model, api_key=_key(choice), **voice, **url)
        case "openai":
            from livekit.plugins import openai  # noqa: PLC0415  # see above

            return openai.TTS(model=choice.model, **voice, **_openai(choice))
        case _:
            from offhook.models.offline.voice import OfflineVoice  # noqa: PLC0415  # needs the extra

            return OfflineVoice("flite" if choice.provider == "flite" else "espeak-ng")


def make_realtime(choice: Choice) -> llm.RealtimeModel:
    """Make the Realtime model, which takes and returns audio."""
    from livekit.plugins import openai  # noqa: PLC0415  # see above

    voice: dict[str, Any] = {"voice": choice.voice} if choice.voice else {}
    made = openai.realtime.RealtimeModel(model=choice.model, **voice, **_openai(choice))
    remember(made, Made(choice))
    return made


def _deepgram(choice: Choice) -> stt.STT[Any]:
    from livekit.plugins import deepgram  # noqa: PLC0415  # see above

    root = choice.base_url or "https://api.deepgram.com"
    if choice.model.startswith("flux"):
        # Flux uses version 2 of Deepgram's API. The plugin's class for this version, `STTv2`, needs a WebSocket
        # address.
        url = f"ws{root.removeprefix('http')}/v2/listen"
        # When Flux reports a probable (eager) end of turn, LiveKit already requests an answer from the LLM, before Flux
        # reports the final end of turn. If the caller then continues to speak, LiveKit drops this answer.
        return deepgram.STTv2(
            model=choice.model, api_key=_key(choice), base_url=url, eager_eot_threshold=_EAGER, eot_threshold=_END
        )
    return deepgram.STT(model=choice.model, api_key=_key(choice), base_url=f"{root}/v1/listen")


def _openai(choice: Choice) -> dict[str, Any]:
    return {"api_key": _key(choice), "base_url": choice.base_url or NOT_GIVEN}


def _key(choice: Choice) -> str:
    return choice.key.get_secret_value() if choice.key else _NO_KEY
