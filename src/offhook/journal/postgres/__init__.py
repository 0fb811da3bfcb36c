"""The journal of several workers in one PostgreSQL database: shipped there from each worker's file, and read there."""
