"""Redis, and nothing that only Redis knows: it may be emptied at any moment."""
