"""What hospitals ask, register and report, and what they are told (第十四条)."""
