"""Replacement (补领、换领, 第十二条第六项): asked for here, the old card ended here.

What comes between is the same as for a first card: ordered, brought to the desk, handed over or given up
(`services.issue`), with all business data moved (`services.transfer`).
"""

from healthcard.services.desk.replacement.acceptance import Asked, ask, replaceable

__all__ = ["Asked", "ask", "replaceable"]
