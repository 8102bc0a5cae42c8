"""The browser's part, in a real Chromium on a shop page under a strict policy."""
