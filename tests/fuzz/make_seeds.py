#!/usr/bin/env python3
"""Writes the binary seeds of tests/fuzz/corpus again: small files of every kind that the readers take, and a few that they refuse.

The seeds that are text were written by hand; those that begin with `finding_` once made a target fall.
"""

import io
import json
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

CORPUS = Path(__file__).resolve().parent / "corpus"


def seed(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def parquet(columns, **options):
    out = io.BytesIO()
    options = {"compression": "none", "use_dictionary": False, **options}
    pq.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def rows(kind):
    """Four rows, the features and what `kind` adds."""
    vectors = [[1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [-1.0, 0.0]]
    columns = {"features": pa.array(vectors, pa.list_(pa.float32()))}
    more = {
        "scores": {
            "good": pa.array([0.1, 0.2, 0.3, 0.4], pa.float64()),
            "narrow": pa.array([1, 2, 3, 4], pa.float32()),
            "half": pa.array(np.array([1, 2, 3, 4], np.float16)),
            "exact": pa.array([2**53 + 1, 2, 3, 4], pa.int64()),
            "natural": pa.array([2**64 - 1, 2, 3, 4], pa.uint64()),
        },
        "names": {
            "id": pa.array(["a", "b", "c", "d"]),
            "text": pa.array(["one", "zwei é", "", "four"], pa.large_string()),
            "domain": pa.array(["books", "code", "books", "web"]).dictionary_encode(),
            "length": pa.array([3, 1, 4, 1], pa.int32()),
        },
        "missing": {
            "good": pa.array([0.1, None, float("nan"), 0.4], pa.float64()),
            "label": pa.array([1, None, 2, 2], pa.int16()),
            "flag": pa.array([True, False, None, True]),
        },
        "moments": {
            "id": pa.array([1, 2, 3, 4], pa.uint64()),
            "day": pa.array([1, 2, 3, 4], pa.date32()),
            "when": pa.array([1, 2, 3, 4], pa.timestamp("us", tz="UTC")),
            "price": pa.array(["1.25", "2.50", "3.75", "4.00"]).cast(pa.decimal128(7, 2)),
            "key": pa.array([bytes([i]) * 16 for i in range(4)], pa.binary(16)),
        },
        "nested": {
            "meta": pa.array([{"score": 0.5 * i, "deep": {"year": 2000 + i}} for i in range(4)]),
            "losses": pa.array([[1.0, 2.0, 3.0]] * 4, pa.list_(pa.float64(), 3)),
            "fired": pa.array([[1, 2]] * 4, pa.large_list(pa.int32())),
        },
        "bytes": {
            "features": pa.array([[1, 0], [0, 1], [3, 4], [5, 12]], pa.list_(pa.int8(), 2)),
            "raw": pa.array([b"\x01\x02", b"", b"\xff", b"abc"]),
        },
    }
    return {**columns, **more[kind]}


def parquets():
    for kind in ("scores", "names", "missing", "moments", "nested", "bytes"):
        seed("parquet", kind, parquet(rows(kind)) + b"\x01")
        seed("parquet", f"{kind}_as_they_are", parquet(rows(kind)) + b"\x06")
    seed("parquet", "all_roles", parquet(rows("names"), compression="snappy", use_dictionary=True) + bytes([121]))
    seed("parquet", "meta_score", parquet(rows("nested"), version="1.0", data_page_version="2.0") + bytes([128]))
    groups = parquet(rows("scores"), compression="zstd", row_group_size=2, write_page_checksum=True)
    seed("parquet", "groups", groups + b"\x03")
    seed("parquet", "no_rows", parquet({name: column[:0] for name, column in rows("scores").items()}) + b"\x01")
    seed("parquet", "cut", groups[:-20] + b"\x01")


def selections():
    row = pa.array([0, 2, 5], pa.int64())
    made = pa.table(
        {
            "row": row,
            "id": pa.array(["a", "c", "f"], pa.large_string()),
            "count": pa.array([1, 2, 1], pa.int32()),
            "score": pa.array([0.5, 0.25, 1.0], pa.float32()),
            "pick": pa.array([1, None, 0], pa.int32()),
        }
    ).replace_schema_metadata({"data_digest": "0" * 64, "selector": "top_k", "value": "0.5"})
    out = io.BytesIO()
    pq.write_table(made, out, compression="none", use_dictionary=False)
    seed("selection", "of_select", out.getvalue())
    seed("selection", "rows", parquet({"row": row}))
    seed(
        "selection", "rows_of_32_bits", parquet({"row": row.cast(pa.uint32())}, compression="zstd", use_dictionary=True)
    )
    seed("selection", "ids", parquet({"id": pa.array(["f", "b"])}))
    seed("selection", "twice", parquet({"row": pa.array([1, 1], pa.int64())}))
    seed(
        "selection",
        "finding_many_zeros",
        parquet({"row": pa.array(np.zeros(300_000, np.int64))}, compression="zstd", use_dictionary=True),
    )


def npys():
    def saved(array, **options):
        out = io.BytesIO()
        np.save(out, array, **options)
        return out.getvalue()

    matrix = np.array([[1, 0], [0, 1], [0.6, 0.8], [3, 4]])
    for kind in ("<f4", "<f8", "<f2", "|i1", "<i8", ">f4"):
        seed(
            "npy",
            "type_" + kind.strip("<|>") + ("_big" if kind[0] == ">" else ""),
            saved(matrix.astype(kind)) + b"\x01",
        )
    seed("npy", "columns_first", saved(np.asfortranarray(matrix.astype("<f4"))) + b"\x01")
    seed("npy", "one_dimension", saved(matrix[0]) + b"\x01")
    out = io.BytesIO()
    np.lib.format.write_array(out, matrix.astype("<f4"), version=(2, 0))
    seed("npy", "version_2", out.getvalue() + b"\x00")
    seed("npy", "zero_row", saved(np.zeros((2, 2), "<f4")) + b"\x05")


def mapped_file(header, columns):
    """As datasets/core/mapped.cpp writes it: header, then columns at multiples of 64 bytes."""
    padded = [column + bytes(-len(column) % 64) for column in columns]
    text = json.dumps({"data": header, "bytes": sum(map(len, padded))}).encode()
    start = b"MASKBND1" + struct.pack("<Q", len(text)) + text
    return start + bytes(-len(start) % 64) + b"".join(padded)


def maps():
    columns = []

    def place(array):
        data = array if isinstance(array, bytes) else array.tobytes()
        offset = sum(len(one) + -len(one) % 64 for one in columns)
        columns.append(data)
        return {"offset": offset, "bytes": len(data)}

    def strings(texts):
        ends = np.cumsum([0] + [len(text) for text in texts]).astype("<i8")
        return {"offsets": place(ends), "chars": place("".join(texts).encode())}

    def matrix(array, kind):
        return {**place(array), "rows": array.shape[0], "cols": array.shape[1], "type": kind}

    plain = {"name": "n", "digest": "d", "size": 3, "features_name": "f", "unit_rows": True, "quality_columns": ["q"]}
    plain["features"] = matrix(np.eye(3, 2, dtype="<f4"), 0)
    plain["scores"] = {"q": place(np.arange(3, dtype="<f4"))}
    small = mapped_file(plain, columns)
    seed("mapped", "plain", small)
    seed("mapped", "cut", small[:-64])
    full = dict(plain)
    full["wide_scores"] = {"q": {**place(np.arange(3, dtype="<f8")), "reals": True, "natural": False}}
    full["label_names"] = {"domain": ["books", "web"]}
    full["labels"] = {"domain": place(np.array([0, 1, 1], "<i4"))}
    full["sizes"] = {"tokens": place(np.array([3, 1, 4], "<i4"))}
    full["matrices"] = {"fired": matrix(np.ones((3, 2), "<i4"), 4), "codes": matrix(np.ones((3, 2), "i1"), 3)}
    full["source_rows"] = place(np.array([0, 2, 5], "<i8"))
    full["ids"] = strings(["a", "b", "cc"])
    full["text"] = strings(["one", "", "three"])
    full["related"] = {"targets": {**plain, "name": "t"}}
    seed("mapped", "all", mapped_file(full, columns))
    backwards = [*columns]
    at = next(i for i, one in enumerate(columns) if one == np.array([0, 1, 2, 4], "<i8").tobytes())
    backwards[at] = np.array([0, 9, 2, 4], "<i8").tobytes()
    seed("mapped", "finding_strings_that_end_before_they_begin", mapped_file(full, backwards))
    huge = {**full, "matrices": {"fired": {"offset": 0, "bytes": 0, "rows": 2**62, "cols": 4, "type": 4}}}
    seed("mapped", "finding_a_product_that_wraps", mapped_file(huge, columns))
    deep = {**plain}
    for _ in range(100):
        deep = {**plain, "related": {"r": deep}}
    seed("mapped", "finding_nested_deep", mapped_file(deep, columns))


parquets()
selections()
npys()
maps()
