"""Card sessions over a line: an act runs here, the card lies in a reader elsewhere; commands go out, answers come back.

The line is a process of its own. Web workers relay to it by session id; keys never leave the server side. If it dies,
the card is settled by asking it, as after any crash.
"""
