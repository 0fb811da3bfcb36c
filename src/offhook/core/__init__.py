"""The plain data of a call (facts, decisions, the values of a plan) and the protocols of its ports. No behaviour."""
