"""One base class catches all exceptions of offhook."""

from offhook.core import errors
from offhook.core.errors import CommandError, OffhookError


def test_every_error_is_an_offhook_error() -> None:
    kinds = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]
    assert [kind for kind in kinds if not issubclass(kind, OffhookError)] == []


def test_a_refused_command_says_why_in_a_word_and_in_a_sentence() -> None:
    error = CommandError("expired", "the command is too old; send it again")
    assert (error.code, str(error)) == ("expired", "the command is too old; send it again")
