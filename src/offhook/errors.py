"""The public names of all exceptions of offhook."""

from offhook.core.errors import *  # noqa: F403  # a public module for the names of offhook.core.errors
from offhook.core.errors import __all__  # noqa: F401  # both modules have the same list of names
