"""Routes: the first route whose conditions a call meets takes the call; each choice is explained."""

from typing import Any

import pytest

from offhook import Call, Caller, Route, Routes, answer_and_refuse, reject
from offhook.core.errors import PlanError
from offhook.core.routes.values import CallValues
from offhook.core.sip.read import read_sip

values = CallValues.of


def sales(call: Call) -> None:
    """A plan function."""


def support(call: Call) -> None:
    """Another plan function."""


def taken(call: Call | CallValues, *routes: Route) -> str:
    return Routes(*routes, default=support).match(call).route


def test_the_first_route_that_matches_takes_the_call_and_the_default_all_others() -> None:
    routes = Routes(
        Route(sales, name="sales", dialled="+15550100"),
        Route("agents.shop:plan", dialled="+1555*"),
        Route(reject("declined"), trunk="ST_scanner"),
        default=support,
    )
    choices = [routes.match(values(dialled=[number])) for number in ("+15550100", "+15559999", "+4420")]
    assert [(one.route, one.plan) for one in choices] == [
        ("sales", sales),
        ("route 2", "agents.shop:plan"),
        ("default", support),
    ]
    assert routes.match(values(trunk="ST_scanner")).plan == reject("declined")


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("+15550100199", "+15550100199", True),
        ("+1 (555) 010-0199", "+15550100199", True),
        ("15550100199", "+15550100199", True),
        ("+15550100199", "15550100199", True),
        ("+1555*", "+15550100199", True),
        ("+1555*", "15550100199", True),
        ("1555*", "15550100199", True),
        ("+1*", "100", False),
        ("100", "100", True),
        ("100", "1001", False),
        ("sales", "sales", True),
        ("sales", "Sales", False),
        ("sales@acme", "sales@acme", True),
        ("sales*", "sales-berlin", True),
        ("*", "anything", True),
        ("*", "", False),
        ("٣٤٥٦٧٨٩", "+٣٤٥٦٧٨٩", False),
    ],
)
def test_a_dialled_number_or_user_part_is_compared_exactly_or_by_its_beginning(
    pattern: str, value: str, matches: bool
) -> None:
    assert (taken(values(dialled=[value]), Route(sales, name="it", dialled=pattern)) == "it") is matches


@pytest.mark.parametrize(
    ("route", "call"),
    [
        (Route(sales, trunk="ST_1"), values(trunk="ST_1")),
        (Route(sales, room="lobby-*"), values(room="lobby-7")),
        (Route(sales, caller="+1 555*", trusting_caller=True), values(caller=["+15550100"])),
        (Route(sales, headers={"X-Tenant": "acme"}, trusting_caller=True), values(headers={"x-tenant": "acme"})),
        (Route(sales, metadata={"tenant": ["acme", "shop"]}), values(metadata={"tenant": "shop"})),
        (Route(sales, metadata={"tenant": "7"}), values(metadata={"tenant": 7})),
        (Route(sales, metadata={"vip": "true"}), values(metadata={"vip": True})),
        (Route(sales, room_metadata={"tenant": "acme"}), values(room_metadata={"tenant": "acme"})),
        (Route(sales, dialled=["sales", "shop"]), values(dialled=["shop"])),
    ],
)
def test_each_kind_of_condition_is_met(route: Route, call: CallValues) -> None:
    assert taken(call, route) == "route 1"
    assert taken(values(), route) == "default"


def test_all_conditions_must_be_met_and_a_list_in_the_metadata_meets_none() -> None:
    route = Route(sales, trunk="ST_1", metadata={"tenant": "acme"})
    assert taken(values(trunk="ST_1", metadata={"tenant": "acme"}), route) == "route 1"
    assert taken(values(trunk="ST_1", metadata={"tenant": ["acme"]}), route) == "default"
    assert taken(values(trunk="ST_2", metadata={"tenant": "acme"}), route) == "default"


def test_a_call_has_the_values_of_its_phone_its_room_and_its_metadata() -> None:
    attributes = {
        "sip.trunkID": "ST_1",
        "sip.ruleID": "SDR_1",
        "sip.phoneNumber": "+15550100",
        "sip.trunkPhoneNumber": "sales%40acme;lang=en",
        "sip.h.x-tenant": "acme",
    }
    sip, phone = read_sip(attributes), Caller("sip_1", "phone", attributes=attributes)
    call = Call("AJ_1", "lobby", phone, data={"tenant": "shop"}, sip=sip, room_metadata='{"city": "Rome"}')
    keys = ["dialled", "caller", "trunk", "room", "header x-tenant", "metadata.tenant", "room_metadata.city"]
    found = CallValues.of_call(call)
    assert [found.get(key) for key in keys] == [
        ("sales@acme",), ("+15550100",), ("ST_1",), ("lobby",), ("acme",), ("shop",), ("Rome",)
    ]  # fmt: skip
    web = CallValues.of_call(Call("AJ_1", "lobby", Caller("ann", attributes={"dialled": "sales"})))
    assert [web.get(key) for key in keys[:4]] == [(), (), (), ("lobby",)]


