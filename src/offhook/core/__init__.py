"""The data types of a call (facts, decisions, the values of a plan) and the `Protocol` classes of the call's ports."""
