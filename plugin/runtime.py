"""What every process of Encore holds open: configuration, secrets, the database, and the way out."""

from dataclasses import dataclass
from functools import cached_property

from plugin.config import Config, make_folder
from plugin.outbound import WayOut
from plugin.store.database import Database
from plugin.vault import Vault


@dataclass(frozen=True)
class Runtime:
    """One per process; made at the outer edge and handed inwards."""

    config: Config
    vault: Vault
    database: Database

    @cached_property
    def way_out(self) -> WayOut:
        """How addresses that merchants set are reached; made when it is first needed."""
        return WayOut(self.config.private_networks)


def open_runtime(config: Config) -> Runtime:
    """Open the database that `config` names; Redis is connected to when it is first asked."""
    make_folder(config.home)
    vault = Vault(config.secret_key, config.vault_keys)
    return Runtime(config, vault, Database(config.database_url))
