"""Routes: which plan function takes a call, chosen by dialled number, trunk, headers, caller, room or metadata."""
