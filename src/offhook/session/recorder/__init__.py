"""Records a call with LiveKit's recorder: starts it, pauses it, and keeps its file."""
