"""The one place that knows LiveKit's worker: the entry in the job process and the server in the main one."""
