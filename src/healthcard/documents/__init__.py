"""Files in and out: rosters parsed in a bounded child process, reports."""
