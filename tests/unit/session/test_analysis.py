"""The outcome of a call: by a function or a model, in the call and again on demand."""

import asyncio
import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from livekit.agents import Agent
from pydantic import BaseModel
from typer.testing import CliRunner, Result

from offhook import AnalysedCall, Analysis, Call, Outcome, Plan, serve
from offhook.cli.analyse import analyse
from offhook.core.errors import OffhookError, PlanError
from offhook.core.facts import Connected, Ended, MessageCommitted, ToolEnded, ToolStarted
from offhook.core.record import Record, to_body
from offhook.journal.reader import Reader
from offhook.journal.writer import Journal
from offhook.models.offline.rules import Reply, Rule, RuleLLM, RuleSet
from offhook.reports.messages import Message
from offhook.testing import ScriptedCaller, simulate

CALL = AnalysedCall(
    "c", [Message("user", "a table for two please"), Message("assistant", "Booked.")], "agent_ended", 9.0
)


class Booking(BaseModel):
    people: int
    name: str = ""


@dataclass
class Guests:
    people: int


def _model(answer: str) -> RuleLLM:
    return RuleLLM(RuleSet((Rule("^user:", Reply(answer.replace("{", "{{").replace("}", "}}"))),), "", ""))


async def _by_function(call: AnalysedCall) -> Outcome:
    words = " ".join(item.text for item in call.conversation if isinstance(item, Message))
    return Outcome(words[:12], "sale", {"reason": call.reason})


async def test_a_function_makes_the_outcome() -> None:
    fact = await Analysis(_by_function).analyse(CALL)
    assert (fact.summary, fact.disposition, fact.fields) == ("a table for ", "sale", {"reason": "agent_ended"})
    assert (fact.by, fact.error) == ("_by_function", "")


async def test_a_sync_function_may_return_a_mapping() -> None:
    assert (await Analysis(lambda call: {"disposition": call.id}).analyse(CALL)).disposition == "c"


@pytest.mark.parametrize("fields", [Booking, Guests])
async def test_a_model_finds_typed_fields(fields: type) -> None:
    model = _model('Sure: {"summary": "Booked a table.", "disposition": "sale", "fields": {"people": "2"}}')
    fact = await Analysis(model=model, fields=fields, dispositions=("sale", "none")).analyse(CALL)
    assert (fact.summary, fact.disposition, fact.error) == ("Booked a table.", "sale", "")
    assert fact.fields["people"] == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("I cannot do that.", "not a JSON object"),
        ('{"summary": "x", "disposition": "maybe"}', "'maybe' is not one of sale, none"),
        ('{"disposition": "sale", "fields": {"people": "many"}}', "the model's fields are not valid: people"),
    ],
)
async def test_an_answer_that_is_not_what_was_asked_for_is_an_error(answer: str, said: str) -> None:
    fact = await Analysis(model=_model(answer), fields=Booking, dispositions=("sale", "none")).analyse(CALL)
    assert said in fact.error
    assert (fact.summary, fact.disposition, fact.fields) == ("", "", {})


async def test_an_analysis_that_takes_too_long_or_fails_is_an_error() -> None:
    async def hangs(call: AnalysedCall) -> Outcome:
        await asyncio.Event().wait()
        return Outcome()

    def fails(call: AnalysedCall) -> Outcome:
        raise LookupError("no such table")

    assert (await Analysis(hangs, timeout=0.01).analyse(CALL)).error == "no result within 0.01 s"
    assert (await Analysis(fails).analyse(CALL)).error == "LookupError: no such table"
    assert "there is no LLM" in (await Analysis().analyse(CALL)).error


@pytest.mark.parametrize(
    "given", [{"function": 3}, {"timeout": 12}, {"timeout": 0}, {"dispositions": "sale"}, {"fields": dict}]
)
def test_what_is_no_analysis_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(PlanError):
        Analysis(**given)


def plan(call: Call) -> Plan:
    return Plan(agent=Agent(instructions="Be kind."), greeting="Hello.", after=[Analysis(_by_function)])


server = serve(plan, port=0)


@pytest.mark.slow
def test_the_outcome_is_a_fact_of_the_call_before_its_end() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await call.says("a table for two please")
        await call.hears()
        await call.hangs_up()

    records = simulate(server, caller).records
    names = [record.name for record in records]
    (fact,) = [record.body for record in records if record.name == "CallAnalysed"]
    assert (fact["summary"], fact["fields"]) == ("Hello. a tab", {"reason": "caller_hung_up"})
    assert names.index("CallAnalysed") < names.index("HookRan") < names.index("Ended")


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    journal = Journal.open(tmp_path / "journal.db")
    facts = [
        Connected("r", "a"),
        MessageCommitted("user", "a table please"),
        ToolStarted("t", "book", "{}"),
        ToolEnded("t", "done", "booked"),
        Ended("agent_ended", seconds=4.0),
    ]
    for seq, fact in enumerate(facts):
        journal.append(Record("done", seq, 1000.0 + seq, seq, "fact", type(fact).__name__, to_body(fact)))
    journal.append(Record("open", 0, 900.0, 0.0, "fact", "Connected", to_body(facts[0])))
    assert journal.close(20)
    (tmp_path / "agent_to_analyse.py").write_text(
        textwrap.dedent("""
        from offhook import Analysis, Outcome

        def outcome(call):
            if call.seconds > 100:
                raise ValueError("too long")
            return Outcome(call.conversation[0].text, "sale", {"tools": len(call.conversation) - 1})

        analysis = Analysis(outcome)
        """)
    )
    app = typer.Typer()
    app.command()(analyse)
    where = ["--journal", str(tmp_path / "journal.db")]
    file = str(tmp_path / "agent_to_analyse.py")
    return lambda call, *more: CliRunner().invoke(app, [call, *(more or (file,)), *where])


def test_a_finished_call_is_analysed_again(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("done")
    assert (result.exit_code, result.output) == (0, "the outcome, sale, “a table please”, tools=1\n")
    with Reader(tmp_path / "journal.db") as reader:
        *_, ended, analysed = reader.records("done")
        assert (analysed.name, analysed.seq, analysed.body["disposition"]) == ("CallAnalysed", ended.seq + 1, "sale")
        assert reader.summary("done").reason == "agent_ended"
    shown = run("done", str(tmp_path / "agent_to_analyse.py"), "--json")
    assert json.loads(shown.output)["fields"] == {"tools": 1}


@pytest.mark.parametrize(
    ("call", "file", "said"),
    [
        ("open", "agent_to_analyse.py", "has not ended"),
        ("done", "missing.py", "there is no agent file"),
        ("done", "empty.py", "has none; write analysis = Analysis"),
    ],
)
def test_what_cannot_be_analysed_says_so(
    run: Callable[..., Result], tmp_path: Path, call: str, file: str, said: str
) -> None:
    (tmp_path / "empty.py").write_text("")
    result = run(call, str(tmp_path / file))
    assert isinstance(result.exception, OffhookError)
    assert said in str(result.exception)
