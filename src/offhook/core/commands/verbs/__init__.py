"""The verbs: one module each, with the fields, the decisions and the phrase for timelines.

`core/commands/table.py` finds every module of this package, so a new verb needs no registration.
"""
