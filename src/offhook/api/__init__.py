"""The HTTP API of running calls: an aiohttp application, made from the table of offhook's commands."""

from offhook.api.app import application
from offhook.api.problems import http_status, problem

__all__ = ["application", "http_status", "problem"]
