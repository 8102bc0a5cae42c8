"""The checkout as Django knows it."""

from oscar.apps.checkout import apps


class CheckoutConfig(apps.CheckoutConfig):
    name = "tests.shop.checkout"
