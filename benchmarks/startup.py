"""Starts a program again and again, and prints one row of JSON with the fields of 'backprop bench'.

Usage: startup.py [--threads N] PROGRAM ARGUMENT...   Each run is a process of its own; at least 20 runs and 3 seconds, after 3 that warm the disk's cache."""
import json
import os
import resource
import statistics
import subprocess
import sys
import time


def busy():
    with open("/proc/stat") as stat:
        ticks = list(map(int, stat.readline().split()[1:9]))
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def own():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main(arguments):
    threads = 1
    if arguments[0] == "--threads":
        threads, arguments = int(arguments[1]), arguments[2:]

    def run():
        start = time.perf_counter()
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
        return (time.perf_counter() - start) * 1e3

    for _ in range(3):
        run()
    others, mine, start, times = busy(), own(), time.perf_counter(), []
    while len(times) < 20 or time.perf_counter() < start + 3:
        times.append(run())
    wall, mine = time.perf_counter() - start, own() - mine
    print(json.dumps({
        "peer": "backprop", "workload": "startup/classify", "batch": None, "threads": threads,
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1),
        "median_ms": round(statistics.median(times), 1), "min_ms": round(min(times), 1), "mean_ms": round(statistics.mean(times), 1), "runs": len(times),
        "cores": round(mine / wall, 2), "others": round(max(0, busy() - others - mine) / wall, 2),
        "package_mb": round(os.path.getsize(arguments[0]) / 2 ** 20, 1), "libraries_mb": 0,
    }), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
