"""What the shop's owner may run."""
