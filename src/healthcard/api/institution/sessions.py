"""Machines of institutions come in by the secret of their credential."""

from __future__ import annotations

from http import HTTPMethod, HTTPStatus

from ninja import Router

from healthcard.api.desk import sessions
from healthcard.api.desk.sessions import MeAnswer, SessionAnswer
from healthcard.api.operations import opens, reads

router = Router(tags=["sessions 登录"])

opens(router, "/sessions/machine", SessionAnswer, status=HTTPStatus.CREATED, public=True)(sessions.enter)
opens(router, "/sessions/current", None, status=HTTPStatus.NO_CONTENT, method=HTTPMethod.DELETE)(sessions.logout)
reads(router, "/me", MeAnswer)(sessions.me)
