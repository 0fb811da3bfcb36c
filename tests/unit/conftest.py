"""No unit test knows what the machine it runs on is set up with."""

import os

import pytest

from offhook.settings import Settings

NAMES = {str(field.validation_alias) for field in Settings.model_fields.values()}
OURS = ("LIVEKIT_", "OFFHOOK_", "DEEPGRAM_", "OPENAI_", "CARTESIA_")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in NAMES or name.startswith(OURS):
            monkeypatch.delenv(name)
