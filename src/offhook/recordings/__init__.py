"""Keeps the recordings of calls: files, uploads to a bucket or a folder, and their removal."""
