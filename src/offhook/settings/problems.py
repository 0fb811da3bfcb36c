"""Describes a wrong environment variable in one line, with the nearest correct name or value. The line never contains a
secret.
"""

import difflib

from pydantic_core import ErrorDetails

from offhook.settings.settings import PREFIX, variable_names

__all__ = ["invalid_value", "unknown_name"]


def unknown_name(name: str) -> str:
    """Describe an environment variable that is not a setting of offhook."""
    known = variable_names()
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    ours = ", ".join(one for one in known if one.startswith(PREFIX))
    advice = f"did you mean {near[0]}?" if near else f"the names are {ours}"
    return f"{name} is not a setting of offhook; {advice}"


def invalid_value(problem: ErrorDetails) -> str:
    """Describe a value that is not valid.

    The description contains no secret, for two reasons. A provider's API key is never invalid, because any text is
    accepted. The functions that parse signing keys, database addresses and webhook receivers do not quote a secret in
    an error.
    """
    name = str(problem["loc"][0])
    if problem["type"] == "literal_error":
        allowed = str(problem["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
        near = difflib.get_close_matches(str(problem["input"]).lower(), allowed.lower().split(", "), n=1)
        advice = f"; did you mean {near[0]}?" if near else ""
        return f'{name}="{problem["input"]}" is not one of {allowed}{advice}'
    if problem["type"] == "value_error":
        return f"{name} {problem['ctx']['error']}"
    rule = problem["msg"].removeprefix("Input ").split(",")[0]
    return f'{name}="{problem["input"]}" {rule}'
