"""The delays before a request to another system is sent again, if that system did not accept the request."""

__all__ = ["DELAYS"]

_MINUTE, _HOUR = 60.0, 3600.0
DELAYS = (5.0, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR)
"""Seconds to wait after each failed attempt, as in the Standard Webhooks specification. The sum of the delays is about
75.6 hours.
"""
