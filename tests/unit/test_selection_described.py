"""The description of the selected models, and the errors for invalid settings."""

import pytest

from offhook.core.errors import SettingsError
from offhook.selection import describe, select_models
from offhook.settings import Settings

DEEPGRAM, OPENAI, CARTESIA = "deepgram_api_key", "openai_api_key", "cartesia_api_key"
ALL = {DEEPGRAM: "d", OPENAI: "o", CARTESIA: "c"}
SERVER = "http://models:8000"
LLAMA = "local/llama3.2:3b"
OFFLINE = "models: offline (Silero VAD, PocketSphinx, rules, offline voice)"
UNUSED = "is set, but no stage uses it"
THREE = "DEEPGRAM_API_KEY, OPENAI_API_KEY and CARTESIA_API_KEY"
NO_MODEL = "does not name the LLM's model; set OFFHOOK_LLM=local/<model>, as in OFFHOOK_LLM=local/llama3.2"
OPENAI_ONLY = "put it into OPENAI_BASE_URL and write OFFHOOK_REALTIME=openai"
EVERYWHERE = "or OFFHOOK_LOCAL_URL for every stage"
LIKE = "as in http://localhost:8000/v1"


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ({"preset": "cloud"}, [f"OFFHOOK_PRESET=cloud needs {THREE}; set them or use OFFHOOK_PRESET=offline"]),
        (
            {"preset": "cloud", DEEPGRAM: "d", OPENAI: "o"},
            ["OFFHOOK_PRESET=cloud needs CARTESIA_API_KEY; set it or use OFFHOOK_PRESET=offline"],
        ),
        (
            {"stt": "deepgram,openai"},
            ["OFFHOOK_STT=deepgram,openai needs DEEPGRAM_API_KEY and OPENAI_API_KEY; set them"],
        ),
        ({"realtime": "openai"}, ["OFFHOOK_REALTIME=openai needs OPENAI_API_KEY; set it"]),
        (
            {"preset": "local", "llm_url": SERVER},
            [
                (f"OFFHOOK_PRESET=local needs OFFHOOK_STT_URL and OFFHOOK_TTS_URL, {EVERYWHERE}; set it, {LIKE}"),
                f"OFFHOOK_LLM_URL {NO_MODEL}",
            ],
        ),
        ({"local_url": SERVER}, [f"OFFHOOK_LOCAL_URL {NO_MODEL}"]),
        ({"llm": "local", "llm_url": SERVER}, [f"OFFHOOK_LLM=local {NO_MODEL}"]),
        (
            {"tts": "local"},
            [f"OFFHOOK_TTS=local needs OFFHOOK_TTS_URL, {EVERYWHERE}; set it, {LIKE}"],
        ),
        (
            {"stt": "deepgrm"},
            ['OFFHOOK_STT="deepgrm" is not a known STT provider; did you mean deepgram?'],
        ),
        (
            {"llm": "gpt-4.1"},
            [
                (
                    'OFFHOOK_LLM="gpt-4.1" is not a known LLM provider; '
                    "write one of openai, responses, local, rules, as in openai/gpt-4.1-mini"
                )
            ],
        ),
        (
            {"vad": "webrtc"},
            ['OFFHOOK_VAD="webrtc" is not a known VAD provider; write one of builtin, silero, as in builtin'],
        ),
        (
            {"llm": "http://localhost:11434/v1"},
            [
                (
                    'OFFHOOK_LLM="http://localhost:11434/v1" is an address; put it into OFFHOOK_LLM_URL '
                    "and write OFFHOOK_LLM=local/<model>"
                )
            ],
        ),
        (
            {"realtime": "wss://h"},
            [f'OFFHOOK_REALTIME="wss://h" is an address; {OPENAI_ONLY}'],
        ),
        (
            {"stt": "pocketsphinx/en"},
            ['OFFHOOK_STT="pocketsphinx/en": pocketsphinx has no model to choose; write OFFHOOK_STT=pocketsphinx'],
        ),
        (
            {"tts": "offline:anna"},
            ['OFFHOOK_TTS="offline:anna": offline has no voice to choose; write OFFHOOK_TTS=offline'],
        ),
        (
            {"tts": "offline,"},
            ["OFFHOOK_TTS has an extra comma; write provider/model, with one comma between two entries"],
        ),
        ({"llm": "rules,rules"}, ["OFFHOOK_LLM names rules twice; a fallback must be another provider or model"]),
        ({"vad": "builtin,silero"}, ["OFFHOOK_VAD takes one provider, without fallbacks; name one of builtin, silero"]),
        (
            {"realtime": "openai", "stt": "deepgram", "llm": "openai"},
            ["OFFHOOK_REALTIME replaces STT and LLM; unset OFFHOOK_STT and OFFHOOK_LLM, or OFFHOOK_REALTIME"],
        ),
        (
            {"realtime": "openai", "turn_detection": "stt"},
            ["OFFHOOK_TURN_DETECTION=stt needs an STT; with OFFHOOK_REALTIME use auto, vad or v1-mini"],
        ),
        (
            {"stt": "whisper", "tts": "cartesa"},
            [
                (
                    'OFFHOOK_STT="whisper" is not a known STT provider; '
                    "write one of deepgram, openai, local, pocketsphinx, as in deepgram/nova-3"
                ),
                'OFFHOOK_TTS="cartesa" is not a known TTS provider; did you mean cartesia?',
            ],
        ),
    ],
)
def test_what_cannot_be_followed_is_told_one_line_each(given: dict[str, str], lines: list[str]) -> None:
    with pytest.raises(SettingsError) as refused:
        select_models(Settings(**given))
    assert str(refused.value).splitlines() == lines


