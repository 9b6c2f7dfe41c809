"""Exports as data: files read cell by cell, sessions, market rounds, and sessions that nobody played."""
