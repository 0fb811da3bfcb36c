"""A package whose agent file has relative imports."""