OWN = "or OFFHOOK_LOCAL_URL for your own model server"


@pytest.mark.parametrize(
    ("given", "notes"),
    [
        ({}, [f"set {THREE} for the cloud models, {OWN}"]),
        (ALL, []),
        ({"preset": "offline"}, []),
        (
            {DEEPGRAM: "d", "llm_url": SERVER, "llm": LLAMA},
            [f"set CARTESIA_API_KEY for the cloud models, {OWN}", f"DEEPGRAM_API_KEY {UNUSED}"],
        ),
        (
            {**ALL, "stt": "openai", "deepgram_base_url": "http://h"},
            [f"DEEPGRAM_API_KEY {UNUSED}", f"DEEPGRAM_BASE_URL {UNUSED}"],
        ),
        ({OPENAI: "o", "realtime": "openai", "llm_url": SERVER}, [f"OFFHOOK_LLM_URL {UNUSED}"]),
    ],
)
def test_notes_say_what_a_person_could_change(given: dict[str, str], notes: list[str]) -> None:
    assert list(select_models(Settings(**given)).notes) == notes


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, f"{OFFLINE} because {THREE} are not set"),
        (
            {**ALL, CARTESIA: ""},
            f"{OFFLINE} because CARTESIA_API_KEY is not set",
        ),
        (
            {**ALL, "preset": "cloud"},
            (
                "models: cloud (Silero VAD, Deepgram nova-3 then OpenAI gpt-4o-mini-transcribe, OpenAI gpt-4.1-mini, "
                "Cartesia sonic-3 then OpenAI gpt-4o-mini-tts) because OFFHOOK_PRESET=cloud"
            ),
        ),
        (
            {"local_url": "http://u:secret@m:80", "llm": LLAMA},
            (
                "models: local (Silero VAD, whisper-1 at m:80, llama3.2:3b at m:80, tts-1 at m:80) "
                "because OFFHOOK_LOCAL_URL is set"
            ),
        ),
        (
            {OPENAI: "o", "realtime": "openai", "vad": "silero"},
            (
                "models: cloud (Silero VAD (plugin), OpenAI gpt-realtime, OpenAI gpt-4o-mini-tts) "
                "because OPENAI_API_KEY is set"
            ),
        ),
        (
            {"stt": "pocketsphinx", "llm": "rules", "tts": "offline"},
            f"{OFFLINE} because every stage is set individually",
        ),
    ],
)
def test_one_line_says_which_models_and_why(given: dict[str, str], line: str) -> None:
    assert describe(Settings(**given)) == line
