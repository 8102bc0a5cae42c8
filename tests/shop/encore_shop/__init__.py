"""The shop's side of Encore: what it tells, what its pages show, and how a promise becomes a voucher."""
