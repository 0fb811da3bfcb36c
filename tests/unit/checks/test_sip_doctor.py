"""`offhook sip doctor` finds each fault, finds none in a healthy configuration, and prints commands that mend them."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from typer.testing import CliRunner

from offhook.checks.sip import CODES, Diagnosis, SipConfig, examine, load_config, match_call, parse_config
from offhook.checks.sip.config import Rule, Trunk
from offhook.checks.sip.numbers import normalized
from offhook.cli.main import _app
from offhook.core.errors import SettingsError

DEPLOY = Path(__file__).parents[3] / "deploy"
SAFE = {"allowed_addresses": ["192.0.2.10/32"], "ringing_timeout": "30s", "max_call_duration": "3600s"}
TRUNK = {"sip_trunk_id": "ST_1", "numbers": ["+15550001111"], **SAFE, "media": {"media_timeout": "60s"}}
INDIVIDUAL = {"dispatch_rule_individual": {"room_prefix": "call"}}
RULE = {
    "sip_dispatch_rule_id": "SDR_1",
    "trunk_ids": ["ST_1"],
    "rule": INDIVIDUAL,
    "room_config": {"agents": [{"agent_name": "desk"}]},
}


def trunk(**changes: object) -> Trunk:
    return ParseDict({name: value for name, value in {**TRUNK, **changes}.items() if value is not None}, Trunk())


def rule(**changes: object) -> Rule:
    return ParseDict({name: value for name, value in {**RULE, **changes}.items() if value is not None}, Rule())


def config(*parts: Trunk | Rule, agents: set[str] | None = None) -> SipConfig:
    trunks = [one for one in parts if isinstance(one, Trunk)]
    rules = [one for one in parts if isinstance(one, Rule)]
    return SipConfig(trunks, rules, frozenset({"desk"} if agents is None else agents))


def codes(diagnosis: Diagnosis) -> list[str]:
    return [one.code for one in diagnosis.findings]


def test_a_healthy_configuration_has_no_findings() -> None:
    assert examine(config(trunk(), rule())).subjects == []


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("no_trunk", ()),
        ("no_rule", (trunk(),)),
        ("no_rule", (trunk(), rule(numbers=["+15550002222"]))),
        ("conflicting_trunks", (trunk(), trunk(sip_trunk_id="ST_2"), rule(trunk_ids=["ST_1", "ST_2"]))),
        ("conflicting_trunks", (trunk(numbers=[]), trunk(sip_trunk_id="ST_2", numbers=[]), rule())),
        ("conflicting_rules", (trunk(), rule(), rule(sip_dispatch_rule_id="SDR_2"))),
        ("unknown_trunk_id", (trunk(), rule(trunk_ids=["ST_1", "ST_9"]))),
        ("rule_number_not_on_trunk", (trunk(), rule(numbers=["+15550009999"]))),
        ("rule_number_not_e164", (trunk(), rule(numbers=["1 (555) 000-1111"]))),
        ("rule_number_not_e164", (trunk(), rule(inbound_numbers=["15551230000"]))),
        ("no_agent", (trunk(), rule(room_config=None))),
        ("unknown_agent", (trunk(), rule(room_config={"agents": [{"agent_name": "dsk"}]}))),
        ("open_rule", (trunk(), rule(trunk_ids=[]))),
        ("open_trunk", (trunk(allowed_addresses=[]), rule())),
        ("shared_room", (trunk(), rule(rule={"dispatch_rule_direct": {"room_name": "lobby"}}))),
        ("shared_room", (trunk(), rule(rule={"dispatch_rule_callee": {"room_prefix": "call"}}))),
        ("shared_room", (trunk(), rule(rule={"dispatch_rule_individual": {"no_randomness": True}}))),
        ("caller_sets_attribute", (trunk(headers_to_attributes={"X-A": "tenant"}), rule(attributes={"tenant": "a"}))),
        ("default_ringing_timeout", (trunk(ringing_timeout=None), rule())),
        ("default_max_call_duration", (trunk(max_call_duration=None), rule())),
        ("default_media_timeout", (trunk(media=None), rule())),
        ("large_headers", (trunk(headers={"X-Long": "x" * 400}), rule())),
        ("krisp_without_cloud", (trunk(krisp_enabled=True), rule())),
        ("krisp_without_cloud", (trunk(), rule(krisp_enabled=True))),
        ("hidden_numbers", (trunk(), rule(hide_phone_number=True))),
        ("pin", (trunk(), rule(rule={"dispatch_rule_individual": {"pin": "1234"}}))),
    ],
)
def test_each_fault_is_found_with_what_the_caller_experiences(code: str, parts: tuple[Trunk | Rule, ...]) -> None:
    found = [one for one in examine(config(*parts)).findings if one.code == code]
    assert [one.caller for one in found] == [CODES[code].caller]
    assert found[0].severity == CODES[code].severity
    assert found[0].detail
    assert found[0].todo


def test_no_other_fault_is_told_with_it() -> None:
    assert codes(examine(config(trunk(ringing_timeout=None), rule()))) == ["default_ringing_timeout"]
    assert codes(examine(config(trunk(), rule(rule={"dispatch_rule_direct": {"room_name": "x"}})))) == ["shared_room"]
    assert codes(examine(config(trunk(), rule(numbers=["1 555 000 1111"])))) == ["no_rule", "rule_number_not_e164"]


def test_what_is_as_it_should_be_is_no_fault() -> None:
    with_password = trunk(allowed_addresses=[], auth_username="u", auth_password="p")
    assert codes(examine(config(with_password, rule()))) == []
    other_callers = trunk(sip_trunk_id="ST_2", allowed_numbers=["+15551110000"])
    both = rule(trunk_ids=["ST_1", "ST_2"])
    assert codes(examine(config(trunk(allowed_numbers=["+15552220000"]), other_callers, both))) == []
    randomized = rule(rule={"dispatch_rule_callee": {"randomize": True}})
    assert codes(examine(config(trunk(), randomized))) == []
    assert codes(examine(config(trunk(), rule(room_config=None), agents={""}))) == []
    assert codes(examine(config(trunk(), rule(room_config=None, room_preset="desk")))) == []
    every_number = trunk(numbers=[])
    assert codes(examine(config(every_number, rule(numbers=["+15550009999"])))) == []
    for_one_caller = rule(inbound_numbers=["+15551230000"])
    assert codes(examine(config(trunk(), for_one_caller))) == []


def test_agents_that_are_not_known_are_a_note_and_nothing_worse() -> None:
    unknown = SipConfig([trunk()], [rule()], None)
    assert [(one.code, one.severity) for one in examine(unknown).findings] == [("agents_not_known", "note")]
    nameless = SipConfig([trunk()], [rule(room_config=None)], None)
    assert [(one.code, one.severity) for one in examine(nameless).findings] == [("no_agent", "warning")]


def test_a_trunk_that_lets_everybody_in_is_a_problem() -> None:
    (found,) = examine(config(trunk(numbers=[], allowed_addresses=[]), rule())).findings
    assert (found.code, found.severity) == ("open_trunk", "problem")


def test_a_misspelt_agent_is_told_with_the_nearest_name() -> None:
    found = examine(config(trunk(), rule(room_config={"agents": [{"agent_name": "desc"}]}), agents={"desk", "sales"}))
    assert found.findings[0].todo == "did you mean desk?"


DIRECT = {"dispatch_rule_direct": {"room_name": "lobby"}}
CALLEE = {"dispatch_rule_callee": {"randomize": True}}
PIN = {"dispatch_rule_callee": {"pin": "1", "randomize": True}}


@pytest.mark.parametrize(
    ("winner", "loser", "why"),
    [
        ({}, {"trunk_ids": []}, "it names no trunk"),
        ({"numbers": ["+15550001111"]}, {}, "it is for more numbers"),
        ({"inbound_numbers": ["+15551230000"]}, {"rule": DIRECT}, "it is for more numbers"),
        ({"rule": DIRECT}, {"rule": INDIVIDUAL}, "goes first"),
        ({"rule": INDIVIDUAL}, {"rule": CALLEE}, "goes first"),
        ({"rule": PIN}, {"rule": DIRECT}, "goes first"),
        ({"rule": {"dispatch_rule_individual": {"room_prefix": "a"}}}, {}, "goes first"),
        ({}, {"numbers": ["+15550002222"]}, "it is for other numbers"),
        ({}, {"numbers": ["15550001111"]}, "it is for '15550001111', which is compared character by character"),
        ({}, {"inbound_numbers": ["+1"]}, "it is for other callers"),
        ({}, {"inbound_numbers": ["15551230000"]}, "it is for the caller '15551230000', compared character"),
        ({}, {"trunk_ids": ["ST_2"]}, "it is for other trunks"),
    ],
)
@pytest.mark.parametrize("reverse", [False, True])
def test_the_rule_that_wins_is_named_and_why_the_other_does_not(
    winner: dict[str, object], loser: dict[str, object], why: str, reverse: bool
) -> None:
    rules = [rule(**winner, name="wins"), rule(**loser, name="loses", sip_dispatch_rule_id="SDR_2")]
    path = match_call(SipConfig([trunk()], rules[:: -1 if reverse else 1]), "+1 555 000-1111", "+15551230000")
    assert path.rule is not None
    assert (path.rule.name, path.code, path.number) == ("wins", "", "+15550001111")
    (other,) = path.others
    assert other.startswith('rule "loses" (SDR_2): ')
    assert why in other


def test_a_trunk_for_the_number_wins_over_one_for_all() -> None:
    every = trunk(sip_trunk_id="ST_all", numbers=[])
    path = match_call(config(every, trunk(), rule(trunk_ids=["ST_1", "ST_all"])), "+15550001111")
    assert path.trunk is not None
    assert path.trunk.sip_trunk_id == "ST_1"
    assert path.outcome.startswith("trunk ST_1 takes it if it comes from 192.0.2.10/32, rule SDR_1 puts")
    assert path.others[0] == "trunk ST_all: the other trunk lists this number"
    assert match_call(config(every, trunk(), rule()), "+15559999999").code == "no_rule"


def test_a_call_that_gets_nowhere_says_where_it_stops() -> None:
    assert match_call(config(trunk(), rule()), "+15559999999").code == "no_trunk"
    assert match_call(config(trunk()), "+15550001111").code == "no_rule"
    assert match_call(config(trunk(), trunk(sip_trunk_id="ST_2"), rule()), "+15550001111").code == "conflicting_trunks"
    only_one = config(trunk(allowed_numbers=["+15551230000"]), rule())
    assert [match_call(only_one, "+15550001111", caller).code for caller in ("", "1 555 123 0000")] == ["no_trunk", ""]
    assert match_call(only_one, "+15550001111").others[0] == "trunk ST_1: allowed_numbers has other callers"
    assert match_call(only_one, "+15550002222").others[0] == "trunk ST_1: it is for other numbers"
    assert match_call(config(rule(trunk_ids=[])), "anything").code == ""


def test_the_number_asked_for_gets_the_commands_to_create_what_is_missing() -> None:
    (subject,) = examine(config(trunk(), rule()), number="+1 555 777 0000").subjects
    assert (subject.name, [one.code for one in subject.findings]) == ("number +15557770000", ["no_trunk"])
    created = [body(command) for command in subject.commands]
    assert created[0]["trunk"]["numbers"] == ["+15557770000"]
    assert created[1]["dispatch_rule"]["room_config"] == {"agents": [{"agent_name": "desk"}]}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+15550001111", "+15550001111"),
        ("1 (555) 000-1111", "+15550001111"),
        ("1001", "+1001"),
        ("sales@acme", "sales@acme"),
        ("", ""),
    ],
)
def test_numbers_of_trunks_are_compared_as_livekit_does(number: str, expected: str) -> None:
    assert normalized(number) == expected


def body(command: str) -> Any:
    return json.loads(re.search(r"<<'JSON'\n(.*)\nJSON$", command, re.DOTALL)[1])  # type: ignore[index]  # it is there


def applied(before: SipConfig) -> SipConfig:
    """The configuration after all printed commands, with the placeholders filled in."""
    trunks = {one.sip_trunk_id: one for one in before.trunks}
    rules = {one.sip_dispatch_rule_id: one for one in before.rules}
    printed = [command for one in examine(before).subjects for command in one.commands]
    for number, command in enumerate(one.replace("YOUR-CARRIERS-ADDRESS", "192.0.2.10") for one in printed):
        kind, verb, own_id = re.match(r"lk sip (\w+) (\w+) (?:--id )?(\S+)", command).groups()  # type: ignore[union-attr]
        if verb == "delete":
            (trunks if kind == "inbound" else rules).pop(own_id)  # type: ignore[attr-defined]  # two dicts
        elif kind == "inbound" and verb == "create":
            trunks["ST_new"] = ParseDict({**body(command)["trunk"], "sip_trunk_id": "ST_new"}, Trunk())
        elif kind == "inbound":
            trunks[own_id] = ParseDict({**body(command), "sip_trunk_id": own_id}, Trunk())
        else:
            own_id = f"SDR_new_{number}" if verb == "create" else own_id
            given = body(command).get("dispatch_rule", body(command))
            given["trunk_ids"] = [one.replace("THE-ID-OF-THE-NEW-TRUNK", "ST_new") for one in given["trunk_ids"]]
            rules[own_id] = ParseDict({**given, "sip_dispatch_rule_id": own_id}, Rule())
    return SipConfig(list(trunks.values()), list(rules.values()), before.agents)


@pytest.mark.parametrize(
    "make",
    [
        lambda: load_config(DEPLOY / "sip-faulty.json"),
        config,
        lambda: config(trunk(numbers=[], allowed_addresses=[])),
        lambda: config(trunk(), trunk(sip_trunk_id="ST_2"), rule(), rule(sip_dispatch_rule_id="SDR_2")),
        lambda: config(trunk(ringing_timeout=None), rule(trunk_ids=["ST_9"], numbers=["15550001111"])),
    ],
)
def test_the_printed_commands_together_mend_every_problem(make: Callable[[], SipConfig]) -> None:
    before = make()
    assert not examine(before).healthy
    after = examine(applied(before))
    assert [one for one in after.findings if one.severity == "problem"] == []


def test_a_password_is_in_no_output() -> None:
    secret = "hush-hush-hush"
    shown = repr(examine(config(trunk(auth_username="u", auth_password=secret, ringing_timeout=None), rule())))
    assert "THE-PASSWORD-OF-THE-TRUNK" in shown
    assert secret not in shown


def test_a_name_cannot_break_out_of_a_command() -> None:
    name = "x\nJSON\nrm -rf /\n"
    (subject,) = examine(
        config(trunk(name=name, ringing_timeout=None, sip_trunk_id="ST_1; rm"), rule(trunk_ids=["ST_1; rm"]))
    ).subjects
    assert subject.commands[0].split("\n")[0] == "lk sip inbound update --id 'ST_1; rm' /dev/stdin <<'JSON'"
    assert subject.commands[0].split("\n").count("JSON") == 1
    assert body(subject.commands[0])["name"] == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "this is not JSON"),
        ("[" * 100_000, "this is not JSON"),
        ("[]", "this is not a JSON object"),
        ('{"trunks": []}', "'trunks' is not one of inbound_trunks, dispatch_rules, agents"),
        ('{"inbound_trunks": {}}', "inbound_trunks is not a list"),
        ('{"inbound_trunks": [1]}', "inbound_trunks, entry 1, is not a JSON object"),
        (
            '{"dispatch_rules": [{}, {"trunk": "ST_1"}]}',
            "dispatch_rules, entry 2: .*trunk.*; the field names are LiveKit's",
        ),
        ('{"inbound_trunks": [{"ringing_timeout": "soon"}]}', "inbound_trunks, entry 1: "),
        ('{"agents": "desk"}', "agents is not a list of names"),
        ('{"agents": [1]}', "agents is not a list of names"),
    ],
)
def test_a_file_that_is_no_configuration_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        parse_config(text)


def test_field_names_may_be_written_as_lk_prints_them() -> None:
    (one,) = parse_config('{"inbound_trunks": [{"sipTrunkId": "ST_7", "ringingTimeout": "20s"}]}').trunks
    assert (one.sip_trunk_id, one.ringing_timeout.seconds) == ("ST_7", 20)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(_app(), ["sip", "doctor", *arguments])
    return done.exit_code, done.stdout


def test_the_exit_code_is_one_for_problems_and_zero_without() -> None:
    code, shown = run("--file", str(DEPLOY / "sip-faulty.json"), "--number", "+15550001111")
    assert (code, shown.splitlines()[-1]) == (1, "4 problems, 6 warnings, 1 note")
    assert "  not rule \"sales\" (SDR_sales): it is for '1 555 000 1111', which is compared" in shown
    assert run("--file", str(DEPLOY / "sip-good.json")) == (0, "no faults found\n")


@pytest.mark.slow
def test_json_is_one_object() -> None:
    code, shown = run("--file", str(DEPLOY / "sip-faulty.json"), "--number", "+15550003333", "--json")
    told = json.loads(shown)
    assert (code, told["ok"], told["call"]["trunk"], told["call"]["rule"]) == (1, False, "ST_second", "SDR_everybody")
    assert {name for one in told["subjects"] for name in one} == {"name", "findings", "commands"}
    fields = {"severity", "code", "detail", "caller", "todo"}
    assert {name for one in told["subjects"] for found in one["findings"] for name in found} == fields
    assert json.loads(run("--file", str(DEPLOY / "sip-good.json"), "--json")[1]) == {
        "ok": True,
        "call": None,
        "subjects": [],
    }


def test_the_agents_of_the_command_line_are_used_in_place_of_those_of_the_file() -> None:
    assert run("--file", str(DEPLOY / "sip-good.json"), "--agent", "night-desk")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--file", "nowhere.json"], "nowhere.json cannot be read"),
        (["--file", "x", "--url", "ws://x"], "exclude each other"),
        (["--file", str(DEPLOY / "sip-good.json"), "--number", ""], "--number is empty"),
        (["--file", str(DEPLOY / "sip-good.json"), "--number", "+1\n"], "--number is neither a number nor"),
        (["--file", str(DEPLOY / "sip-good.json"), "--number", "1" * 300], "--number is neither a number nor"),
        (["--caller", "+1"], "--caller needs --number"),
        (["--url", "localhost:7880"], "not set|must start with"),
    ],
)
def test_bad_input_is_a_typed_error(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    failed = CliRunner().invoke(_app(), ["sip", "doctor", *arguments])
    assert isinstance(failed.exception, SettingsError)
    assert re.search(says, str(failed.exception))
