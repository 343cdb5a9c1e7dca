"""What was done, and that it stays told: anchors, verification, search, backup and restore."""
