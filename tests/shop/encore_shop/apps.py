"""The app as Django knows it; it listens to the shop's signals as soon as all is loaded."""

from django.apps import AppConfig


class EncoreShopConfig(AppConfig):
    name = "tests.shop.encore_shop"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from tests.shop.encore_shop import signals

        signals.connect()
