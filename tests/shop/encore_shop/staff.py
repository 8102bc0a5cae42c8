"""Who may enter the shop's dashboard: it listens on this machine alone."""

STAFF = ("staff@shop.example", "a real shop needs another one")
