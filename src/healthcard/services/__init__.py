"""The use cases: the only place that opens a transaction, checks permission and writes the record."""
