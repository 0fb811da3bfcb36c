"""Decoders are lent to one call after another, and carry nothing over."""

import numpy as np

from offhook.models.offline.decoders import RATE, Decoders


def loud(seconds: float) -> bytes:
    return np.random.default_rng(1).normal(0, 9_000, int(RATE * seconds)).astype(np.int16).tobytes()


def test_a_lent_decoder_has_forgotten_the_voice_before() -> None:
    decoders = Decoders(["hello"])
    ears = decoders.take()
    new = ears.adapted
    ears.begin(loud(3.0))
    ears.end()
    assert ears.adapted != new
    decoders.give(ears)
    assert decoders.take() is ears
    assert ears.adapted == new
