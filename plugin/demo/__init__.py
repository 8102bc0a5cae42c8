"""The demo: a small shop of its own that uses Encore as any shop would, and what checks the whole."""
