"""The shop's addresses: Oscar's own, and three that its pages need for Encore."""

from django.apps import apps
from django.conf import settings
from django.conf.urls.static import static
from django.urls import include, path

from tests.shop.encore_shop import views

urlpatterns = [
    path("encore/cart/", views.cart, name="encore-cart"),
    path("encore/offer/", views.offer, name="encore-offer"),
    path("encore/consent/", views.consent, name="encore-consent"),
    path("i18n/", include("django.conf.urls.i18n")),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
