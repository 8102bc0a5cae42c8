"""Slates: what is shown now, from the model's candidates and the shop's live rules. Knows no HTTP."""
