"""Facts of a market as they are shown, on pages, in the instructions and in the quiz: numbers, rules, chances, results."""
