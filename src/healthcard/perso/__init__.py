"""Personalisation (第十一条): application plan -> card image -> plan -> checks -> rehearsal -> a chip, journalled."""
