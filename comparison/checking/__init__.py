"""Every row of an export against the mechanism and the session's seed."""
