"""Puts the root of the repository on the import path, for the generators in docs/_make."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
