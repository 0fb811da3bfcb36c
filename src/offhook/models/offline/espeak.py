"""Calls espeak-ng through ctypes. The library and the data of this TTS engine come in a Python wheel."""

import ctypes
import os
import threading
from functools import cache

import espeakng_loader

__all__ = ["Espeak"]

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth returns when all samples exist
_RATE_PARAMETER = 1
_UTF8 = 1
_VOICE = b"en-us"
_WORDS_PER_MINUTE = 165
_Sink = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

_LOCK = threading.Lock()
"""A thread holds this lock while it uses the library, which has one state per process and is not thread-safe."""


class Espeak:
    """A synthetic voice of espeak-ng. All instances share the state of the library and speak one after the other."""

    name = "espeak-ng"

    def __init__(self) -> None:
        with _LOCK:
            self._library = _loaded()
        self.rate: int = self._library.rate

    def speak(self, text: str) -> bytes:
        with _LOCK:
            return self._library.speak(text.replace("\0", " ").encode())


@cache  # called only while `_LOCK` is held; a second `_Library` would get the samples of the first one
def _loaded() -> "_Library":
    return _Library()


class _Library:
    """The espeak-ng library after its initialisation."""

    def __init__(self) -> None:
        self._samples = bytearray()
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self.rate: int = self._library.espeak_Initialize(
            _SYNCHRONOUS, 60, os.fsencode(espeakng_loader.get_data_path()), 0
        )
        if self.rate <= 0:
            raise OSError("espeak-ng did not find its data files; reinstall espeakng-loader")
        # This attribute keeps the callback alive, because the library calls it until the process ends.
        self._sink = _Sink(self._collect)
        self._library.espeak_SetSynthCallback(self._sink)
        self._library.espeak_SetVoiceByName(_VOICE)
        self._library.espeak_SetParameter(_RATE_PARAMETER, _WORDS_PER_MINUTE, 0)

    def speak(self, text: bytes) -> bytes:
        self._samples.clear()
        self._library.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 1, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        return bytes(self._samples)

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short] | None", count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._samples += ctypes.string_at(samples, count * 2)
        return 0
