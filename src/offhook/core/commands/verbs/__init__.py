"""The commands. Each command has one module, with its fields, its decisions and its phrase for timelines.

`core/commands/table.py` finds every module of this package, so a new command needs no registration.
"""
