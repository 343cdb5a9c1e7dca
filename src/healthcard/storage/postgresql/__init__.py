"""Django's backend for PostgreSQL, which knows more cheaply whether a kept connection still stands."""
