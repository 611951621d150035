"""What others' programs, and loops written here, do with our problems; scripts/compare_peers and compare_numpy start it.

    peer_run.py PEER JOB.json       one selection: writes its ids and prints {"similarity_s", "select_s", "peak_bytes"}
    peer_run.py --serve PEER FOLDER     greedy on FOLDER/kernel.npy; says `ready`, then answers each line of standard
                                    input with {"seconds", "picks"}; the kernel, in the form that the peer wants, is not timed

A job has features (an .npy file of unit rows), rows (the budget), seed, out (ids.parquet) and options of the peer. Runs in
.cache/peers/bin/python. A peer is a function of (features, job) that gives what to time: a step that makes the similarity
matrix, or None, and a step that makes the picks of it.
"""

import json
import pathlib
import resource
import sys
import time

import numpy as np


def kernel_of(features):
    """(1 + cosine) / 2: these libraries start from 0, ours from -1: the same gains, halved. By BLAS, float32: faster than theirs."""
    kernel = features @ features.T
    kernel += 1
    kernel *= 0.5
    return kernel


def apricot_picks(kernel, rows, optimizer, seed=0):
    from apricot import FacilityLocationSelection

    options = {"epsilon": 0.01} if optimizer == "stochastic" else {}
    chooser = FacilityLocationSelection(
        rows, metric="precomputed", optimizer=optimizer, optimizer_kwds=options, random_state=seed
    )
    return chooser.fit(kernel).ranking.tolist()


def submodlib_function(kernel):
    from submodlib import FacilityLocationFunction

    return FacilityLocationFunction(
        n=len(kernel), mode="dense", sijs=np.asarray(kernel, np.float32), separate_rep=False
    )


def submodlib_picks(function, rows, optimizer):
    options = {"optimizer": optimizer, "stopIfZeroGain": False, "show_progress": False, "epsilon": 0.01}
    return [int(item) for item, _gain in function.maximize(budget=rows, **options)]


def apricot(optimizer):
    def peer(features, job):
        apricot_picks(np.eye(8), 2, optimizer)  # compiled, before anything is timed
        return (
            lambda: kernel_of(features).astype(np.float64),
            lambda kernel: apricot_picks(kernel, job["rows"], optimizer, job["seed"]),
        )

    return peer


def submodlib(optimizer):
    def peer(features, job):
        submodlib_function(np.eye(8))
        return (
            lambda: submodlib_function(kernel_of(features)),
            lambda function: submodlib_picks(function, job["rows"], optimizer),
        )

    return peer


def divsel(features, job):
    import divsel as library

    # lam = 0 is GIST's utility alone, facility location: plain greedy, with distances made as they are needed.
    options = {"lam": 0.0, "metric": "cosine", "utility": "facility_location"}
    return None, lambda _: list(library.gist_select(np.ascontiguousarray(features), k=job["rows"], **options))


