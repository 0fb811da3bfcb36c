"""The changes that an operator makes to a running session: models, voice, turn taking, interruption."""
