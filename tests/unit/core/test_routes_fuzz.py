"""Any TOML gives routes or a `PlanError` with lines; any call can be compared with any routes."""

import json
from collections.abc import Mapping

from hypothesis import example, given
from hypothesis import strategies as st

from offhook import Route, Routes
from offhook.core.errors import PlanError
from offhook.core.routes.parse import KEYS, parse_routes
from offhook.core.routes.values import CallValues

TEXTS = st.sampled_from(["", "*", "+1*", "a:b", "busy", "default", "a*b", "X-Tenant", "é\u0085", "١٢٣"]) | st.text(
    max_size=12
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 999) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
TABLES = st.dictionaries(st.sampled_from(KEYS) | TEXTS, VALUES, max_size=6)


def inline(value: object) -> str:
    """Write a value as TOML; TOML has no null."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return '"null"' if value is None else json.dumps(value)


@given(default=VALUES, tables=st.lists(TABLES, max_size=3), more=TABLES)
@example(default="a:b", tables=[{"plan": "a:b", "headers": {"X": []}}], more={})
def test_any_toml_gives_routes_or_an_error_with_lines(
    default: object, tables: list[dict[str, object]], more: dict[str, object]
) -> None:
    lines = [f"{json.dumps(key)} = {inline(value)}" for key, value in ({**more, "default": default}).items()]
    for table in tables:
        lines += ["[[route]]", *(f"{json.dumps(key)} = {inline(value)}" for key, value in table.items())]
    told = ["routes.toml"]
    try:
        routes, target = parse_routes("\n".join(lines), "routes.toml")
        assert Routes(*routes, default=target).match(CallValues.of()).route == "default"
    except PlanError as error:
        told = str(error).splitlines()
    assert all(line.startswith("routes.toml") for line in told)


@given(patterns=st.lists(TEXTS, min_size=1, max_size=3), dialled=TEXTS, other=TEXTS)
def test_a_route_that_covers_another_matches_whatever_the_other_matches(
    patterns: list[str], dialled: str, other: str
) -> None:
    def plan(call: object) -> None: ...

    try:
        routes = Routes(
            Route(plan, name="wide", dialled=patterns), Route(plan, name="narrow", dialled=other), default=plan
        )
    except PlanError:
        return
    call = CallValues.of(dialled=[dialled])
    if routes.unreachable():
        assert routes.match(call).route != "narrow"
    tried = routes.explain(call)
    assert [one.result for one in tried].count("takes the call") == 1
