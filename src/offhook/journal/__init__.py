"""What happened, on disk while it happens: append, read, migrate."""
