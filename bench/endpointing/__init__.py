"""Measures when the caller's turn is taken as complete, on recordings of people."""
