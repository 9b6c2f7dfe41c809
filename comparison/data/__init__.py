"""Exports as data: files read cell by cell, sessions, market rounds, and simulated sessions."""
