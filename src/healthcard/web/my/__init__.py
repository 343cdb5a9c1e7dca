"""The residents' own page: entered by a code, apart from everything of the staff's."""
