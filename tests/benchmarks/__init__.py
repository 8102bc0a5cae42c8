"""Speed and memory on real orders, as ratios in one run: `make bench` prints them and fails nothing."""
