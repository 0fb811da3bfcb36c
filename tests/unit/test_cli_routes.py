"""`offhook routes explain` shows which route takes a call, and why each other route does not."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from offhook.cli.main import _app
from offhook.core.errors import PlanError

TOML = """
default = { reject = "declined" }

[[route]]
name = "acme"
headers = { X-Tenant = "acme" }
trusting_caller = true
plan = "agents.support:acme"

[[route]]
name = "us"
dialled = "+1*"
plan = "agents.support:us"

[[route]]
name = "boston"
dialled = "+1617*"
plan = "agents.support:boston"
"""
AGENT = """
from offhook import Route, Routes, serve

def plan(call): ...

routes = Routes(Route(plan, name="lobby", room="lobby*"), default=plan)
"""
SHOWN = """\
dialled: +16175550100
header x-tenant: gold

   acme     no match        header x-tenant is 'gold', not 'acme'
-> us       takes the call  dialled '+16175550100' matches '+1*'  (agents.support:us)
   boston   matches too     dialled '+16175550100' matches '+1617*'
   default  no match        an earlier route takes the call

route boston can never take a call: us comes first and takes all of its calls; move boston up
some calls match two routes, and the first of the two takes them: acme/us, acme/boston
"""


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "routes.toml"
    path.write_text(TOML)
    return str(path)


def explain(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(_app(), ["routes", "explain", *arguments])
    if isinstance(done.exception, PlanError):
        raise done.exception
    return done.exit_code, done.output


def test_the_route_that_takes_the_call_is_marked_and_the_others_say_why_not(table: str) -> None:
    assert explain(table, "--dialled", "sip:+16175550100@example.com", "--header", "X-Tenant=gold") == (0, SHOWN)


def test_a_call_that_no_route_takes_goes_to_the_default(table: str) -> None:
    code, text = explain(table)
    assert code == 0
    assert "   us       no match        the call has no dialled number\n" in text
    assert "-> default  takes the call  no route matches  (reject('declined'))\n" in text


def test_programs_get_json(table: str) -> None:
    found = json.loads(explain(table, "--json", "--dialled", "+1617555")[1])
    assert (found["route"], [one["result"] for one in found["routes"]][:2]) == ("us", ["no match", "takes the call"])
    assert found["unreachable"] == [{"route": "boston", "because_of": "us"}]


def test_an_agent_file_with_routes_is_explained_too(tmp_path: Path) -> None:
    path = tmp_path / "routed_agent_file.py"
    path.write_text(AGENT)
    found = explain(str(path), "--room", "lobby-7", "--metadata", '{"a": 1}', "--room-metadata", '{"b": 2}')[1]
    assert "-> lobby    takes the call  room 'lobby-7' matches 'lobby*'  (routed_agent_file:plan)\n" in found


def test_an_agent_file_without_routes_or_with_an_error_is_told(tmp_path: Path) -> None:
    plain, broken = tmp_path / "without_routes.py", tmp_path / "divides_by_zero.py"
    plain.write_text("x = 1\n")
    broken.write_text("1 / 0\n")
    with pytest.raises(PlanError, match=r"has no routes at its top level; write routes = Routes\(…\) once"):
        explain(str(plain))
    with pytest.raises(PlanError, match="cannot be imported: ZeroDivisionError"):
        explain(str(broken))


def test_bad_input_is_told_with_what_to_write(table: str, tmp_path: Path) -> None:
    assert "--header X-Tenant: write it as Name=value" in explain(table, "--header", "X-Tenant")[1]
    assert "--metadata: metadata is a JSON list" in explain(table, "--metadata", "[1]")[1]
    with pytest.raises(PlanError, match="there is no file"):
        explain(str(tmp_path / "nowhere.toml"))
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(PlanError, match="is neither TOML nor Python"):
        explain(str(tmp_path / "notes.txt"))
