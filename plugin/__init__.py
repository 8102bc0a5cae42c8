"""Encore's service: the shop's facts in, slates out, events back, figures to the merchant."""

__version__ = "0.1.0"
