"""What a subject is told before the market, computed from the environment and the session config, section by section."""
