"""How good the suggestions are, beside tuned models of public libraries, on real orders: `make
bench-quality`.
"""
