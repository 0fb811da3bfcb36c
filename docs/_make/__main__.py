"""Writes every generated file into docs/: `python -m docs._make`."""

import sys

from docs._make.everything import outdated
from docs._make.source import ROOT


def main() -> None:
    """Write each file whose generated text has changed, and print its path."""
    for path, text in outdated().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
