"""What came of what was shown: counts by placement and day, and the comparison with and without Encore."""
