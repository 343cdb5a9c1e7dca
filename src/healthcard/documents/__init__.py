"""Files in and out: rosters, photos and scans read in a bounded child process; reports and papers written."""
