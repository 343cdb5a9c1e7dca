"""The chip: virtual cards and SAMs that answer APDUs as a COS does. Knows the wire, nothing of the host."""
