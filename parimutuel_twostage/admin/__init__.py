"""The experimenter's own pages: the buttons of the report, the sheet of payments, the instructions
for printing.
"""
