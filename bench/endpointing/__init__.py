"""Measures on recordings of people how soon a turn ends after the last word, and how often it ends too early."""
