"""Measures with recorded speech how soon a turn ends after the last word, and how often a turn ends too early."""
