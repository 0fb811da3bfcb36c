"""One choice in, the provider's object out: the only place that knows how each plugin wants its address and key."""

from functools import cache
from typing import Any

from livekit.agents import NOT_GIVEN, inference, llm, stt, tts, vad

from offhook.choices import Choice

__all__ = ["make_llm", "make_realtime", "make_stt", "make_tts", "make_vad"]

# Plugins are imported where they are used: nobody waits for the SDK of a provider that was not chosen.

_NO_KEY = "none"
"""For a server that wants no key. Left out, OpenAI's client would send OPENAI_API_KEY to it."""


def make_vad(choice: Choice) -> vad.VAD:
    """Voice activity: Silero, in LiveKit's own library or in the plugin."""
    # LiveKit's own shares its model between processes: 19 MB less in each, and a quarter of the work.
    return _silero() if choice.provider == "silero" else inference.VAD(model="silero")


@cache  # 0.2 s and a model in memory; it keeps no state of a call
def _silero() -> vad.VAD:
    from livekit.plugins import silero  # noqa: PLC0415  # see above

    # As long a pause as LiveKit's own takes for the end of speech; the plugin's 0.55 s delay every answer.
    return silero.VAD.load(min_silence_duration=0.25)


def make_stt(choice: Choice, ears: vad.VAD) -> stt.STT[Any]:
    """Speech recognition; one without streaming is left so, a session wraps it with its VAD."""
    match choice.provider:
        case "deepgram":
            return _deepgram(choice)
        case "openai":
            from livekit.plugins import openai  # noqa: PLC0415  # see above

            return openai.STT(model=choice.model, **_openai(choice))
        case _:
            from offhook.models.offline.recogniser import PocketSphinx  # noqa: PLC0415  # needs the extra

            return PocketSphinx(vad=ears)


def make_llm(choice: Choice) -> llm.LLM[Any]:
    """The language model."""
    match choice.provider:
        case "openai":
            from livekit.plugins import openai  # noqa: PLC0415  # see above

            return openai.LLM(model=choice.model, **_openai(choice))
        case "responses":
            from livekit.plugins import openai  # noqa: PLC0415  # see above

            # Over its websocket the plugin wants the whole path, and ignores OPENAI_BASE_URL.
            url = f"{choice.base_url}/responses" if choice.base_url else NOT_GIVEN
            return openai.responses.LLM(model=choice.model, api_key=_key(choice), base_url=url)
        case _:
            from offhook.models.offline.front_desk import front_desk  # noqa: PLC0415  # see above

            return front_desk()


def make_tts(choice: Choice) -> tts.TTS[Any]:
    """The voice."""
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

            return OfflineVoice()


def make_realtime(choice: Choice) -> llm.RealtimeModel:
    """A model that hears and speaks by itself."""
    from livekit.plugins import openai  # noqa: PLC0415  # see above

    voice: dict[str, Any] = {"voice": choice.voice} if choice.voice else {}
    return openai.realtime.RealtimeModel(model=choice.model, **voice, **_openai(choice))


def _deepgram(choice: Choice) -> stt.STT[Any]:
    from livekit.plugins import deepgram  # noqa: PLC0415  # see above

    root = choice.base_url or "https://api.deepgram.com"
    if choice.model.startswith("flux"):
        # Flux has a second interface, which the plugin speaks with another class and a websocket's address.
        url = f"ws{root.removeprefix('http')}/v2/listen"
        return deepgram.STTv2(model=choice.model, api_key=_key(choice), base_url=url)
    return deepgram.STT(model=choice.model, api_key=_key(choice), base_url=f"{root}/v1/listen")


def _openai(choice: Choice) -> dict[str, Any]:
    return {"api_key": _key(choice), "base_url": choice.base_url or NOT_GIVEN}


def _key(choice: Choice) -> str:
    return choice.key.get_secret_value() if choice.key else _NO_KEY
