"""Benchmarks, most of them on a real livekit-server. Each module that is a program names its command."""
