"""What stays for as long as the process is left alone by the collector, also what comes later."""

import subprocess
import sys

_LEAVES = """
import gc
from controller.cli.process_tuning import tune_for_latency

gc.disable()
tune_for_latency()
kept, frozen = [], []
for _ in range(5):
    kept.append([[] for _ in range(1000)])
    gc.collect()
    frozen.append(gc.get_freeze_count())
print(*(after - before >= 1000 for before, after in zip([0, *frozen], frozen)))
"""


def test_what_stays_is_left_alone_after_the_first_full_collection_the_second_and_the_fourth() -> (
    None
):
    command = [sys.executable, "-c", _LEAVES]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    assert said.split() == ["True", "True", "False", "True", "False"]
