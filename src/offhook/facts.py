"""The public names of the facts. An agent file reacts to a fact with `Plan(on={KeyPressed: pressed})`."""

from offhook.core.facts import *  # noqa: F403  # a public module for the names of offhook.core.facts
from offhook.core.facts import __all__  # noqa: F401  # both modules have the same list of names
