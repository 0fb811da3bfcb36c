"""Flite speaks if the settings select it. These tests use fakes of its C libraries, so that no machine needs them."""

import ctypes
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from livekit.agents import APIConnectOptions

from offhook.core.errors import SettingsError
from offhook.models import choose, preload_names, preload_plugins
from offhook.models.offline import voice as voices
from offhook.settings import Settings

WANTED = Settings(preset="offline", tts="flite")
PER_LETTER, LOUD = 800, 9000


class Function:
    """A function of a library. Instances accept the attributes that ctypes functions have."""

    def __init__(self, does: Any = lambda *_: None) -> None:
        self._does = does

    def __call__(self, *given: object) -> object:
        return self._does(*given)


class Library:
    """Renders each letter as a fixed number of loud samples."""

    def __init__(self, name: str, **_: object) -> None:
        self.flite_init, self.delete_wave, self.register_cmu_us_slt = Function(), Function(), Function()
        self.flite_text_to_wave = Function(self._say)

    def _say(self, text: bytes, _voice: object) -> object:
        samples = (ctypes.c_short * (len(text) * PER_LETTER))(*[LOUD] * (len(text) * PER_LETTER))
        return SimpleNamespace(contents=SimpleNamespace(samples=samples, count=len(samples)))


def missing(name: str, **_: object) -> None:
    raise OSError(f"{name}: cannot open shared object file")


@pytest.fixture(autouse=True)
def not_loaded_yet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clears the cached state of Flite before and after each test."""
    voices._engine.cache_clear()
    voices._pcm.cache_clear()
    monkeypatch.delitem(sys.modules, "offhook.models.offline.preload_flite", raising=False)
    yield
    sys.modules.pop("offhook.models.offline.preload_flite", None)
    voices._engine.cache_clear()
    voices._pcm.cache_clear()


@pytest.mark.slow
async def test_flite_speaks_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", Library)
    preload_plugins(WANTED)
    voice = choose(WANTED).tts
    spoken = await voice.synthesize(
        "Caf\N{LATIN SMALL LETTER E WITH ACUTE}", conn_options=APIConnectOptions()
    ).collect()
    loud = np.count_nonzero(np.frombuffer(spoken.data, np.int16) == LOUD)
    assert (voice.model, spoken.sample_rate, loud) == ("flite slt", 16_000, len("Cafe") * PER_LETTER)


@pytest.mark.parametrize("asked", [choose, preload_names])
def test_flite_that_is_not_installed_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch, asked: Any) -> None:
    monkeypatch.setattr(ctypes, "CDLL", missing)
    with pytest.raises(SettingsError, match=r"needs Flite \(.*\); install it \(Debian: apt-get install libflite1\)"):
        asked(WANTED)
