"""The desk's operations, one module for each kind of thing; each calls one service."""
