"""Random market rounds: strategies for many rounds at once, and frequencies compared with exact numbers."""
