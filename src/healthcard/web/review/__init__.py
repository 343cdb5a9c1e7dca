"""The review desk: open applications, the most urgent first, and one of them whole with what may be done with it."""
