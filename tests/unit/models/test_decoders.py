"""A decoder serves one call after another, and keeps nothing from the call before."""

import numpy as np
import pytest

from offhook.models.offline.decoders import RATE, Decoders


def loud(seconds: float) -> bytes:
    return np.random.default_rng(1).normal(0, 9_000, int(RATE * seconds)).astype(np.int16).tobytes()


@pytest.mark.slow
def test_a_lent_decoder_has_forgotten_the_voice_before() -> None:
    decoders = Decoders(["hello"])
    decoder = decoders.take()
    initial = decoder.cepstral_mean
    decoder.begin(loud(3.0))
    decoder.end()
    assert decoder.cepstral_mean != initial
    decoders.give(decoder)
    assert decoders.take() is decoder
    assert decoder.cepstral_mean == initial


@pytest.mark.slow
def test_a_decoder_given_back_in_an_utterance_serves_the_next_call() -> None:
    decoders = Decoders(["hello"])
    decoder = decoders.take()
    decoder.begin(loud(0.5))
    decoders.give(decoder)
    assert decoders.take() is decoder
    decoder.begin(loud(0.5))
    decoder.end()
