"""Indexes: each is of use."""

from __future__ import annotations

_BEGUN_ALIKE = """
    SELECT short.relname || ' begins ' || long.relname
    FROM pg_index one JOIN pg_index other ON other.indrelid = one.indrelid AND other.indexrelid <> one.indexrelid
    JOIN pg_class short ON short.oid = one.indexrelid JOIN pg_class long ON long.oid = other.indexrelid
    WHERE short.relnamespace = 'public'::regnamespace AND short.relname NOT LIKE 'auth\\_%%' AND NOT one.indisunique
        AND one.indpred IS NULL AND other.indpred IS NULL AND one.indnkeyatts < other.indnkeyatts
        AND (string_to_array(other.indkey::text, ' '))[1:one.indnkeyatts] = string_to_array(one.indkey::text, ' ')"""


def test_no_index_begins_as_a_longer_one_does(db):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_BEGUN_ALIKE, [])
        assert cursor.fetchall() == []
