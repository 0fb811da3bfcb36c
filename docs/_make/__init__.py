"""Makes the reference pages and the pictures of the concepts from the code: `python -m docs._make`."""
