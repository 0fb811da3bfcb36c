"""Reaching calls and sending agents through LiveKit's server API."""
