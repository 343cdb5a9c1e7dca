"""People's records at the desk: put on file, corrected, seen in clear for a reason; what they ask of their own data."""
