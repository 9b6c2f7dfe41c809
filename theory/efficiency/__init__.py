"""The Corollary: how much of the gains from trade is realised, what is lost to what, and what the mechanism pays out."""
