"""Records a call with LiveKit's recorder: starts and pauses the recorder, and keeps the file."""
