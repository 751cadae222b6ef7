"""The bench of the driver contract, as packages of others have it too."""

from devices.contract.rig import BENCH, BOARD, READERS, WAIT_S, Events, bench_file, settle

__all__ = ["BENCH", "BOARD", "READERS", "WAIT_S", "Events", "bench_file", "settle"]
