"""Explains why calls to a number do not reach an agent: examines SIP trunks, dispatch rules and agent names."""

from offhook.checks.sip.codes import CODES, Code, Severity
from offhook.checks.sip.config import SipConfig, load_config, parse_config
from offhook.checks.sip.examine import Diagnosis, Subject, examine
from offhook.checks.sip.fetch import fetch_config
from offhook.checks.sip.finding import SipFinding
from offhook.checks.sip.match import CallPath, match_call

__all__ = [
    "CODES",
    "CallPath",
    "Code",
    "Diagnosis",
    "Severity",
    "SipConfig",
    "SipFinding",
    "Subject",
    "examine",
    "fetch_config",
    "load_config",
    "match_call",
    "parse_config",
]
