"""The SIP data of a telephone call: addresses, headers, and how far each value can be trusted. This package only parses
text.
"""
