"""JSON as the engine reads it, and whatever else the bytes of a file may be."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.docker.encodings import gojson
from indexer.docker.encodings.gojson import JsonError, decode_array, decode_object

NOT_JSON = [
    b"",
    b" ",
    b"{",
    b"{]",
    b"{'a':1}",
    b'{"a":1,}',
    b'{"a" 1}',
    b'{"a":01}',
    b'{"a":.5}',
    b'{"a":NaN}',
    b'{"a":[Infinity]}',
    b'{"a":-Infinity}',
    b'{"a":tru}',
    b'{"a":"\n"}',
    b'{"a":"\x00"}',
    b'{"a":"\\x"}',
    b'{"a":"\\u12"}',
    b"{a:1}",
    b"\xef\xbb\xbf{}",
    b"\xff",
    b'{"a":' + b"9" * 5000 + b"}",
]

_texts = st.text(st.characters(exclude_categories=()), max_size=5)
_numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_values = st.recursive(
    st.none() | st.booleans() | _numbers | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=10,
)


def one_of(value: object) -> bytes:
    """A document with `value` at the key `a`."""
    return json.dumps({"a": value}).encode()


@pytest.mark.parametrize("data", NOT_JSON)
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_no_json_is_refused(data: bytes, stream: bool) -> None:
    """What Go's decoder refuses is an error whose message continues a path."""
    with pytest.raises(JsonError, match=r"^is n"):
        decode_object(data, stream=stream)


@pytest.mark.parametrize("data", [b"[]", b'"a"', b"1", b"null", b"true"])
def test_another_value_is_no_object(data: bytes) -> None:
    """A document that is not an object is refused."""
    with pytest.raises(JsonError, match="is not a JSON object"):
        decode_object(data)


def test_arrays() -> None:
    """An array is read, null counts as an empty one, and anything else is refused."""
    assert decode_array(b" [1, null] ") == [1, None]
    assert decode_array(b"null") == []
    with pytest.raises(JsonError, match="is not a JSON array"):
        decode_array(b"{}")


def test_bytes_after_the_value() -> None:
    """Only a stream may go on after its first value."""
    assert decode_object(b' \r\n\t{"a":1}\n') == {"a": 1}
    assert decode_object(b' {"a":1}} trailing \xff', stream=True) == {"a": 1}
    with pytest.raises(JsonError, match="Extra data"):
        decode_object(b'{"a":1} {}')


def test_the_last_duplicate_wins() -> None:
    """Of one key given twice the second value counts."""
    assert gojson.text(decode_object(b'{"ID":"a","ID":"b"}'), "ID") == "b"
    assert gojson.text(decode_object(b'{"id":"a","iD":"b"}'), "ID") == "b"


def test_labels_may_differ_in_case() -> None:
    """Keys of a table that differ in case only stay different keys."""
    found = decode_object(b'{"Labels":{"a":"1","A":"2","a":"3"}}')
    assert gojson.text_table(found, "labels") == (("A", "2"), ("a", "3"))


@pytest.mark.parametrize("key", ["created", "CREATED", "Created", "cReAtEd"])
def test_keys_match_in_any_case(key: str) -> None:
    """A key is found in upper and lower case."""
    assert gojson.text(decode_object(json.dumps({key: "x"}).encode()), "Created") == "x"


def test_unicode_that_folds_to_ascii() -> None:
    """Go takes the long s for an s and the Kelvin sign for a k, and no other letter."""
    found = decode_object('{"o\u017f":"linux","\u212aey":"k","\u00f6s":"?"}'.encode())
    assert gojson.text(found, "os") == "linux"
    assert gojson.text(found, "key") == "k"
    assert gojson.text(found, "ss") is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a":"x\xffy"}', "x\ufffdy"),
        (b'{"a":"x\xc3"}', "x\ufffd"),
        (b'{"a":"\\ud800"}', "\ufffd"),
        (b'{"a":"\\uDFFFz"}', "\ufffdz"),
        (b'{"a":"\\ud83d\\ude00"}', "\U0001f600"),
        (b'{"a":"x\\u0000y"}', "x\ufffdy"),
        (b'{"a":"\\\\u0000"}', "\\u0000"),
        (b'{"a":"\\u001b"}', "\x1b"),
    ],
)
def test_text_that_no_database_takes(data: bytes, expected: str) -> None:
    """Bytes that are not UTF-8, NUL and lone surrogates become the replacement character."""
    assert gojson.text(decode_object(data), "a") == expected


