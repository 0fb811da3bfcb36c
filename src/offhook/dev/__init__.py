"""Running a LiveKit server and a worker on one's own machine."""
