"""No unit test knows what the machine it runs on is set up with."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from tests.unit.examples import THOROUGH

from offhook.settings import variable_names

# Quick tests try a fifth of the examples; `make test` tries all of them. No example has a time limit, because the
# machine may be busy.
settings.register_profile("thorough", max_examples=THOROUGH, deadline=None)
settings.register_profile("quick", max_examples=THOROUGH // 5, deadline=None)
settings.load_profile("quick")

NAMES = set(variable_names())
OURS = ("LIVEKIT_", "OFFHOOK_", "DEEPGRAM_", "OPENAI_", "CARTESIA_")


@pytest.fixture(scope="session", autouse=True)
def no_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No unit test speaks to the outer world. Each client of OpenAI reads all certificates of the machine: 30 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("no_certificates")))
        yield


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in NAMES or name.startswith(OURS):
            monkeypatch.delenv(name)
