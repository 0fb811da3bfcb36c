"""Draws the journal's writers and readers, and the process that records a crash."""

from collections.abc import Iterator

from offhook.reports.svg import arrow, box, line, picture, text

__all__ = ["journal_picture"]


def journal_picture() -> str:
    """Draw the worker on the left, the file in the middle, the readers on the right."""
    return picture("Who writes the journal", 960, 400, [*_worker(), *_file(), *_readers()])


def _worker() -> Iterator[str]:
    yield box(30, 30, 300, 340, color="line", dashed=True)
    yield text(48, 58, "one worker", color="dim", size=13)
    for number, (name, about) in enumerate((("a job process", "one call"), ("a job process", "another call"))):
        y = 78 + number * 92
        yield box(50, y, 260, 74, color="cyan")
        yield text(66, y + 30, name, weight=600)
        yield text(66, y + 52, f"{about}; writes at once", color="dim", size=13)
        yield arrow(f"M310 {y + 37}H398", color="cyan")
    yield box(50, 276, 260, 78, color="violet")
    yield text(66, 304, "the main process", weight=600)
    yield text(66, 326, "writes accepted jobs, and the end", color="dim", size=13)
    yield text(66, 344, "of a call whose process died", color="dim", size=13)
    yield arrow("M310 315H398", color="violet")


def _file() -> Iterator[str]:
    yield box(402, 30, 250, 340, color="amber")
    yield text(527, 60, ".offhook/journal.db", weight=600, anchor="middle", mono=True)
    yield text(527, 80, "SQLite, a row for each record", color="dim", anchor="middle", size=13)
    heads = ((424, "seq"), (464, "kind"), (512, "name"), (596, "cause"))
    for x, head in heads:
        yield text(x, 114, head, color="dim", size=12, mono=True)
    yield line("M420 122H634")
    for number, row in enumerate(_rows()):
        y = 144 + number * 24
        for (x, _), cell in zip(heads, row, strict=True):
            yield text(x, y, cell, size=12.5, mono=True, color="green" if row[1] == "decision" else "ink")
    yield text(527, 352, "survives a killed process", color="amber", anchor="middle", size=13)


def _rows() -> Iterator[tuple[str, str, str, str]]:
    for seq, name in enumerate(("JobAccepted", "Connected", "Planned", "TranscriptReceived")):
        yield str(seq), "fact", name, ""
    yield "…", "", "", ""
    yield "43", "fact", "Tick", ""
    yield "44", "decision", "Say", "43"
    yield "57", "fact", "Ended", ""


def _readers() -> Iterator[str]:
    readers = (
        ("offhook calls", "all calls"),
        ("offhook show CALL", "one call, with reasons"),
        ("your SQL", "also while calls run"),
    )
    for number, (name, about) in enumerate(readers):
        y = 78 + number * 92
        yield arrow(f"M652 {y + 37}H726", color="amber")
        yield box(730, y, 200, 74)
        yield text(746, y + 30, name, weight=600, mono=number < 2, size=13.5)
        yield text(746, y + 52, about, color="dim", size=13)