def test_the_explanation_says_for_each_route_why_it_takes_the_call_or_not() -> None:
    routes = Routes(
        Route(sales, name="acme", headers={"X-Tenant": "acme"}, trusting_caller=True),
        Route(sales, name="uk", dialled=["+44*", "+353*"]),
        Route(sales, name="us", dialled="+1*", trunk="ST_1"),
        Route(sales, name="all us", dialled="+1*"),
        default=support,
    )
    call = values(dialled=["+15550100"], trunk="ST_1")
    assert [(one.route, one.result, one.why) for one in routes.explain(call)] == [
        ("acme", "no match", "the call has no header x-tenant"),
        ("uk", "no match", "dialled is '+15550100', not '+44*' or '+353*'"),
        ("us", "takes the call", "dialled '+15550100' matches '+1*', trunk is 'ST_1'"),
        ("all us", "matches too", "dialled '+15550100' matches '+1*'"),
        ("default", "no match", "an earlier route takes the call"),
    ]
    last = routes.explain(Call("AJ_1", "lobby", Caller("ann")))[-1]
    assert (last.result, last.why) == ("takes the call", "no route matches")


def test_a_route_that_an_earlier_one_covers_is_found() -> None:
    routes = Routes(
        Route(sales, name="us", dialled="+1*"),
        Route(sales, name="boston", dialled=["+1617*", "+1857*"]),
        Route(sales, name="boston and rome", dialled=["+1617*", "+39*"]),
        Route(sales, name="us by trunk", dialled="+1*", trunk="ST_1"),
        Route(sales, name="trunk", trunk="ST_1"),
        Route(sales, name="trunk again", trunk="ST_1", room="x"),
        default=support,
    )
    assert routes.unreachable() == [("boston", "us"), ("us by trunk", "us"), ("trunk again", "trunk")]


def test_two_routes_that_some_calls_both_match_are_found_unless_one_has_all_calls_of_the_other() -> None:
    routes = Routes(
        Route(sales, name="boston", dialled="+1617*"),
        Route(sales, name="us", dialled="+1*"),
        Route(sales, name="uk", dialled="+44*"),
        Route(sales, name="trunk", trunk="ST_1"),
        default=support,
    )
    assert routes.overlaps() == [("boston", "trunk"), ("us", "trunk"), ("uk", "trunk")]


def wrong(**fields: Any) -> str:
    with pytest.raises(PlanError) as error:
        Route(**{"plan": sales, "name": "it", "dialled": "+1*", **fields})
    return str(error.value)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"plan": None}, "no plan; give a plan function"),
        ({"plan": "agents/shop.py"}, "write it as 'package.module:function'"),
        ({"plan": 7}, "plan is int; give a plan function"),
        ({"dialled": ()}, "it has no condition and would take every call"),
        ({"dialled": ""}, "it has no condition"),
        ({"dialled": "+1*5"}, "the '*' may only be at the end"),
        ({"dialled": 15550100}, "dialled is 15550100; give a text in quotes, or a list of texts"),
        ({"trunk": [1]}, "trunk has 1; put it in quotes"),
        ({"room": "a\nb"}, "printable characters"),
        ({"room": "a" * 501}, "give a text of 1 to 500"),
        ({"caller": "+1*"}, "any caller can choose the caller's number"),
        ({"headers": {"X-Tenant": "acme"}}, "any caller can choose the headers"),
        ({"headers": {"X Tenant": "acme"}, "trusting_caller": True}, "'X Tenant' is not the name of a header"),
        ({"metadata": {"tenant": ""}}, "metadata tenant has ''; give a text of 1 to 500"),
        ({"metadata": {"tenant": []}}, "metadata tenant has no pattern; '*' stands for any value"),
        ({"metadata": {"tenant": None}}, "metadata tenant is None; give a text"),
        ({"metadata": "tenant=acme"}, "write names and patterns: { X-Name = 'value' }"),
        ({"trusting_caller": "yes"}, "trusting_caller is 'yes'; write true or false"),
        ({"at_most": 0}, "at_most is 0; give a number of calls, 1 or more"),
        ({"at_most": True}, "at_most is True; give a number"),
        ({"name": 7}, "name is 7; give a short text"),
        ({"name": "default"}, "the name 'default' is for calls without a route"),
    ],
)
def test_a_mistake_in_a_route_is_refused_with_what_to_write(fields: dict[str, Any], text: str) -> None:
    assert text in wrong(**fields)


def test_all_mistakes_of_a_route_are_in_one_error() -> None:
    lines = wrong(plan=7, dialled="*1", caller="+1*", at_most=0).splitlines()
    assert len(lines) == 4
    assert all(line.startswith("Route 'it': ") for line in lines)
    with pytest.raises(PlanError, match=r"^Route: it has no condition"):
        Route(sales)


def test_routes_need_a_default_routes_and_names_of_their_own() -> None:
    with pytest.raises(PlanError, match="argument 2 is function; give Route"):
        Routes(Route(sales, room="a"), sales, default=sales)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(PlanError, match=r"Routes\(default=…\): no plan"):
        Routes(default=None)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(PlanError, match="two routes have the name 'a'; rename one"):
        Routes(Route(sales, name="a", room="a"), Route(sales, name="a", room="b"), default=sales)
    assert Routes(default=answer_and_refuse("Closed.")).match(values()).plan == answer_and_refuse("Closed.")


def test_the_headers_that_the_routes_compare_are_known() -> None:
    one = Route(sales, headers={"X-Tier": "gold", "X-Tenant": "acme"}, trusting_caller=True)
    other = Route(sales, headers={"x-tier": "basic"}, trusting_caller=True)
    assert Routes(one, other, default=support).headers == ("x-tier", "x-tenant")
    assert Routes(default=support).headers == ()
