"""Chip images on disk: what is saved is loaded, and nothing else."""

from __future__ import annotations

import os
import stat

import pytest
import sam_maker

from healthcard.card.os import chip, image, vault
from healthcard.card.os.image import HeldImage, ImageError, ImageInUse

SERIAL = bytes.fromhex("00000001")
KEY = bytes.fromhex("5A" * 16)


@pytest.fixture
def card():
    return chip.blank("jia", SERIAL, KEY)


def test_a_card_and_a_sam_come_back_as_they_were_saved(tmp_path, card):
    sam = sam_maker.personalised()
    image.save(tmp_path / "card.img", card)
    image.save(tmp_path / "sam.img", sam)
    for name, chip_ in (("card", card), ("sam", sam)):
        loaded = image.load(tmp_path / f"{name}.img")
        assert type(loaded) is type(chip_)
        assert loaded.dump() == chip_.dump()


def test_image_and_vault_key_belong_to_their_owner_alone_and_show_no_key(tmp_path, card):
    image.save(tmp_path / "card.img", card)
    assert KEY in card.dump() or KEY.hex().encode() in card.dump().lower()
    for name in ("card.img", "vault.key"):
        file = tmp_path / name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert KEY not in file.read_bytes()
        assert KEY.hex().encode() not in file.read_bytes().lower()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.img", "vault.key"]


def test_two_images_of_the_same_chip_differ(tmp_path, card):
    image.save(tmp_path / "a.img", card)
    image.save(tmp_path / "b.img", card)
    assert (tmp_path / "a.img").read_bytes() != (tmp_path / "b.img").read_bytes()


def test_every_damaged_byte_is_noticed(tmp_path, card):
    path = tmp_path / "card.img"
    image.save(path, card)
    whole = path.read_bytes()
    for at in [*range(40), len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ImageError):
            image.load(path)


@pytest.mark.parametrize(("content", "words"), [(b"", "no chip image"), (b"PNG", "no chip image")])
def test_a_file_that_is_no_image_is_called_so(tmp_path, content, words):
    (tmp_path / "x.img").write_bytes(content)
    with pytest.raises(ImageError, match=words):
        image.load(tmp_path / "x.img")


def test_an_image_of_a_later_version_is_called_so(tmp_path):
    (tmp_path / "x.img").write_bytes(b"HCIMAGE\x02" + bytes(60))
    with pytest.raises(ImageError, match="later version"):
        image.load(tmp_path / "x.img")


def test_a_missing_image_is_named(tmp_path):
    with pytest.raises(ImageError, match=r"x\.img cannot be read: No such file"):
        image.load(tmp_path / "x.img")


def test_another_vault_key_opens_nothing(tmp_path, card):
    image.save(tmp_path / "card.img", card)
    (tmp_path / "vault.key").write_bytes(bytes(16))
    with pytest.raises(ImageError, match="another vault key"):
        image.load(tmp_path / "card.img")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda key: key.unlink(), "is missing"),
        (lambda key: key.chmod(0o644), "chmod 600"),
        (lambda key: key.write_bytes(b"short"), "no vault key"),
    ],
)
def test_an_unfit_vault_key_is_told_with_what_to_do(tmp_path, card, spoil, words):
    image.save(tmp_path / "card.img", card)
    spoil(tmp_path / "vault.key")
    with pytest.raises(ImageError, match=words):
        image.load(tmp_path / "card.img")


def test_the_vault_key_may_lie_elsewhere(tmp_path, card, monkeypatch):
    monkeypatch.setenv("HEALTHCARD_VAULT", str(tmp_path / "safe" / "my.key"))
    image.save(tmp_path / "card.img", card)
    assert (tmp_path / "safe" / "my.key").exists()
    assert not (tmp_path / "vault.key").exists()
    assert image.load(tmp_path / "card.img").dump() == card.dump()


def test_the_vault_shows_its_key_to_nobody(tmp_path):
    found = vault.make(tmp_path)
    assert found.key.hex() not in repr(found)
    assert repr(found.key)[2:-1] not in repr(found)


def test_one_chip_is_in_one_reader_at_a_time(tmp_path, card):
    path = tmp_path / "card.img"
    image.save(path, card)
    with HeldImage(path) as held:
        with pytest.raises(ImageInUse):
            HeldImage(path)
        held.chip.reset()
        held.chip.transmit(bytes.fromhex("0084000008"))
        held.chip.transmit(bytes.fromhex("0082007F11") + bytes(16) + b"\x01")  # a try is gone: memory has changed
        held.keep()
        with pytest.raises(ImageInUse):
            HeldImage(path)
    HeldImage(path).release()


def test_a_held_chip_is_written_when_it_has_changed_and_only_then(tmp_path):
    path = tmp_path / "sam.img"
    image.save(path, sam_maker.personalised())
    with HeldImage(path) as held:
        held.chip.reset()
        held.chip.transmit(bytes.fromhex("00A40000023F00"))
        before = path.read_bytes()
        held.keep(durable=True)
        assert path.read_bytes() == before
        assert held.chip.transmit(bytes.fromhex("0020000003111111")).hex() == "63c2"
        held.keep()
        assert path.read_bytes() != before
        assert image.load(path).dump() == held.chip.dump()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["sam.img", "vault.key"]


def test_a_chip_that_cannot_be_written_keeps_its_old_image_whole(tmp_path, card, monkeypatch):
    path = tmp_path / "card.img"
    image.save(path, card)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ImageError, match="No space left"):
        image.save(path, card)
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["card.img", "vault.key"]
