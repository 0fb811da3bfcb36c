"""Models that need no API key, no network and no download: for a first call, for tests and for CI."""
