"""Offers: what is promised to a shopper, what it costs at the most, and how it is kept. Knows no HTTP."""
