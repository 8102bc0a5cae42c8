"""What the machine tells Encore: environment variables, read once, refused loudly when wrong."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from plugin.errors import Refusal

KNOWN = {
    "ENCORE_HOME",
    "ENCORE_DATABASE_URL",
    "ENCORE_REDIS_URL",
    "ENCORE_SECRET_KEY",
    "ENCORE_VAULT_KEYS",
    "ENCORE_PUBLIC_URL",
    "ENCORE_LOG_LEVEL",
    "ENCORE_TRUSTED_PROXIES",
    "ENCORE_PRIVATE_NETWORKS",
    "ENCORE_ACCEPTS_PER_MINUTE",
}

_LEAST_SECRET = 32


@dataclass(frozen=True)
class Config:
    """Where Encore keeps its things and how it is reached.

    `home` holds the embedded database, Redis socket and artefacts; `redis_url` None means the embedded Redis;
    `secret_key` is the one secret from which every other key is derived; `public_url` has no trailing slash.
    `vault_keys`: what is kept encrypted is hidden with the first and read with all; none: with `secret_key`.
    `private_networks`: where shops' addresses may lead though they are not public.
    `accepts_per_minute`: so often one address may accept an offer of a shop, in each web process.
    """

    home: Path
    database_url: str
    redis_url: str | None
    secret_key: str
    public_url: str
    log_level: str = "INFO"
    trusted_proxies: int = 0
    private_networks: tuple[str, ...] = ()
    accepts_per_minute: int = 10
    vault_keys: tuple[str, ...] = ()

    @property
    def artefacts(self) -> Path:
        """The folder that holds one folder of artefacts a shop."""
        return self.home / "artefacts"


def from_environment(environment: Mapping[str, str] | None = None) -> Config:
    """Read the configuration from `environment` (default: the process's own).

    Raises `Refusal("bad_configuration")` for an `ENCORE_` variable that is unknown or malformed.
    """
    given = os.environ if environment is None else environment
    unknown = sorted(name for name in given if name.startswith("ENCORE_") and name not in KNOWN)
    if unknown:
        raise Refusal(
            "bad_configuration", f"Unknown setting {unknown[0]}. Known: {', '.join(sorted(KNOWN))}."
        )
    home = Path(given.get("ENCORE_HOME", "~/.encore")).expanduser().resolve()
    return Config(
        home=home,
        database_url=given.get("ENCORE_DATABASE_URL") or f"sqlite:///{home / 'encore.db'}",
        redis_url=given.get("ENCORE_REDIS_URL") or None,
        secret_key=_long_enough(given.get("ENCORE_SECRET_KEY") or _kept_secret(home)),
        public_url=given.get("ENCORE_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        log_level=given.get("ENCORE_LOG_LEVEL", "INFO").upper(),
        trusted_proxies=_whole_number(given, "ENCORE_TRUSTED_PROXIES", usual=0, least=0),
        private_networks=_networks(given.get("ENCORE_PRIVATE_NETWORKS", "")),
        accepts_per_minute=_whole_number(given, "ENCORE_ACCEPTS_PER_MINUTE", usual=10, least=1),
        vault_keys=_vault_keys(given.get("ENCORE_VAULT_KEYS", "")),
    )


def make_folder(folder: Path) -> None:
    """Make `folder` unless it is there, for its owner alone; `Refusal("bad_configuration")` if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        writable = False
    if not writable:
        raise Refusal(
            "bad_configuration",
            f"Encore cannot make the folder {folder} or write to it. Set ENCORE_HOME (or a SQLite "
            "ENCORE_DATABASE_URL) to where it can.",
        )


def _whole_number(given: Mapping[str, str], name: str, *, usual: int, least: int) -> int:
    text = given.get(name, str(usual))
    if not text.isdecimal() or int(text) < least:
        raise Refusal("bad_configuration", f"{name} must be a whole number from {least} on, not {text!r}.")
    return int(text)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


def _vault_keys(text: str) -> tuple[str, ...]:
    keys = _listed(text)
    if any(len(each) < _LEAST_SECRET for each in keys):
        raise Refusal(
            "bad_configuration",
            f"Each key of ENCORE_VAULT_KEYS needs {_LEAST_SECRET} characters or more; a new one comes from"
            " `openssl rand -hex 32`.",
        )
    return keys


def _networks(text: str) -> tuple[str, ...]:
    named = _listed(text)
    for each in named:
        try:
            ip_network(each)
        except ValueError:
            raise Refusal(
                "bad_configuration",
                f"ENCORE_PRIVATE_NETWORKS names networks such as 10.0.0.0/8, comma between, not {each!r}.",
            ) from None
    return named


def _long_enough(secret: str) -> str:
    if len(secret) < _LEAST_SECRET:
        raise Refusal(
            "bad_configuration",
            f"The secret (ENCORE_SECRET_KEY, or secret.key in ENCORE_HOME) needs {_LEAST_SECRET} characters "
            "or more, and must stay the same; a new one comes from `openssl rand -hex 32`.",
        )
    return secret


def _kept_secret(home: Path) -> str:
    """The secret of an embedded installation: made once, readable by its owner alone."""
    path = home / "secret.key"
    if not path.exists():
        make_folder(home)
        _create_secret(path)
    return path.read_text().strip()


def _create_secret(path: Path) -> None:
    """Write a new secret unless another process was first: a link is atomic where a write is not."""
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(os.urandom(32).hex())
        file.flush()
        os.fsync(file.fileno())  # an empty secret after a power cut would be everybody's
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
