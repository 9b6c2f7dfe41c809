"""What was played beside what was predicted: prices, offers, information, welfare, by round, session and treatment."""
