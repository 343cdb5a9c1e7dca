"""The backend that Django loads by the name of this package (ENGINE)."""

from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection, asked before each request whether the server hung up: by its socket, not by a question to it."""

    def is_usable(self) -> bool:
        """Whether the connection stands and the server has said nothing since; it only speaks unasked to take leave."""
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.pgconn.socket, select.POLLIN)
        return not waiting.poll(0)
