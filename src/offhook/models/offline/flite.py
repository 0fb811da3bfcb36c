"""Calls Flite through ctypes. This TTS engine is optional. The recordings in offhook's package were made with Flite."""

import ctypes
import threading
import unicodedata

from offhook.core.errors import SettingsError

__all__ = ["Flite"]

_LOCK = threading.Lock()
"""A thread holds this lock while it uses the libraries, which share one state per process."""


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("rate", ctypes.c_int),
        ("count", ctypes.c_int),
        ("channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


class Flite:
    """An English voice of Flite: `slt` or `rms`. Raises `SettingsError` if Flite's libraries are not installed."""

    rate = 16_000

    def __init__(self, voice: str = "slt") -> None:
        self.name = f"flite {voice}"
        with _LOCK:
            try:
                self._core = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
                for part in ("usenglish", "cmulex"):
                    ctypes.CDLL(f"libflite_{part}.so.1", mode=ctypes.RTLD_GLOBAL)
                library = ctypes.CDLL(f"libflite_cmu_us_{voice}.so.1")
            except OSError as error:
                raise SettingsError(
                    f"the voice needs Flite ({error}); install it (Debian: apt-get install libflite1)"
                ) from error
            register = getattr(library, f"register_cmu_us_{voice}")
            register.restype, register.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
            self._core.flite_text_to_wave.restype = ctypes.POINTER(_Wave)
            self._core.flite_text_to_wave.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
            self._core.delete_wave.argtypes = [ctypes.POINTER(_Wave)]
            self._core.flite_init()
            self._voice = register(None)

    def speak(self, text: str) -> bytes:
        with _LOCK:
            wave = self._core.flite_text_to_wave(_ascii(text), self._voice)
            try:
                return ctypes.string_at(wave.contents.samples, wave.contents.count * 2)
            finally:
                self._core.delete_wave(wave)


def _ascii(text: str) -> bytes:
    plain = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("\0", " ")
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore")
