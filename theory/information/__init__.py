"""What types reveal about the state: Bayes' rule, type configurations, and signals (sections 2.1 and 3.3)."""
