"""The report, as a reader of the paper's results section would want it, one module per section; each number has a sentence."""
