"""The public names of the decisions that policies make. The journal records a decision under its class name."""

from offhook.core.decisions import *  # noqa: F403  # a public module for the names of offhook.core.decisions
from offhook.core.decisions import __all__  # noqa: F401  # both modules have the same list of names