def test_keys_that_no_database_takes() -> None:
    """Keys are cleaned like values, at every depth."""
    data = b'{"a":[{"x\\u0000":{"\\ud800":1}}]}'
    assert decode_object(data) == {"a": [{"x\ufffd": {"\ufffd": 1}}]}


@pytest.mark.parametrize("depth", [500, 900, 2000, 100_000])
@pytest.mark.parametrize("core", [b"1", b'"\\u0000"'])
def test_deep_nesting_is_taken_or_refused(depth: int, core: bytes) -> None:
    """Nesting of any depth gives a value or one error, however the text is cleaned."""
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        data = b'{"a":' + opening * depth + core + closing * depth + b"}"
        with suppress(JsonError):
            assert decode_object(data).keys() == {"a"}


def test_whole_numbers_have_64_bits() -> None:
    """A number that no database column takes is an error, not a wrong number."""
    for number in (0, -(2**63), 2**63 - 1):
        assert gojson.integer(decode_object(one_of(number)), "a") == number
    for number in (2**63, -(2**63) - 1, 10**400):
        with pytest.raises(JsonError, match="does not fit in 64 bits"):
            gojson.integer(decode_object(one_of(number)), "a")
    for other in (1.5, 1e3, True, "1", [], {}):
        with pytest.raises(JsonError, match="not a whole number"):
            gojson.integer(decode_object(one_of(other)), "a")


GETTERS: list[tuple[Any, object, list[object]]] = [
    (gojson.text, None, [1, True, [], {}]),
    (gojson.integer, None, ["1", True, 1.5, [], {}]),
    (gojson.boolean, False, ["true", 1, [], {}]),
    (gojson.table, {}, ["{}", 1, True, []]),
    (gojson.array, [], ["[]", 1, True, {}]),
    (gojson.texts, (), ["a", 1, {}, [1], [[]], [True]]),
    (gojson.text_table, (), ["a", 1, [], {"k": 1}, {"k": []}]),
    (gojson.time, None, [1, [], {}, "yesterday", "2026-02-30T00:00:00Z"]),
]


@pytest.mark.parametrize(("getter", "empty", "wrong"), GETTERS)
def test_absent_null_and_wrong_values(getter: Any, empty: object, wrong: list[object]) -> None:
    """A key that is absent or null has the zero value; one of the wrong kind is an error."""
    assert getter({}, "a") == empty
    assert getter({"a": None}, "a") == empty
    for value in wrong:
        with pytest.raises(JsonError, match="'a'"):
            getter({"a": value}, "a")


def test_lists_and_tables_of_text() -> None:
    """Null elements are empty texts and a table is in order of its keys."""
    assert gojson.texts({"a": ["x", None, ""]}, "a") == ("x", "", "")
    assert gojson.text_table({"a": {"b": None, "a": "1"}}, "a") == (("a", "1"), ("b", ""))
    assert gojson.text({"a": ""}, "a") is None
    assert gojson.time({"a": "0001-01-01T00:00:00Z"}, "a") is None


@given(st.binary(max_size=200) | st.text('{}[]",:\\u0d8fnul 1e-.', max_size=60).map(str.encode))
def test_any_bytes_are_a_value_or_an_error(data: bytes) -> None:
    """No bytes make the decoder fail in any other way, and a value can be stored."""
    for stream in (False, True):
        try:
            value = decode_object(data, stream=stream)
        except JsonError:
            continue
        json.dumps(value, ensure_ascii=False).encode()


@given(st.dictionaries(_texts, _values, max_size=4))
def test_any_value_can_be_stored(document: dict[str, Any]) -> None:
    """Whatever texts a document holds, what is decoded is valid UTF-8 without NUL."""
    decoded = decode_object(json.dumps(document).encode())
    text = json.dumps(decoded, ensure_ascii=False).encode().decode()
    assert "\\u0000" not in text.replace("\\\\", "")
