"""How many markets an experiment needs, by simulating the test that will be run.

``subjects`` lets a behavioural model play whole arrays of market rounds, ``contrasts`` turns them
into one number per independent unit and names the test, ``simulation`` runs it many times for every
number of units, and ``drawing`` and ``writing`` show the answer.
"""
