"""The auditor's screens: search the trail, explain an entry, check that it is whole."""
