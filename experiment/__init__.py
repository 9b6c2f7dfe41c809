"""An experiment without a server: everything that a session computes, as pure functions."""
