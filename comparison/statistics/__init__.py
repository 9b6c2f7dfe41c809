"""Play compared with the predictions: prices, offers, information and welfare, by round, session
and treatment.
"""
