"""Routes in a TOML file: all mistakes are told at once, each with its line and what to write."""

from pathlib import Path

import pytest

from offhook import Routes, answer_and_refuse, reject
from offhook.core.errors import PlanError
from offhook.core.routes.values import CallValues

GOOD = """
default = { refuse = "This number is not in service." }

[[route]]
name = "acme"
trunk = "ST_acme"
plan = "agents.acme:plan"
at_most = 5

[[route]]
dialled = ["+1 555 010*", "sales"]
plan = "agents.sales:plan"

[[route]]
name = "vip"
trusting_caller = true
plan = "agents.vip:plan"
[route.headers]
X-Tenant = ["gold", "platinum*"]

[[route]]
name = "scanners"
trunk = "ST_open"
reject = "declined"

[[route]]
metadata = { tenant = "old" }
reject = 480
"""

TEN = """
defualt = "agents.support:plan"
[[route]]
name = "acme"
dialed = "+1555*"
plan = "agents/acme.py"
[[route]]
name = "acme"
dialled = 15550100
plan = "agents.acme:plan"
reject = "busy"
[[route]]
caller = "+49*"
reject = "engaged"
[[route]]
plan = 7
room = "a*b"
[route.headers]
"X Tenant" = ""
"""

TOLD = """\
routes.toml:1: no default for calls that no route matches; write default = 'module:function' or default = { reject = 'declined' }
routes.toml:2: 'defualt' is not a key here; did you mean default?
routes.toml:3: route 1 (acme): it has no condition and would take every call; write dialled, trunk, …, or make it the default
routes.toml:5: route 1 (acme): 'dialed' is not a key; did you mean dialled?
routes.toml:6: route 1 (acme): plan 'agents/acme.py' is not the name of a function; write it as 'package.module:function'
routes.toml:8: route 2 (acme): route 1 has this name too; rename one
routes.toml:9: route 2 (acme): dialled is 15550100; give a text in quotes, or a list of texts
routes.toml:11: route 2 (acme): it has plan and reject; give one of plan, reject and refuse
routes.toml:13: route 3: any caller can choose the caller's number; if your carrier checks the caller's number, add trusting_caller = true, else use another condition
routes.toml:14: route 3: reject('engaged'): give 'busy', 'declined' or a SIP code from 400 to 699
routes.toml:16: route 4: plan is 7; write it as 'module:function'
routes.toml:17: route 4: room has 'a*b'; the '*' may only be at the end
routes.toml:18: route 4: 'X Tenant' is not the name of a header; write it as in X-Tenant
routes.toml:18: route 4: any caller can choose the headers; if your carrier checks the headers, add trusting_caller = true, else use another condition
routes.toml:18: route 4: headers X Tenant has ''; give a text of 1 to 500 printable characters
"""  # noqa: E501  # lines of output


def read(folder: Path, text: str) -> Routes:
    path = folder / "routes.toml"
    path.write_text(text, encoding="utf-8")
    return Routes.from_toml(path)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(PlanError) as error:
        read(folder, text)
    return str(error.value).replace(f"{folder}/", "").splitlines()


def test_a_file_has_routes_with_plans_rejections_and_refusals(tmp_path: Path) -> None:
    routes = read(tmp_path, GOOD)
    calls = {
        "acme": CallValues.of(trunk="ST_acme"),
        "route 2": CallValues.of(dialled=["+15550100199"]),
        "vip": CallValues.of(headers={"x-tenant": "platinum-2"}),
        "scanners": CallValues.of(trunk="ST_open"),
        "route 5": CallValues.of(metadata={"tenant": "old"}),
        "default": CallValues.of(),
    }
    choices = {name: routes.match(call) for name, call in calls.items()}
    assert [choice.route for choice in choices.values()] == list(calls)
    assert [choice.plan for choice in choices.values()] == [
        "agents.acme:plan",
        "agents.sales:plan",
        "agents.vip:plan",
        reject("declined"),
        reject(480),
        answer_and_refuse("This number is not in service."),
    ]
    assert choices["acme"].at_most == 5


def test_a_file_with_ten_mistakes_and_more_tells_all_of_them_with_lines_in_one_error(tmp_path: Path) -> None:
    assert mistakes(tmp_path, TEN) == TOLD.splitlines()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("default = 7", "routes.toml:1: default: plan is int; give a plan function, 'module:function', reject(…) or"),
        ("default = 'support'", "routes.toml:1: default: plan 'support' is not the name of a function"),
        ("default = { plan = 'a:b', refuse = 'No.' }", "routes.toml:1: default: it has plan and refuse; give one of"),
        ("default = {}", "routes.toml:1: default: no plan; give one of plan, reject and refuse"),
        ("default = 'a:b'\nroute = 3", "routes.toml:2: 'route' must be a list of tables; begin each route with"),
        ("default = 'a:b'\nroute = [3]", "routes.toml:2: 'route' must be a list of tables"),
        ("default = 'a:b'\nroute = [{room = 'a'}]", "routes.toml:1: route 1: no plan; give one of plan, reject"),
        ("default = 'a:b'\n[[route]]\nplan = 'c:d'\nroom = 'a'\nzzz = 1", "routes.toml:5: route 1: 'zzz' is not a key"),
        ("default = 'a:b'\n[[route]]\nplan = 'c:d'\nheaders.X-A = 1", "routes.toml:4: route 1: "),
        (
            (
                "default = 'a:b'\n[[route]]\nname = 'route 2'\nroom = 'a'\nplan = 'a:b'"
                "\n[[route]]\nroom = 'b'\nplan = 'a:b'"
            ),
            "routes.toml:6: route 2: route 1 has this name too; rename one",
        ),
        (
            "default = ",
            "routes.toml: the TOML is not valid: Invalid value (at end of document); correct this place first",
        ),
        ("a = " + "[" * 9999, "routes.toml: the TOML is not valid: "),
        ("#" * 1_048_577, "routes.toml has 1048577 characters"),
    ],
)
def test_other_mistakes_are_told_too(tmp_path: Path, text: str, line: str) -> None:
    assert line in mistakes(tmp_path, text)[0]


def test_a_default_may_be_a_function_or_a_rejection(tmp_path: Path) -> None:
    assert read(tmp_path, "default = 'a.b:c'").default == "a.b:c"
    assert read(tmp_path, "default = { reject = 'busy' }").default == reject("busy")
    assert read(tmp_path, "default = { plan = 'a:b' }").default == "a:b"


def test_a_file_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"nowhere\.toml cannot be read .* give a TOML file in UTF-8"):
        Routes.from_toml(tmp_path / "nowhere.toml")
    (tmp_path / "latin.toml").write_bytes("name = 'café'".encode("latin-1"))
    with pytest.raises(PlanError, match="cannot be read"):
        Routes.from_toml(str(tmp_path / "latin.toml"))
