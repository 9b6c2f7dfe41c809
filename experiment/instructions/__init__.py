"""What a subject reads before the market, computed from the environment and the session config,
section by section.
"""
