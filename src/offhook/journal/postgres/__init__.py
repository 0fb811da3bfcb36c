"""Ships the journal of each worker to one PostgreSQL database, and reads the calls of all workers from it."""
