"""The table of what happens to three people and their cards, each step with its article, and the telling of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from healthcard.cli.life import desk, ending, replacing, visits
from healthcard.cli.life.scene import Holder, Scene

Play = Callable[[Scene, Holder], str]  # what came of it, in a line


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens to holder number `who` (from 1): the article it rests on, what it is, how it is played."""

    who: int
    article: str
    title: str
    play: Play


STEPS: tuple[Step, ...] = (
    Step(1, "第七条第五项", "实施细则参数 · parameters decided by two people", desk.short_term),
    Step(1, "第六条第四项", "基础数据采集 · put on file", desk.registered),
    Step(2, "第六条第四项", "基础数据采集 · put on file", desk.registered),
    Step(3, "第六条第四项", "基础数据采集 · put on file", desk.registered),
    Step(1, "第十二条第一项", "首次发卡 · first issue", desk.first_issue),
    Step(2, "第十二条第一项", "首次发卡 · first issue", desk.first_issue),
    Step(3, "第十二条第一项", "首次发卡 · first issue", desk.first_issue),
    Step(1, "第十二条第三项", "口头挂失 · loss reported on the telephone", desk.oral_loss),
    Step(1, "第十二条第三项", "口头挂失失效 · the oral report lapses", desk.oral_lapsed),
    Step(2, "第十二条第三项", "书面挂失 · written loss report", desk.written_loss),
    Step(2, "第十二条第四项", "解挂 · released with the card", desk.unloss),
    Step(3, "第十二条第五项", "密码锁定 · PIN locked", desk.wrong_pins),
    Step(3, "第十二条第五项", "解锁 · PIN unlocked", desk.unlock),
    Step(1, "第十二条第三项", "口头挂失失效告知 · its holder is told", desk.oral_told),
    Step(1, "第十二条第六项", "卡内信息更新 · data changed on the card", desk.updated),
    Step(1, "第十三条", "自愿退回 · given back", ending.given_back),
    Step(1, "第十三条", "芯片锁定 · locked on the chip", ending.locked_on_chip),
    Step(1, "第十三条", "不得重新启用 · never used again", ending.never_again),
    Step(1, "第十三条", "回收销毁 · destroyed", ending.destroyed),
    Step(2, "第三条", "诊疗使用 · a visit to a hospital", visits.visited),
    Step(2, "第十二条第六项", "损坏换卡 · damaged card", replacing.damaged),
    Step(2, "第十二条第七项", "临时卡 · temporary card", replacing.temporary),
    Step(2, "第十二条第七项", "临时卡使用 · the temporary card in use", visits.used),
    Step(2, "第十二条第六项", "换领新卡 · replaced, business data moved", replacing.replaced),
    Step(2, "第十二条第六项", "登记业务随卡转移 · registered business follows", visits.followed),
    Step(2, "第三条", "本人查询核验记录 · the holder's own log", visits.seen),
    Step(2, "第十三条", "芯片锁定 · locked on the chip", ending.locked_before),
    Step(2, "第十三条", "回收销毁 · destroyed", ending.destroyed_before),
    Step(3, "第十二条第六项", "丢失补卡 · lost card", replacing.lost),
    Step(3, "第十二条第六项", "补领新卡 · replaced", replacing.made_up_for),
    Step(3, "第十三条", "终止使用 · terminated at the holder's wish", ending.termination),
    Step(3, "第十三条", "芯片锁定 · locked on the chip", ending.locked_on_chip),
    Step(3, "第十三条", "回收销毁 · destroyed", ending.destroyed),
)


def tell(scene: Scene, holders: Sequence[Holder], steps: Sequence[Step] = STEPS) -> Iterator[str]:
    """Play every step; two lines to print of each. Raises Told, Unlike, CardError where it goes otherwise."""
    for step in steps:
        yield f"{step.article} {step.title}, holder {step.who}"
        yield f"  {step.play(scene, holders[step.who - 1])}"
