"""Which of the paper's assumptions an environment satisfies, and how steep its payoffs are."""
