"""The host's side of the wire: transports, the command pipeline, sessions, whole-card reading, readers."""
