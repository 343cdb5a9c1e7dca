"""Django's test client, all of a kind behind one chain of middleware: making a chain reads every static file."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.test import Client
from django.test.client import ClientHandler


class _Door(ClientHandler):
    """What a request passes; `urls` is the module of its addresses, None = that of the settings."""

    def __init__(self, urls, enforce_csrf_checks):
        super().__init__(enforce_csrf_checks)
        self._urls = urls

    def get_response(self, request):
        named = settings.ROOT_URLCONF
        settings.ROOT_URLCONF = self._urls or named  # set by itself: Django's override would forget all addresses
        try:
            return super().get_response(request)
        finally:
            settings.ROOT_URLCONF = named


_door = cache(_Door)


def client(urls=None, *, enforce_csrf_checks=False, **options):
    """A client with no memory yet, for tests that change no settings of the middleware."""
    made = Client(SERVER_NAME="localhost", **options)
    made.handler = _door(urls, enforce_csrf_checks)
    return made
