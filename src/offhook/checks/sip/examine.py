"""Examines a SIP configuration: the faults of each trunk and rule, and the path of one call."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from offhook.checks.sip.commands import create_rule, create_trunk, mend_rule, mend_trunk
from offhook.checks.sip.config import SipConfig, label
from offhook.checks.sip.finding import SipFinding, found
from offhook.checks.sip.match import CallPath, match_call
from offhook.checks.sip.rules import check_rule
from offhook.checks.sip.trunks import check_trunk
from offhook.core.errors import SettingsError

__all__ = ["Diagnosis", "Subject", "examine"]

MAX_NUMBER = 256


@dataclass(frozen=True, slots=True)
class Subject:
    """A trunk, a rule, a number or the server, with its findings and the commands that correct the faults."""

    name: str
    findings: Sequence[SipFinding]
    commands: Sequence[str]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The result of the examination. `path` is the path of the call to the given number; None if no number is given."""

    subjects: Sequence[Subject]
    path: CallPath | None = None

    @property
    def findings(self) -> Sequence[SipFinding]:
        return [one for subject in self.subjects for one in subject.findings]

    @property
    def healthy(self) -> bool:
        """True if no finding has the severity "problem"."""
        return all(one.severity != "problem" for one in self.findings)


def examine(config: SipConfig, *, number: str | None = None, caller: str = "") -> Diagnosis:
    """Return the faults of the configuration, and the path (trunk and rule) of a call to `number` from `caller`."""
    for name, given in (("--number", number), ("--caller", caller)):
        if given is not None:
            _check_number(name, given, empty=name == "--caller")
    path = match_call(config, number, caller) if number is not None else None
    subjects = [*_call(path, config), *_trunks(config), *_rules(config)]
    return Diagnosis([one for one in subjects if one.findings], path)


def _check_number(name: str, given: str, *, empty: bool) -> None:
    if not given and not empty:
        raise SettingsError(f"{name} is empty; write a number such as +15550001111")
    if len(given) > MAX_NUMBER or not given.isprintable():
        raise SettingsError(f"{name} is neither a number nor the user part of a SIP address; write it as +15550001111")


def _call(path: CallPath | None, config: SipConfig) -> Iterator[Subject]:
    """Yield the fault that stops the given call. If no call is given, yield a fault only if there are neither trunks
    nor rules.
    """
    if path is not None and path.code == "no_trunk":
        detail = "no trunk has this number, and no rule without trunks takes it"
        commands = (create_trunk(path.number), create_rule(None, config))
        yield Subject(f"number {path.number}", [found("no_trunk", detail, "create a trunk and a rule")], commands)
    elif path is not None and path.code:
        yield Subject(f"number {path.number}", [found(path.code, path.outcome, "see the trunks and rules below")], ())
    elif not config.trunks and not config.rules:
        detail = "the server has neither inbound trunks nor dispatch rules"
        commands = (create_trunk("+15550001111"), create_rule(None, config))
        yield Subject("server", [found("no_trunk", detail, "create a trunk and a rule")], commands)


def _trunks(config: SipConfig) -> Iterator[Subject]:
    for trunk in config.trunks:
        findings = list(check_trunk(trunk, config))
        codes = [one.code for one in findings]
        mend = mend_trunk(trunk, codes, config)
        create = (
            create_rule(trunk, config) if "no_rule" in codes and not mend.startswith("lk sip inbound delete") else ""
        )
        yield Subject(f"trunk {label(trunk)}", findings, tuple(filter(None, (mend, create))))


def _rules(config: SipConfig) -> Iterator[Subject]:
    for rule in config.rules:
        findings = list(check_rule(rule, config))
        mend = mend_rule(rule, [one.code for one in findings], config)
        yield Subject(f"rule {label(rule)}", findings, (mend,) if mend else ())
