"""Changing the password, which ends every other session."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin import passwords
from plugin.admin.here import here, this_shop
from plugin.admin.sign_in import new_password_errors, sign_in
from plugin.store import merchants

routes = Blueprint("password", __name__)


@routes.get("/password")
def show() -> str:
    """The form."""
    return render_template("password.html", errors={})


@routes.post("/password")
def change() -> Any:
    """Set a new password for who knows the present one, and stay signed in here alone."""
    shop_id, runtime = this_shop().shop_id, here().runtime
    password = request.form.get("password", "")
    errors = new_password_errors(password, request.form.get("again", ""))
    with runtime.database.read() as connection:
        kept = merchants.password_hash(connection, shop_id)
    if not passwords.matches(kept, request.form.get("present", "")):
        errors["present"] = [gettext("This is not your present password.")]
    if errors:
        return render_template("password.html", errors=errors), 422
    password_hash = passwords.hashed(password)
    with runtime.database.write() as connection:
        version = merchants.set_password(connection, shop_id, password_hash)
    sign_in(shop_id, version)
    flash(gettext("Your password is changed. Other sessions have ended."))
    return redirect(url_for("password.show"))
