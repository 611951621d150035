"""duckdb: choose from a query, join the answer back."""

from pathlib import Path

import duckdb
import maskbench

file = Path(maskbench.__file__).parent / "_root/datasets/samples/fineweb_sample.parquet"
pool = duckdb.sql(f"select id, embedding, edu_proxy from '{file}' where length > 200")

chosen = maskbench.select(pool, 40, features="embedding", quality="edu_proxy", ids="id")
answer = chosen.to_arrow()
[[rows, mean]] = duckdb.execute("select count(*), avg(edu_proxy) from pool join answer using (id)").fetchall()
assert rows == 40
assert abs(mean - chosen.metrics["mean_quality.edu_proxy"]) < 1e-5
