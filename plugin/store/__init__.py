"""The only truth: facts in SQL. One file a noun; every function takes the open connection first."""
