"""`offhook analyse CALL`: analyses a finished call again, and adds the outcome to the journal."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.cli.agent_variables import variables_of
from offhook.cli.journal import Json, Where, journal_file, open_reader
from offhook.core.errors import OffhookError, PlanError

if TYPE_CHECKING:
    from offhook.core.facts import CallAnalysed
    from offhook.core.record import Record
    from offhook.session.analysis import Analysis

__all__ = ["analyse"]


def analyse(
    call: Annotated[str, typer.Argument(help="The call's id, the start of the id, or: last")],
    agent_file: Annotated[Path, typer.Argument(help="The file with a variable that is an Analysis.")] = Path(
        "agents/agent.py"
    ),
    name: Annotated[str, typer.Option(help="The variable's name, if the file has several analyses.")] = "",
    as_json: Json = False,
    journal: Where = None,
) -> None:
    """Analyse a finished call again with the analysis of the agent file; the result is added to the journal."""
    import asyncio

    from offhook.reports.messages import messages
    from offhook.session.analysis import AnalysedCall

    path = journal_file(journal, "the outcome is written to the worker's file, and shipped to PostgreSQL from there")
    with open_reader(journal) as reader:
        summary = reader.summary(reader.find(call))
        records = reader.records(summary.call)
    if summary.state == "open":
        raise OffhookError(f"the call {summary.call} has not ended; analyse it after its end")
    analysis = _analysis(agent_file, name)
    found = AnalysedCall(summary.call, messages(records), summary.reason, summary.seconds)
    fact = asyncio.run(analysis.analyse(found))
    _append(path, records, fact)
    if as_json:
        from dataclasses import asdict

        print(json.dumps(asdict(fact), indent=2, ensure_ascii=False))
    else:
        from offhook.core.record import to_body
        from offhook.reports.phrases import phrase
        from offhook.reports.render import clean

        print(clean(phrase("CallAnalysed", to_body(fact))[2]))
    if fact.error:
        raise typer.Exit(1)


def _analysis(path: Path, name: str) -> "Analysis":
    from offhook.session.analysis import Analysis

    if not path.is_file():
        raise PlanError(f"there is no agent file {path}; give the path of the file with your Analysis")
    found = {key: value for key, value in variables_of(path).items() if isinstance(value, Analysis)}
    if name and name not in found:
        raise PlanError(f"{path} has no Analysis {name!r}; it has {', '.join(found) or 'none'}")
    if not name and len(found) != 1:
        which = (
            f"several: {', '.join(found)}; choose one with --name" if found else "none; write analysis = Analysis(…)"
        )
        raise PlanError(f"{path} needs one Analysis at its top level, and has {which}")
    return found[name or next(iter(found))]


def _append(path: Path, records: "list[Record]", fact: "CallAnalysed") -> None:
    from offhook.core.record import Record, to_body
    from offhook.journal.writer import Journal
    from offhook.settings import load_settings

    now, first, last = time.time(), records[0], records[-1]
    elapsed = max(now - first.at + first.elapsed, last.elapsed)
    writer = Journal.open(path, load_settings().webhook_receivers)
    writer.append(Record(last.call, last.seq + 1, now, elapsed, "fact", "CallAnalysed", to_body(fact)))
    if not writer.close(10):
        raise OffhookError(f"the outcome could not be written to {path}; is the disk full, or the folder read-only?")
