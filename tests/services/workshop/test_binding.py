"""A database works with the key store it was filled with, and with no other."""

from __future__ import annotations

import pytest

OURS, OTHERS = b"o" * 32, b"t" * 32


@pytest.fixture
def binding(db, monkeypatch):
    from healthcard.services.workshop import binding
    from healthcard.storage.models import KeyBinding

    monkeypatch.setattr(binding, "_CERTAIN", set())
    assert not KeyBinding.objects.exists()
    return binding


def test_the_first_use_binds_the_database_and_another_key_store_is_refused(binding):
    from healthcard.storage.models import KeyBinding

    binding.check(OURS)
    binding.check(OURS)
    assert bytes(KeyBinding.objects.get().mark) == OURS
    with pytest.raises(binding.OtherKeys, match="Start the key service with the store that belongs"):
        binding.check(OTHERS)
    assert bytes(KeyBinding.objects.get().mark) == OURS


def test_a_binding_that_was_rolled_back_is_written_again(binding):
    from django.db import transaction

    from healthcard.storage.models import KeyBinding

    with transaction.atomic():
        binding.check(OURS)
        transaction.set_rollback(True)
    assert not KeyBinding.objects.exists()
    binding.check(OURS)
    assert KeyBinding.objects.exists()


def test_other_keys_put_nobody_on_file(binding, helpers, province, monkeypatch):
    from healthcard.domain.synthetic import residents as synthetic
    from healthcard.services import sealing
    from healthcard.services.people import residents
    from healthcard.storage.models import Resident

    people = list(synthetic(2))
    assert residents.stored(people, province.pk) == 2
    exchanged = sealing.Sealer(seal_key=bytes(16), digest_key=bytes(16))
    monkeypatch.setattr(sealing, "_sealer", lambda ports: exchanged)
    with pytest.raises(binding.OtherKeys):
        residents.stored(people, province.pk)
    assert Resident.objects.count() == 2


def test_the_mark_is_no_document_and_shows_no_key(installation):
    from healthcard.domain.resident import Document
    from healthcard.services.sealing import Sealer

    sealer = Sealer(seal_key=bytes(16), digest_key=bytes(range(16)))
    assert len(sealer.mark()) == 32
    assert sealer.mark() != sealer.digest(Document(kind="", number="healthcard key binding 1"))
    assert sealer.mark() != Sealer(seal_key=bytes(16), digest_key=bytes(16)).mark()
