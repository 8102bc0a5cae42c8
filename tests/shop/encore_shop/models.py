"""What Encore needs to know of an order and Oscar does not keep."""

from django.db import models


class OrderVisitor(models.Model):
    """The visitor whom the widgets saw, of an order placed with consent."""

    order = models.OneToOneField("order.Order", models.CASCADE, primary_key=True, related_name="visitor")
    visitor_id = models.CharField(max_length=64)
