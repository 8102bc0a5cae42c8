"""What is done when nobody waits for it: trainings, their schedule, and the sweep of what is unfinished."""
