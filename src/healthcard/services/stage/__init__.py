"""The demo province and its story."""
