"""Runs the user's own detector of personal data in a separate process. The process reads texts from stdin, and writes
the found spans to stdout, both as JSON.

The process ends when its parent ends. The process also ends if one text takes too long, even if the detector never
returns.
"""

import faulthandler
import importlib
import json
import os
import sys
from typing import IO, Any

__all__ = ["main"]


def main(name: str, seconds: float) -> None:
    """Give each text from stdin to the detector, until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the detector prints goes to stderr, so that stdout has only the answers
    detector = _load(name)
    _answer(answers, "ready")
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  # a device
        for line in sys.stdin:
            # This watchdog runs in C, because a regular expression that never ends would block a watchdog in Python.
            faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
            spans = [[span.start, span.end, span.label] for span in detector.find(json.loads(line))]
            faulthandler.cancel_dump_traceback_later()
            _answer(answers, spans)


def _answer(answers: IO[str], value: object) -> None:
    answers.write(json.dumps(value) + "\n")
    answers.flush()


def _load(name: str) -> Any:
    """Return the detector: the object with `find` that `name` refers to. If `name` refers to a class or a function,
    call it without arguments to get the detector.
    """
    sys.path.insert(0, "")
    module, _, attribute = name.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    return found() if isinstance(found, type) or not hasattr(found, "find") else found


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