def quotas(labels, closeness, rows):
    """maskbench's kmeans: a row a cluster in each round, largest cluster first, the closest to the centroid first."""
    order = np.lexsort((np.arange(len(labels)), -closeness, labels))
    sizes = np.bincount(labels)
    rank = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)  # of a row inside its cluster
    turn = np.empty(len(sizes), np.int64)
    turn[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return order[np.lexsort((turn[labels[order]], rank))[:rows]]


def faiss_kmeans(features, job):
    import faiss

    def picks(_):
        clusters = int(len(features) ** 0.5)
        means = faiss.Kmeans(
            features.shape[1],
            clusters,
            niter=20,
            spherical=True,
            seed=job["seed"],
            min_points_per_centroid=1,
            max_points_per_centroid=len(features),
        )
        means.train(features)
        closeness, labels = means.index.search(features, 1)
        return quotas(labels[:, 0], closeness[:, 0], job["rows"])

    return None, picks


def sklearn_kmeans(features, job):
    from sklearn.cluster import KMeans

    def picks(_):
        clusters = int(len(features) ** 0.5)
        means = KMeans(clusters, init="random", n_init=1, max_iter=20, tol=0, random_state=job["seed"]).fit(features)
        near = np.einsum("nd,nd->n", features, means.cluster_centers_[means.labels_])
        near /= np.linalg.norm(means.cluster_centers_, axis=1)[means.labels_] + 1e-12
        return quotas(means.labels_, near, job["rows"])

    return None, picks


def disf_loop(features, job):
    """Equal in work to the released DiSF code: blocks of 1,024 rows, 16 picks of each, every candidate's correlation matrix
    (centred and scaled inside the set) from scratch."""
    block, keep = 1024, 16

    def off_diagonal(rows):
        centred = rows - rows.mean(axis=0)
        centred /= np.sqrt(centred.var(axis=0, ddof=1) + 1e-8)
        correlation = centred.T @ centred
        correlation /= len(rows) - 1
        np.fill_diagonal(correlation, 0)
        return np.vdot(correlation, correlation)

    def picks(_):
        chosen = []
        for start in range(0, len(features), block):
            end = min(start + block, len(features))
            wanted = min(keep * (end - start) // block, job["rows"] - len(chosen))
            if wanted < 1:
                break
            inside = [start]  # the recipe draws one at random; given to both sides here
            while len(inside) < wanted:
                best = (np.inf, -1)
                for row in range(start, end):
                    if row not in inside:
                        best = min(best, (off_diagonal(features[[*inside, row]]), row))
                inside.append(best[1])
            chosen += inside
        return chosen

    return None, picks


def datamask_torch(features, job):
    """DATAMASK on pairwise similarity alone, from the paper's description: exponential clocks and top-k, one GEMM for the sums."""
    import torch

    torch.set_num_threads(job["threads"])
    x, draw = torch.from_numpy(features), torch.Generator().manual_seed(job["seed"])
    n, group = len(features), job["group"]
    batch = min(n, max(int(np.ceil(job["batch"] * n)), int(np.ceil(2 * n / job["rows"]))))
    picked = max(1, round(batch * job["rows"] / n))
    eta = 4.0 if batch <= 10_000 else 8.0

    def picks(_):
        logits, norms = torch.zeros(n), (x * x).sum(1)
        for _step in range(job["steps"]):
            rows = torch.randperm(n, generator=draw)[:batch].sort().values
            clocks = torch.empty(group, batch).exponential_(generator=draw) / torch.softmax(logits[rows], 0)
            items = clocks.topk(picked, largest=False, sorted=False).indices
            masks = torch.zeros(group, batch).scatter_(1, items, 1.0)
            sums = masks @ x[rows]
            reward = -((sums * sums).sum(1) - masks @ norms[rows]) / (picked * (picked - 1))
            advantage = (reward - reward.mean()) / (reward.std(unbiased=False) + 1e-12)
            logits[rows] += eta / group * (advantage @ masks)
        return logits.topk(job["rows"]).indices.numpy()

    return None, picks


PEERS = {
    "apricot_naive": apricot("naive"),
    "apricot_lazy": apricot("lazy"),
    "apricot_stochastic": apricot("stochastic"),
    "submodlib_naive": submodlib("NaiveGreedy"),
    "submodlib_lazy": submodlib("LazyGreedy"),
    "submodlib_stochastic": submodlib("StochasticGreedy"),
    "divsel": divsel,
    "faiss_kmeans": faiss_kmeans,
    "sklearn_kmeans": sklearn_kmeans,
    "disf_loop": disf_loop,
    "datamask_torch": datamask_torch,
}


def once(peer, job):
    features = np.load(job["features"])
    make, pick = PEERS[peer](features, job)
    start = time.perf_counter()
    matrix = make() if make else None
    made = time.perf_counter()
    picks = pick(matrix)
    end = time.perf_counter()
    answer = {
        "similarity_s": made - start if make else 0.0,
        "select_s": end - made,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    import pyarrow
    import pyarrow.parquet

    rows = np.sort(np.asarray(picks, np.int64))
    pyarrow.parquet.write_table(pyarrow.table({"row": rows}), job["out"])
    return answer


def serve(peer, folder, answers):
    kernel, rows = np.load(folder / "kernel.npy"), int((folder / "picks").read_text())
    if peer == "apricot_naive":
        choose = lambda count: apricot_picks(kernel, count, "naive")  # noqa: E731
    else:
        function = submodlib_function(kernel)
        choose = lambda count: submodlib_picks(function, count, "NaiveGreedy")  # noqa: E731
    choose(2)  # compiled, where it compiles
    print("ready", file=answers, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        picks = choose(rows)
        print(json.dumps({"seconds": time.perf_counter() - start, "picks": picks}), file=answers, flush=True)


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # what libraries print does not disturb the answers
    if sys.argv[1] == "--serve":
        serve(sys.argv[2], pathlib.Path(sys.argv[3]), answers)
    else:
        print(
            json.dumps(once(sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text()))), file=answers, flush=True
        )
