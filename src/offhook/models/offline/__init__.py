"""Models that need no key, no network and no download: good for a first call, tests and CI."""
