"""The report, written like a results section, with one module per section; a sentence explains each
number.
"""
