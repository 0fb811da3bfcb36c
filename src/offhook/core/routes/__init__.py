"""Routes choose the plan function of a call by dialled number, trunk, headers, caller, room or metadata."""
