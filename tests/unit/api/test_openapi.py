"""The OpenAPI document is valid, complete, and made from the table of commands."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from offhook.api.app import application
from offhook.api.examples import EXAMPLES
from offhook.api.openapi import openapi
from offhook.api.problems import PROBLEMS
from offhook.core.commands import COMMANDS, Command, Query, Role, parse_command

DOCUMENT = openapi(COMMANDS)
VERBS = {name: kind for name, kind in COMMANDS.items() if not issubclass(kind, Query)}


@dataclass(frozen=True, slots=True)
class WaveCommand(Command):
    """Wave to the caller."""

    name: ClassVar[str] = "wave"
    role: ClassVar[Role] = "operator"

    times: int = 1


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


@pytest.mark.slow
def test_the_document_is_valid_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(json.loads(json.dumps(DOCUMENT))).validate()


def test_every_route_of_the_application_is_in_the_document_and_nothing_else() -> None:
    routes = {
        (route.method, route.resource.canonical)
        for route in application().router.routes()
        if route.resource is not None
    }
    documented = {(method, path) for method, path, _ in operations()}
    hidden = {("GET", "/openapi.json"), ("HEAD", "/openapi.json"), ("HEAD", "/healthz")}
    assert routes - hidden - {("POST", "/v1/calls/{room}/{verb}")} == documented


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_described_with_its_role_and_its_fields(verb: str) -> None:
    operation = DOCUMENT["paths"][f"/v1/calls/{{room}}/{verb}"]["post"]
    assert operation["x-role"] == VERBS[verb].role
    assert f"Needs the role {VERBS[verb].role}." in operation["description"]
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]["title"] == verb


@pytest.mark.parametrize("verb", EXAMPLES)
def test_every_example_is_a_command_and_fits_its_schema(verb: str) -> None:
    parse_command({"name": verb, **EXAMPLES[verb]})
    schema = {"$ref": f"#/components/schemas/{verb}", "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(EXAMPLES[verb])


@pytest.mark.slow
def test_a_new_verb_needs_nothing_but_its_place_in_the_table() -> None:
    document = openapi({**COMMANDS, "wave": WaveCommand})
    OpenAPIV31SpecValidator(json.loads(json.dumps(document))).validate()
    operation = document["paths"]["/v1/calls/{room}/wave"]["post"]
    assert (operation["summary"], operation["x-role"]) == ("Wave to the caller.", "operator")


def test_every_operation_names_the_errors_that_it_may_have() -> None:
    for _, path, operation in operations():
        if path != "/healthz":
            assert {"400", "401", "403", "404", "409", "429", "502"} <= operation["responses"].keys()
    codes = {
        code
        for response in DOCUMENT["components"]["responses"].values()
        for code in response["content"]["application/problem+json"]["examples"]
    }
    assert codes == set(PROBLEMS)


async def test_inside_another_application_the_document_has_its_address(mounted: Any) -> None:
    api = await mounted()
    document = await (await api.get("/calls-api/openapi.json")).json()
    assert document["servers"] == [{"url": "/calls-api"}]
