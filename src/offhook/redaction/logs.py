"""Masks personal data in log records, before any handler writes them."""

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from offhook.redaction.redactor import Redactor

__all__ = ["RedactingFilter", "mask_logs", "unmask_logs"]

_STANDARD: Final = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"})
"""Fields that every log record has. All other fields of a record come from `extra`."""
_DEPTH: Final = 6
_REPEATED: Final = 64
"""The number of masked texts that are cached. The cache saves time, because many texts repeat."""


class RedactingFilter(logging.Filter):
    """Masks the message, the traceback and the values of `extra`. If masking fails, the filter removes the texts of the
    record.
    """

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redact = lru_cache(_REPEATED)(redactor.redact)

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record. The result is always True, so that the record is written."""
        try:
            self._mask(record)
        except Exception:  # noqa: BLE001  # a log message here would call this filter again
            record.msg, record.args, record.exc_info, record.exc_text = (
                "a log record could not be masked",
                None,
                None,
                "",
            )
            for key in vars(record).keys() - _STANDARD:
                setattr(record, key, "[redacted]")
        return True

    def _mask(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, str):
            message = record.getMessage()
            masked = self._redact(message)
            if masked != message:
                record.msg, record.args = masked, None
        else:
            record.msg = self._value(record.msg, _DEPTH)
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            masked = self._redact(record.exc_text)
            if masked != record.exc_text:
                record.exc_text, record.exc_info = masked, None
        for key in vars(record).keys() - _STANDARD:
            setattr(record, key, self._value(getattr(record, key), _DEPTH))

    def _value(self, value: object, depth: int) -> object:
        """Return the value with all its texts masked. Numbers and other objects are not changed."""
        if isinstance(value, str):
            return self._redact(value)
        if depth and isinstance(value, Mapping):
            return {key: self._value(item, depth - 1) for key, item in value.items()}
        if depth and isinstance(value, list | tuple):
            return [self._value(item, depth - 1) for item in value]
        return value


def mask_logs() -> None:
    """Mask everything that the handlers of the root logger write. Call this again after a handler is added."""
    for handler in logging.getLogger().handlers:
        if not any(isinstance(one, RedactingFilter) for one in handler.filters):
            handler.addFilter(RedactingFilter(Redactor()))


def unmask_logs() -> None:
    """Undo `mask_logs`, for a process that runs longer than the worker in it. For example, pytest's log handlers must
    not stay masked after a test.
    """
    for handler in logging.getLogger().handlers:
        for one in [one for one in handler.filters if isinstance(one, RedactingFilter)]:
            handler.removeFilter(one)
