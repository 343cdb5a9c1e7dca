"""Django's test client, all of a kind behind one chain of middleware: making a chain reads every static file."""

from __future__ import annotations

from functools import cache

from django.test import Client
from django.test.client import ClientHandler


class _Door(ClientHandler):
    """What a request passes; `urls` is the module of its addresses, None = that of the settings."""

    def __init__(self, urls, enforce_csrf_checks):
        super().__init__(enforce_csrf_checks)
        self._urls = urls

    def get_response(self, request):
        if self._urls is not None:
            request.urlconf = self._urls
        return super().get_response(request)


_door = cache(_Door)


def client(urls=None, *, enforce_csrf_checks=False, **options):
    """A client with no memory yet, for tests that change no settings of the middleware."""
    made = Client(SERVER_NAME="localhost", **options)
    made.handler = _door(urls, enforce_csrf_checks)
    return made
