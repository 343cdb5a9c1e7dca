"""Synthetic residents are nobody real, show every difficulty of a real roster, and are the same every time."""

from random import Random

import pytest

from healthcard.domain import codes, identity, names, synthetic
from healthcard.domain.portrait import portrait

PEOPLE = list(synthetic.residents(500, seed=1, reviewed=False))


def test_the_same_seed_gives_the_same_people_however_many_are_asked():
    assert list(synthetic.residents(30, seed=9)) == list(synthetic.residents(60, seed=9))[:30]
    assert list(synthetic.residents(30, seed=9)) != list(synthetic.residents(30, seed=10))


def test_no_two_have_the_same_document():
    some = [synthetic.resident(index) for index in (*range(3000), *range(synthetic.MOST - 1000, synthetic.MOST))]
    assert len({(person.document.kind, person.document.number) for person in some}) == len(some)


def test_people_of_two_seeds_have_different_documents():
    one, other = ({person.document for person in synthetic.residents(1000, seed=seed)} for seed in (1, 2))
    assert not one & other


def test_more_than_can_have_their_own_numbers_are_refused():
    with pytest.raises(ValueError, match="3,000,000"):
        synthetic.residents(synthetic.MOST + 1)


@pytest.mark.parametrize("person", PEOPLE[:50], ids=lambda person: person.document.number)
def test_nobody_can_be_a_real_person(person):
    number = person.document.number
    old = number[6:9] == "190"
    assert (
        number[:4] == "6299" or (number[:6] in {"810000", "820000", "830000", "962999"} and old) or number[0] in "SH9"
    )
    assert all(phone.startswith("154") for phone in person.phones)
    assert all(contact.phone.startswith("154") for contact in person.contacts)


@pytest.mark.parametrize("person", PEOPLE[:50], ids=lambda person: person.document.number)
def test_every_document_is_in_its_normal_form_and_says_what_the_record_says(person):
    assert identity.document(person.document.kind, person.document.number) == person.document
    said = identity.claims(person.document)
    assert said is None or (said.birth_date, said.sex) == (person.birth_date, person.sex)


def test_fifty_residents_show_every_difficulty():
    fifty = PEOPLE[:50]
    numbers = [person.document.number for person in fifty]
    assert any(number.endswith("X") for number in numbers)
    assert {"810000", "820000", "830000", "962999"} <= {number[:6] for number in numbers}
    assert {"01", "03", "06", "07", "9A"} == {person.document.kind for person in fifty}
    assert any(names.MIDDLE_DOT in person.name for person in fifty)
    assert any(len(person.name.encode("gbk", errors="replace")) > names.CHIP_BYTES for person in fifty)
    assert {bool(person.chip_name) for person in fifty if names.unwritable(person.name)} == {True, False}
    assert any(person.birth_date.year > 2010 for person in fifty)


def test_every_reviewed_resident_has_a_name_the_chip_can_carry():
    for person in synthetic.residents(500, seed=3):
        names.chip_name(person).encode("gbk")


def test_every_code_is_of_its_table():
    for person in PEOPLE:
        for table in ("sex", "ethnic_group", "marital_status", "occupation", "education", "abo", "rh_negative"):
            codes.chip_code(table, getattr(person, table))
        assert {codes.chip_code("alert", code) for code in person.alerts} <= {str(item) for item in range(43, 57)}
        assert all(codes.chip_code("relation", contact.relation) for contact in person.contacts)
        assert all(codes.chip_code("payment_method", code) for code in person.payment_methods)


def test_children_have_their_parents_as_contacts():
    children = [person for person in PEOPLE if person.birth_date.year > 2010]
    assert children
    assert {contact.relation for person in children for contact in person.contacts} <= {"51", "52"}


def test_every_photo_is_a_small_jpeg_of_its_own():
    photos = [person.photo for person in PEOPLE]
    assert len(set(photos)) == len(photos)
    assert max(map(len, photos)) <= 3072
    assert all(photo.startswith(b"\xff\xd8\xff\xe0") and photo.endswith(b"\xff\xd9") for photo in photos)


def decoded_blocks(jpeg: bytes) -> list[int]:
    """Shades of the blocks, read back from the entropy-coded part by the JPEG standard's table K.3."""
    start = jpeg.index(b"\xff\xda") + 10
    bits = "".join(f"{byte:08b}" for byte in jpeg[start:-2].replace(b"\xff\x00", b"\xff"))
    words = {"00": 0, "010": 1, "011": 2, "100": 3, "101": 4, "110": 5, "1110": 6, "11110": 7, "111110": 8}
    shades, before, place = [], 128, 0
    while len(shades) < 500:
        word = next(word for word in words if bits.startswith(word, place))
        place += len(word)
        size = words[word]
        raw = int(bits[place : place + size] or "0", 2)
        before += raw if not size or bits[place] == "1" else raw - (1 << size) + 1
        assert bits[place + size] == "0"
        place += size + 1
        shades.append(before)
    assert set(bits[place:]) <= {"1"}
    return shades


def test_a_portrait_decodes_to_a_head_and_shoulders_before_a_white_ground():
    shades = decoded_blocks(portrait(Random(4)))
    assert shades[0] == shades[19] == 245
    assert len(set(shades)) == 4
    assert shades[10 * 20 + 9] > shades[5 * 20 + 9]
