"""The stock of a desk: cards that come, wait for their holders, go out to groups, come back and are destroyed."""
