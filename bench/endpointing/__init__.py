"""Measures how soon a turn ends after the last word, and how often a turn ends too early, in recorded speech."""
