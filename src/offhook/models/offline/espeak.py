"""espeak-ng through ctypes: the voice that comes with its data in a Python wheel."""

import ctypes
import os
import threading

import espeakng_loader

__all__ = ["Espeak"]

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth returns when all samples are there
_RATE_PARAMETER = 1
_UTF8 = 1
_Sink = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """A formant voice; the library keeps one state per process, so one instance is enough."""

    def __init__(self, voice: str = "en-us", words_per_minute: int = 165) -> None:
        self.name = "espeak-ng"
        self._lock = threading.Lock()
        self._heard = bytearray()
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self.rate: int = self._library.espeak_Initialize(
            _SYNCHRONOUS, 60, os.fsencode(espeakng_loader.get_data_path()), 0
        )
        if self.rate <= 0:
            raise OSError("espeak-ng found no data; reinstall espeakng-loader")
        self._sink = _Sink(self._collect)  # kept: the library calls it for as long as we live
        self._library.espeak_SetSynthCallback(self._sink)
        self._library.espeak_SetVoiceByName(voice.encode())
        self._library.espeak_SetParameter(_RATE_PARAMETER, words_per_minute, 0)

    def speak(self, text: str) -> bytes:
        encoded = text.replace("\0", " ").encode()
        with self._lock:
            self._heard.clear()
            self._library.espeak_Synth(encoded, ctypes.c_size_t(len(encoded) + 1), 0, 1, 0, _UTF8, None, None)
            self._library.espeak_Synchronize()
            return bytes(self._heard)

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short] | None", count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._heard += ctypes.string_at(samples, count * 2)
        return 0
