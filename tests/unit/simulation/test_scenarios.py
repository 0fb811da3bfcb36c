"""Scenario files: the example agent passes the built-in scenarios; an invalid file gives the place and the problem."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from offhook.cli.main import _app
from offhook.testing.scenarios import ScenarioError, find, names, read
from offhook.testing.scenarios.file import VERBS
from offhook.testing.scenarios.live import LiveCaller, check_live

DESK = str(Path(__file__).parents[3] / "agents" / "agent.py")


def offhook(*arguments: str) -> tuple[int, str]:
    run = CliRunner().invoke(_app(), ["simulate", *arguments])
    if isinstance(run.exception, ScenarioError):
        return 2, str(run.exception)
    return run.exit_code, run.output


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_a_scenario_that_ships_holds_for_the_shipped_agent(name: str) -> None:
    code, text = offhook(DESK, name)
    assert "✓ as expected" in text
    assert code == 0


def test_all_that_ship_are_listed_when_none_is_given() -> None:
    code, text = offhook()
    assert code == 0
    assert [line.split()[0] for line in text.splitlines() if line.startswith("  ")] == names()


@pytest.mark.slow
def test_without_a_scenario_all_that_ship_are_played() -> None:
    code, text = offhook(DESK, "--json")
    assert [json.loads(line)["scenario"] for line in text.splitlines() if line.startswith("{")] == names()
    assert code == 0


@pytest.mark.slow
def test_it_says_how_long_it_takes() -> None:
    _, text = offhook(DESK, "silence", "keys")
    assert text.startswith("2 scenarios, about 1 s\n")


def test_variables_come_from_options_and_from_env_files_beside_the_agent(tmp_path: Path) -> None:
    agent = tmp_path / "agent.py"
    needs = "import os\nassert (os.environ['COLOUR'], os.environ['SIZE']) == ('red', '3')\n"
    agent.write_text(needs + Path(DESK).read_text())
    (tmp_path / ".env").write_text("COLOUR=red\n")
    code, text = offhook(str(agent), "early-hang-up", "--env", "SIZE=3")
    assert code == 0, text
    code, text = offhook(str(agent), "early-hang-up", "--env", "SIZE")
    assert code != 0


def test_an_error_of_the_agent_comes_first_with_its_line(tmp_path: Path) -> None:
    agent = tmp_path / "agent.py"
    agent.write_text(
        "from livekit.agents import AgentServer, JobContext\nserver = AgentServer()\n\n@server.rtc_session()\n"
        "async def answer(ctx: JobContext) -> None:\n    raise RuntimeError('DATABASE_URL is not set')\n"
    )
    code, text = offhook(str(agent), "silence")
    assert text.splitlines()[1] == f"✗ {agent}:6: RuntimeError: DATABASE_URL is not set (the entrypoint failed)"
    assert "Traceback" not in text
    assert code == 1


def test_what_is_not_as_expected_is_told_and_exits_with_1(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(
        'steps = [{ hears = "desk" }, { says = "goodbye" }, { ended = true }]\n[expect]\nreason = "silence"\n'
        'said = ["pizza"]\nnot_said = ["goodbye"]\nheard = ["hello"]\ntools = []\n'
        "longest_silence = 0\nlongest_call = 1\n"
    )
    code, text = offhook(DESK, str(wrong))
    assert [line for line in text.splitlines() if line.startswith("✗")] == [
        "✗ the reason is agent_ended, not silence",
        "✗ the agent did not say 'pizza'",
        "✗ the agent said 'goodbye'",
        "✗ the agent did not hear 'hello'",
        "✗ the tools are ['end_call'], not []",
        "✗ the longest silence is 0.4 s, more than 0 s",
        "✗ the call took 6.2 s, more than 1 s",
    ]
    assert code == 1


def test_a_step_in_vain_is_told_with_its_number(tmp_path: Path) -> None:
    vain = tmp_path / "vain.toml"
    vain.write_text('steps = [{ silent = 1 }, { hears = "pizza", timeout = 3 }]\n')
    code, text = offhook(DESK, str(vain))
    assert "vain: step 2 (hears): waited 3 s for the agent to say 'pizza'" in text
    assert code == 1


@pytest.mark.slow
def test_programs_get_json() -> None:
    code, text = offhook(DESK, "silence", "--json")
    told = json.loads(text)
    assert (code, told["scenario"], told["reason"], told["misses"]) == (0, "silence", "silence", [])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("steps = ", "cannot be read: Invalid value"),
        ("", "there are no steps; write steps = ["),
        ('steps = "hello"', "there are no steps"),
        ("steps = [3]", "step 1 is 3; a step is a table"),
        ("steps = [{}]", "step 1 is {}; a step is a table"),
        ('steps = [{ hear = "x" }]', "step 1: 'hear' is unknown; did you mean hears?"),
        ('steps = [{ says = "x", hears = "y" }]', "step 1 does two things, says and hears; make it two steps"),
        ('steps = [{ silent = "long" }]', "step 1: silent is 'long'; it must be a number of seconds"),
        ("steps = [{ silent = -1 }]", "step 1: silent is -1; it must be a number of seconds"),
        ("steps = [{ hangs_up = false }]", "step 1: hangs_up is False; it must be true"),
        ('steps = [{ says = "x", timeout = 3 }]', "step 1: says: 'timeout' is unknown; known here: audio"),
        ("steps = [{ ended = true }]\n[expects]", "'expects' is unknown; did you mean expect?"),
        ("steps = [{ ended = true }]\n[expect]\nsaid = 3", "[expect]: said is 3; it must be a list of words"),
        ("steps = [{ ended = true }]\n[call]\nmodel = 'fakes'", "[call]: 'model' is unknown; did you mean models?"),
        ("steps = [{ ended = true }]\n[replies]\nhello = 3", "[replies]: 'hello' is 3; it must be words"),
        ("title = 3\nsteps = [{ ended = true }]", "title is 3; it must be words"),
    ],
)
def test_a_wrong_file_says_where_and_what(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(ScenarioError) as told:
        read(path)
    assert complaint in str(told.value)
    assert str(told.value).startswith(str(path))
    assert "\n" not in str(told.value)


def test_an_unknown_scenario_is_refused_with_a_near_one() -> None:
    with pytest.raises(ScenarioError, match="did you mean silence"):
        find("silense")


@pytest.mark.slow
def test_a_scenario_is_played_with_a_fault_of_a_provider(tmp_path: Path) -> None:
    asks = tmp_path / "asks.toml"
    asks.write_text(
        'steps = [{ hears = "desk" }, { says = "what are your opening hours" }, { hears = "noon" }, '
        '{ says = "what time is it" }, { ended = true }]\n[expect]\nreason = "error"\nlongest_silence = 5\n'
    )
    code, text = offhook(DESK, str(asks), "--fault", "openai.hangs")
    assert "One moment, please." in text
    assert code == 0, text


def test_a_misspelt_fault_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    run = CliRunner().invoke(_app(), ["simulate", DESK, "silence", "--fault", "openai.hang"])
    assert str(run.exception) == "there is no fault 'openai.hang'; did you mean openai.hangs?"


def test_a_fault_goes_with_the_agents_own_models() -> None:
    run = CliRunner().invoke(_app(), ["simulate", DESK, "silence", "--fault", "openai.hangs", "--models", "fakes"])
    assert "leave --models out" in str(run.exception)


def test_a_step_that_only_a_simulated_caller_can_do_is_refused_for_a_real_call(tmp_path: Path) -> None:
    file = tmp_path / "back.toml"
    file.write_text('steps = [{ hears = "" }, { drops_off = true }, { returns = true }]')
    with pytest.raises(ScenarioError, match="back: step 3: 'returns' works only in a simulated call"):
        check_live(read(file))


def test_a_real_caller_has_every_other_verb_of_a_scenario() -> None:
    assert {name for name in VERBS if not hasattr(LiveCaller, name)} == {"returns"}
