"""A call has its caller; metadata that cannot be parsed is reported in `problem`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.core.call import MAX_METADATA, Call, Caller, read_metadata


def test_a_call_without_metadata_has_none() -> None:
    call = Call("j1", "room", Caller("anna"))
    assert (call.metadata, call.data, call.problem) == ("", {}, "")
    assert (call.caller.kind, call.caller.number, call.caller.attributes) == ("web", "", {})


def test_the_attributes_of_one_caller_cannot_leak_into_another() -> None:
    with pytest.raises(TypeError):
        Caller("anna").attributes["sip.phoneNumber"] = "+49"  # type: ignore[index]  # on purpose


@pytest.mark.parametrize("metadata", ["", "  \n"])
def test_no_metadata_is_no_problem(metadata: str) -> None:
    assert read_metadata(metadata) == ({}, "")


def test_a_json_object_is_read() -> None:
    assert read_metadata('{"customer": "anna", "vip": true}') == ({"customer": "anna", "vip": True}, "")


@pytest.mark.parametrize(("metadata", "kind"), [("[1]", "list"), ("5", "int"), ("null", "NoneType"), ('"x"', "str")])
def test_json_that_is_no_object_says_so(metadata: str, kind: str) -> None:
    problem = f"metadata is a JSON {kind}, not an object; call.metadata has the original text"
    assert read_metadata(metadata) == ({}, problem)


@pytest.mark.parametrize(
    ("metadata", "error"),
    [("{", "JSONDecodeError"), ("1" * 5000, "ValueError"), ("[" * 20_000, "RecursionError")],
)
def test_what_is_no_json_says_so(metadata: str, error: str) -> None:
    problem = f"metadata is not JSON ({error}); call.metadata has the original text"
    assert read_metadata(metadata) == ({}, problem)


def test_too_much_metadata_is_not_read() -> None:
    text = '{"a": "' + "ä" * (MAX_METADATA // 2) + '"}'
    size = len(text.encode())
    assert read_metadata(text) == (
        {},
        f"metadata of {size} bytes is too long and was not parsed; send at most {MAX_METADATA} bytes",
    )


@given(st.text() | st.from_regex(r"\{.{0,20}\}"))
def test_reading_metadata_never_raises(metadata: str) -> None:
    data, problem = read_metadata(metadata)
    assert isinstance(data, dict)
    assert not (data and problem)


def test_half_a_character_is_no_crash() -> None:
    assert read_metadata('{"a": "\ud800"}') == ({"a": "\ud800"}, "")
