"""The launcher: database, server and timeout worker as one thing that starts, stops and recovers together."""
