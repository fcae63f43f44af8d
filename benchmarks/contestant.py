"""One contestant, one workload, one process: trains, predicts, and prints what it took as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
import tracemalloc
import warnings
from importlib.metadata import version

from workloads import WORKLOADS, load


def main(name: str, workload_name: str) -> None:
    """Train once to warm up and once against the clock."""
    warnings.simplefilter("ignore")
    workload = WORKLOADS[workload_name]
    (X, y, X_test, y_test), source = load(workload)
    if name == "chainrule":
        from chainrule import MLPClassifier
    else:
        from sklearn.neural_network import MLPClassifier
    settings = {
        "hidden_layer_sizes": workload.hidden,
        "batch_size": workload.batch,
        "tol": 0.0,
        "n_iter_no_change": workload.epochs,
        "random_state": 0,
    }
    few = slice(0, 2 * workload.batch)
    MLPClassifier(max_iter=2, **settings).fit(X[few], y[few]).predict(X_test[:10])
    start = time.perf_counter()
    model = MLPClassifier(max_iter=workload.epochs, **settings).fit(X, y)
    seconds = time.perf_counter() - start
    tracemalloc.start()  # after the clock: it sees every array there is at a time
    MLPClassifier(max_iter=1, **settings).fit(X, y)
    training_mib = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    steps = workload.epochs * -(-workload.rows // workload.batch)
    print(
        json.dumps(
            {
                "contestant": name,
                "workload": workload.name,
                "source": source,
                "version": version(name),
                "microseconds_per_step": seconds / steps * 1e6,
                "accuracy": float(model.score(X_test, y_test)),
                "epochs": model.n_iter_,
                "process_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "training_mib": training_mib,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
