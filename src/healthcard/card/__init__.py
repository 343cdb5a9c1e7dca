"""The card: what both sides say on the wire, the host that speaks to it, the chip that answers."""
