"""The readers on desks: pair this PC, sit at a station; in a demo the virtual reader."""
