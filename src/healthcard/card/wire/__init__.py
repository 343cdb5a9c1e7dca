"""What host and chip share: APDUs, TLV records, status words, answers to reset, the file layout, assumed facts.

Nothing here enciphers, authenticates or decides: the two sides do that each in its own code.
"""
