"""The agents for those circumstances of a drill that need an agent of their own."""
