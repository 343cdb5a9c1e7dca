"""The operator's tool: `healthcard ...`."""
