"""People on file (第六条第四项): put there, found, corrected, linked, moved, and what is theirs to ask."""
