"""The steps, in order; never change one that has been released."""
