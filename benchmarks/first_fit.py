"""A fresh process that imports one library, fits, predicts and ends; timed from outside.

    python first_fit.py CONTESTANT WORKLOAD DATA THREADS SEED

It loads nothing but NumPy and the contestant's library, and prints its accuracy.
"""

from __future__ import annotations

import json
import sys
import warnings

from contestants import contestant
from split import Split
from workloads import WORKLOADS

warnings.simplefilter("ignore")
name, row, data, threads, seed = sys.argv[1:]
workload, split = WORKLOADS[row], Split.read(data)
model = contestant(name)(workload.network, int(threads))
model.fit(split.X, split.y, workload.epochs, seed=int(seed))
predicted = model.predict_proba(split.X_test).argmax(axis=1)
print(json.dumps({"quality": float((predicted == split.y_test).mean())}))
