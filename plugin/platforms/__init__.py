"""What each platform calls things: one file a platform, and nowhere else."""
