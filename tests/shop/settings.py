"""Django's and Oscar's settings of the shop; what differs between two installations stands in its folder.

`SHOP_HOME` names the folder: `db.sqlite3`, and `encore.json` with what joins the shop to Encore.
"""

import json
import os
from pathlib import Path
from typing import Any

import oscar
from django.apps import AppConfig
from oscar.defaults import *  # noqa: F403 - this is how Oscar asks to be set up

HOME = Path(os.environ["SHOP_HOME"])
_JOINED = HOME / "encore.json"
ENCORE: dict[str, str] = json.loads(_JOINED.read_text()) if _JOINED.exists() else {}
"""address, shop_id, public_key, secret_key, signing_secret, webhook_address, webhook_secret, shop_address."""

SECRET_KEY = ENCORE.get("session_key", "only while the shop is being made")
DEBUG = True  # static files are served by the shop itself
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.shop.urls"
WSGI_APPLICATION = "tests.shop.wsgi.application"
SITE_ID = 1
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
LANGUAGES = [("en-us", "English")]
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = HOME / "media"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": HOME / "db.sqlite3",
        "ATOMIC_REQUESTS": True,
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }
}
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
AUTHENTICATION_BACKENDS = ["oscar.apps.customer.auth_backends.EmailBackend"]

_CHECKOUT = {"oscar.apps.checkout.apps.CheckoutConfig": "tests.shop.checkout.apps.CheckoutConfig"}
# The first one's templates stand before Oscar's.
INSTALLED_APPS = ["tests.shop.encore_shop", *(_CHECKOUT.get(each, each) for each in oscar.INSTALLED_APPS)]
# The tables come straight from the models: two seconds instead of the twenty that Oscar's migrations take.
MIGRATION_MODULES = {each.label: None for each in map(AppConfig.create, INSTALLED_APPS)}
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.i18n",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oscar.apps.search.context_processors.search_form",
                "oscar.apps.communication.notifications.context_processors.notifications",
                "oscar.apps.checkout.context_processors.checkout",
                "oscar.core.context_processors.metadata",
                "tests.shop.encore_shop.context.encore",
            ],
        },
    }
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

OSCAR_SHOP_NAME = "Real Street Market"
OSCAR_SHOP_TAGLINE = "django-oscar with Encore"
OSCAR_DEFAULT_CURRENCY = "USD"
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_SEND_REGISTRATION_EMAIL = False
OSCAR_HIDDEN_FEATURES = ["reviews", "wishlists"]
OSCAR_INITIAL_ORDER_STATUS = "Paid"
OSCAR_ORDER_STATUS_PIPELINE = {"Paid": ("Sent", "Cancelled"), "Sent": (), "Cancelled": ()}
OSCAR_THUMBNAILER = "tests.shop.encore_shop.drawings.Drawings"
