"""HTTP for shops: the storefront's questions and events, the shop's server, and the operator."""
