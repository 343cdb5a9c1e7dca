from __future__ import annotations

import subprocess
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthcard.domain.resident import Allergy, Contact, Document, Resident, Vaccination

KEY, OTHER = bytes(range(16)), bytes(16)


@pytest.fixture(scope="module")
def sealing(installation):
    from healthcard.services import sealing

    return sealing


@pytest.fixture(scope="module")
def sealer(sealing):
    return sealing.Sealer(seal_key=KEY, digest_key=OTHER)


def test_what_is_sealed_opens_for_its_owner_alone(sealing, sealer):
    sealed = sealer.seal("张三".encode(), b"owner")
    assert sealer.open(sealed, b"owner") == "张三".encode()
    assert "张三".encode() not in sealed
    with pytest.raises(sealing.SealBroken):
        sealer.open(sealed, b"other")


def test_a_changed_bit_anywhere_breaks_the_seal(sealing, sealer):
    sealed = sealer.seal(b"plain", b"owner")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(sealing.SealBroken):
            sealer.open(bytes(changed), b"owner")
    for short in (b"", sealed[:28]):
        with pytest.raises(sealing.SealBroken):
            sealer.open(short, b"owner")


def test_the_same_row_never_looks_the_same_twice(sealer):
    assert sealer.seal(b"plain", b"owner") != sealer.seal(b"plain", b"owner")


def test_the_digest_of_an_identity_is_hmac_sm3_by_openssl(sealer):
    number = "11010119900307221X"
    command = ["openssl", "dgst", "-sm3", "-mac", "HMAC", "-macopt", f"hexkey:{OTHER.hex()}", "-binary"]
    expected = subprocess.run(command, input=f"01:{number}".encode(), capture_output=True, check=True).stdout
    assert sealer.digest(Document(kind="01", number=number)) == expected


def test_a_sealer_does_not_show_its_keys(sealer):
    assert repr(sealer) == "<Sealer>"


TEXT = st.text(max_size=20)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
RESIDENTS = st.builds(
    Resident,
    name=TEXT,
    document=st.builds(Document, kind=TEXT, number=TEXT),
    sex=TEXT,
    ethnic_group=TEXT,
    birth_date=DAYS,
    chip_name=TEXT,
    phones=st.lists(TEXT, max_size=2).map(tuple),
    payment_methods=st.lists(TEXT, max_size=3).map(tuple),
    registered_address=TEXT,
    residence_address=TEXT,
    contacts=st.lists(st.builds(Contact, name=TEXT, relation=TEXT, phone=TEXT), max_size=3).map(tuple),
    education=TEXT,
    marital_status=TEXT,
    occupation=TEXT,
    health_record_no=TEXT,
    ncms_card_no=TEXT,
    abo=TEXT,
    rh_negative=TEXT,
    alerts=st.frozensets(TEXT, max_size=3),
    other_alert=TEXT,
    allergies=st.lists(st.builds(Allergy, substance=TEXT, reaction=TEXT), max_size=3).map(tuple),
    vaccinations=st.lists(st.builds(Vaccination, vaccine=TEXT, given=DAYS), max_size=3).map(tuple),
    photo=st.binary(max_size=100),
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # on a busy machine
@given(resident=RESIDENTS)
def test_every_field_of_a_resident_survives_its_record(resident):
    from healthcard.services.people import resident_record

    assert resident_record.from_bytes(resident_record.to_bytes(resident)) == resident


def test_a_record_of_an_unknown_version_is_refused(sealing):
    from healthcard.services.people import resident_record

    with pytest.raises(resident_record.UnknownRecord, match="update healthcard"):
        resident_record.from_bytes(b'{"v": 2}')
