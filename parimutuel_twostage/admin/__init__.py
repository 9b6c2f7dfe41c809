"""The experimenter's own pages: buttons of the report, the sheet of payments, the instructions to print."""
