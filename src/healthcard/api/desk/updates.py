"""Information on the card updated (第十二条第六项): asked for here, written by the card session `update card`."""

from __future__ import annotations

from ninja import Router

from healthcard.api.desk.acceptance import AcceptedAnswer, offer
from healthcard.services.desk import update

router = Router(tags=["updates 卡内信息更新"])

offer(router, "/updates", "update", update.ask, AcceptedAnswer)
