"""A card seen through: its life as a line."""
