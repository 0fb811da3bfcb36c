"""The code that runs on LiveKit's worker: the server in the main process and the entrypoint in each job process."""
