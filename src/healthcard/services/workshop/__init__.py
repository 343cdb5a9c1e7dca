"""Cards and their chips: ordered, made, read, worked on after issue, and their journals."""
