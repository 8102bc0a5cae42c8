"""`encore shop`: add a shop, list them, rotate keys, make a sign-in link, remove one whole."""


import click


@click.group(name="shop")
def shop_command() -> None:
    """The shops that this Encore serves."""
