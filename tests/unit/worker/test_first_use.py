"""What LiveKit does at its first use is done before the call. Each test fails if LiveKit does it somewhere else."""

from livekit.agents.tokenize import _basic_hyphenator
from pydantic import BaseModel

from offhook.worker import first_use


def test_the_hyphenation_patterns_are_read_once_and_before_the_call() -> None:
    assert _basic_hyphenator._get_hyphenator.cache_info().currsize == 1


def test_no_class_of_livekit_is_incomplete() -> None:
    assert list(first_use._incomplete(BaseModel)) == []
