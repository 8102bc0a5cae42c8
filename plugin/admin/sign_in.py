"""Signing in: once by a link that sets a password, then by shop and password; and signing out."""

from typing import Any

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import passwords
from plugin.admin.here import here
from plugin.store import merchants

BY_ADDRESS = "10 per minute"
BY_SHOP = "50 per hour"
_OPEN = {"static", "sign_in.ask", "sign_in.check", "sign_in.by_link", "sign_in.use_link"}

routes = Blueprint("sign_in", __name__)


class Merchant(UserMixin):  # type: ignore[misc]
    """Who is signed in: a shop's merchant, as long as the session's version is the password's."""

    def __init__(self, shop_id: str, session_version: int) -> None:
        self.shop_id, self.session_version = shop_id, session_version

    def get_id(self) -> str:
        """What the session keeps."""
        return f"{self.shop_id}:{self.session_version}"


def install(app: Flask, redis_url: str | None) -> None:
    """Let only signed-in merchants into `app`, and nobody try passwords without end."""
    manager = LoginManager(app)
    manager.user_loader(_load)
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=redis_url or "memory://",
        in_memory_fallback_enabled=True,
        key_prefix="encore-admin",
    )
    app.before_request(_only_signed_in)
    app.register_blueprint(routes)
    for endpoint in ("sign_in.check", "sign_in.use_link"):
        view: Any = limiter.limit(BY_ADDRESS)(app.view_functions[endpoint])
        app.view_functions[endpoint] = limiter.limit(BY_SHOP, key_func=_named, deduct_when=_failed)(view)


def sign_in(shop_id: str, session_version: int) -> None:
    """Begin a session; what an older one held, but for the language, is dropped."""
    language = session.get("language")
    session.clear()
    session.permanent = True
    if language:
        session["language"] = language
    login_user(Merchant(shop_id, session_version))


def new_password_errors(password: str, again: str) -> dict[str, list[str]]:
    """What is wrong with a new password, by field."""
    errors = {}
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        errors["password"] = [gettext("Use at least %(count)s characters.", count=passwords.SHORTEST)]
    if password != again:
        errors["again"] = [gettext("This is not the same password.")]
    return errors


def _load(kept: str) -> Merchant | None:
    shop_id, _, version = kept.rpartition(":")
    with here().runtime.database.read() as connection:
        current = merchants.session_version(connection, shop_id)
    return Merchant(shop_id, current) if current is not None and version == str(current) else None


def _only_signed_in() -> AnyResponse | None:
    if request.endpoint in _OPEN or current_user.is_authenticated:
        return None
    return redirect(url_for("sign_in.ask"))


def _named() -> str:
    return f"shop:{request.form.get('shop_id') or request.path}"


def _failed(response: Response) -> bool:
    return response.status_code != 302


@routes.get("/sign-in")
def ask() -> str:
    """The form: shop and password."""
    return render_template("sign_in.html", form={}, errors={})


@routes.post("/sign-in")
def check() -> Any:
    """Sign in with shop and password; what was wrong of the two is not said."""
    shop_id, password = request.form.get("shop_id", "").strip(), request.form.get("password", "")
    with here().runtime.database.read() as connection:
        kept = merchants.password_hash(connection, shop_id)
        version = merchants.session_version(connection, shop_id)
    if not passwords.matches(kept, password) or version is None:
        errors = {"password": [gettext("Shop and password do not belong together.")]}
        return render_template("sign_in.html", form={"shop_id": shop_id}, errors=errors), 422
    sign_in(shop_id, version)
    return redirect(url_for("overview.show"))


@routes.get("/sign-in/<token>")
def by_link(token: str) -> str:
    """The form that uses the link up; looking does not, since mail programs and chats look ahead."""
    return _link_form(token, {})


@routes.post("/sign-in/<token>")
def use_link(token: str) -> Any:
    """Set the password and sign in: this is the link's one use."""
    password = request.form.get("password", "")
    errors = new_password_errors(password, request.form.get("again", ""))
    if errors:
        return _link_form(token, errors), 422
    password_hash = passwords.hashed(password)
    with here().runtime.database.write() as connection:
        shop_id = merchants.use_link(connection, token, here().clock())
        version = merchants.set_password(connection, shop_id, password_hash)
    sign_in(shop_id, version)
    flash(gettext("Your password is set. Sign in with the shop %(shop_id)s from now on.", shop_id=shop_id))
    return redirect(url_for("overview.show"))


@routes.post("/sign-out")
def leave() -> AnyResponse:
    """End this session."""
    logout_user()
    session.clear()
    return redirect(url_for("sign_in.ask"))


def _link_form(token: str, errors: dict[str, list[str]]) -> str:
    with here().runtime.database.read() as connection:
        shop_id = merchants.link_shop(connection, token, here().clock())
    if shop_id is None:
        raise merchants.link_refused()
    return render_template("set_password.html", shop_id=shop_id, errors=errors)
