"""The yardstick: an empty Flask route, on the same server with the same settings."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def empty() -> str:
    """Answer with nothing."""
    return ""
