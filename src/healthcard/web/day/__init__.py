"""The day of a desk: what is due, what was done and taken, one's own last acts, and the close of the day."""
