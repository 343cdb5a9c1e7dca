"""Writing to cards after issue: unlock, change of items, locks, business data; each act settled by asking the chip."""
