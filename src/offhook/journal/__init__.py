"""The journal: records the facts and decisions of each call on disk while the call runs."""
