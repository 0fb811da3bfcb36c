"""The agents of this package, one for each circumstance that needs its own agent in a drill."""
