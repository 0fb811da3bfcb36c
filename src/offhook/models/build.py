"""The models of one call, chosen from the settings."""

import importlib
from dataclasses import dataclass
from typing import Any, Literal

from livekit.agents import NOT_GIVEN, TurnHandlingOptions, inference, llm, stt, tts, vad
from pydantic import SecretStr

from offhook.core.errors import SettingsError
from offhook.models.turns import turn_handling
from offhook.settings import Settings

__all__ = ["Models", "choose", "describe", "import_plugins", "preload_names", "preset_of", "warm"]

KEYS = ("deepgram_api_key", "openai_api_key", "cartesia_api_key")
PLUGINS = ("livekit.plugins.deepgram", "livekit.plugins.openai", "livekit.plugins.cartesia")


@dataclass(frozen=True, slots=True)
class Models:
    """Ears, brain and voice for one call, and one line that says why these."""

    vad: vad.VAD
    stt: stt.STT[Any]
    llm: llm.LLM[Any]
    tts: tts.TTS[Any]
    turn_handling: TurnHandlingOptions
    preset: Literal["cloud", "offline"]
    note: str


def choose(settings: Settings) -> Models:
    """Build the models of one call; run it in the job, where the session is."""
    # The bundled Silero model: the plugin's, but shared by all processes (19 MB less in each).
    ears = inference.VAD(model="silero")
    if preset_of(settings) == "cloud":
        return _cloud(settings, ears)
    return _offline(settings, ears)


def preset_of(settings: Settings) -> Literal["cloud", "offline"]:
    """The preset that the settings come to; refused when its keys are missing."""
    missing = _missing(settings)
    if settings.preset == "cloud" and missing:
        raise SettingsError(f"OFFHOOK_PRESET=cloud needs {_listed(missing)}; set it or use OFFHOOK_PRESET=offline")
    return "offline" if settings.preset == "offline" or missing else "cloud"


def describe(settings: Settings) -> str:
    """One line that says which models a call gets, and why."""
    if preset_of(settings) == "cloud":
        why = "OFFHOOK_PRESET=cloud" if settings.preset == "cloud" else "the three keys are set"
        names = f"Silero VAD, Deepgram {settings.deepgram_model}, OpenAI {settings.openai_model}, Cartesia"
        return f"models: cloud ({names}) because {why}"
    _import_offline()
    from offhook.models.offline.voice import OfflineVoice  # noqa: PLC0415  # needs the extra, checked above

    missing = _missing(settings)
    why = "OFFHOOK_PRESET=offline" if settings.preset == "offline" else f"{_listed(missing)} {_verb(missing)} not set"
    return f"models: offline (Silero VAD, PocketSphinx, rules, {OfflineVoice().model}) because {why}"


def import_plugins(settings: Settings) -> None:
    """Import what `choose` will need; LiveKit takes plugins on a process's main thread only."""
    if preset_of(settings) == "cloud":
        for name in PLUGINS:
            importlib.import_module(name)


def warm(settings: Settings) -> None:
    """Do the slow, once-per-process part before a call comes; run it on the main thread of an idle process."""
    import_plugins(settings)
    if preset_of(settings) == "offline":
        _import_offline()
        importlib.import_module("offhook.models.offline.preload")


def preload_names(settings: Settings) -> list[str]:
    """Modules for the worker's forkserver, whose jobs then share the offline models' memory."""
    if preset_of(settings) == "cloud":
        return list(PLUGINS)
    _import_offline()
    return ["offhook.models.offline.preload"]


def _cloud(settings: Settings, ears: vad.VAD) -> Models:
    # Imported by name when used: offline, nobody waits for three provider SDKs.
    from livekit.plugins import cartesia, deepgram, openai  # noqa: PLC0415

    key = _plain(settings.cartesia_api_key)
    voice = (
        cartesia.TTS(api_key=key, voice=settings.cartesia_voice)
        if settings.cartesia_voice
        else cartesia.TTS(api_key=key)
    )
    return Models(
        vad=ears,
        stt=deepgram.STT(model=settings.deepgram_model, api_key=_plain(settings.deepgram_api_key)),
        llm=openai.LLM(
            model=settings.openai_model,
            api_key=_plain(settings.openai_api_key),
            base_url=settings.openai_base_url or NOT_GIVEN,
        ),
        tts=voice,
        turn_handling=turn_handling(settings, offline=False),
        preset="cloud",
        note=describe(settings),
    )


def _offline(settings: Settings, ears: vad.VAD) -> Models:
    _import_offline()
    # They need the extra, so they are imported after the check that names it.
    from offhook.models.offline.front_desk import front_desk  # noqa: PLC0415
    from offhook.models.offline.recogniser import PocketSphinx  # noqa: PLC0415
    from offhook.models.offline.voice import OfflineVoice  # noqa: PLC0415

    return Models(
        vad=ears,
        stt=PocketSphinx(vad=ears),
        llm=front_desk(),
        tts=OfflineVoice(),
        turn_handling=turn_handling(settings, offline=True),
        preset="offline",
        note=describe(settings),
    )


def _import_offline() -> None:
    try:
        importlib.import_module("offhook.models.offline.recogniser")
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"the offline models need the package {error.name}; run pip install 'offhook[offline]', "
            "or set DEEPGRAM_API_KEY, OPENAI_API_KEY and CARTESIA_API_KEY"
        ) from error


def _missing(settings: Settings) -> list[str]:
    return [key.upper() for key in KEYS if not getattr(settings, key)]


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _verb(names: list[str]) -> str:
    return "are" if len(names) > 1 else "is"
