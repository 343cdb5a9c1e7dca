"""The operations of medical institutions: they ask about cards and are told of changes; they change no card."""
