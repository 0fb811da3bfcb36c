"""Log records leave without personal data, also through LiveKit's own formatter."""

import io
import logging

import pytest
from livekit.agents.cli.log import JsonFormatter

from offhook.redaction.logs import RedactingFilter, mask_logs, unmask_logs
from offhook.redaction.redactor import Redactor

CARD, EMAIL = "4111 1111 1111 1111", "ada@example.com"


@pytest.fixture
def log() -> logging.Logger:
    return logging.getLogger("test.redaction")


@pytest.fixture
def written(log: logging.Logger) -> io.StringIO:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RedactingFilter(Redactor()))
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.DEBUG)
    return stream


def test_message_arguments_and_extra_are_masked(log: logging.Logger, written: io.StringIO) -> None:
    log.info("heard %s", CARD, extra={"user_transcript": f"write to {EMAIL}", "deep": {"list": [(CARD,)]}, "call": 7})
    text = written.getvalue()
    assert not [one for one in (CARD, EMAIL) if one in text]
    assert '"message": "heard [card]"' in text
    assert '"user_transcript": "write to [email]"' in text
    assert '"call": 7' in text


def test_a_traceback_is_masked(log: logging.Logger, written: io.StringIO) -> None:
    try:
        int(CARD)
    except ValueError:
        log.exception("failed")
    text = written.getvalue()
    assert CARD not in text
    assert "[card]" in text


def test_a_message_that_is_no_text_is_masked(log: logging.Logger, written: io.StringIO) -> None:
    log.info({"event": "heard", "text": CARD})
    assert CARD not in written.getvalue()


def test_a_record_that_cannot_be_masked_loses_its_texts(log: logging.Logger, written: io.StringIO) -> None:
    log.info("%d cards", "no number", extra={"text": CARD})
    text = written.getvalue()
    assert "a log record could not be masked" in text
    assert CARD not in text


def test_a_plain_record_stays_as_it_is(log: logging.Logger, written: io.StringIO) -> None:
    log.info("call ended", extra={"call": "AJ_kHpT12", "seconds": 4.2})
    assert '"message": "call ended"' in written.getvalue()


def test_every_handler_of_the_root_logger_is_masked_once() -> None:
    handler = logging.NullHandler()
    logging.getLogger().addHandler(handler)
    try:
        mask_logs()
        mask_logs()
        assert len(handler.filters) == 1
        unmask_logs()
        assert handler.filters == []
    finally:
        logging.getLogger().removeHandler(handler)
