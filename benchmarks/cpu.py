"""Processor seconds, children included: the cost that a busy machine does not distort."""

import resource

import psutil


def own_seconds() -> float:
    """User and system time of this process and of every child that has ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def process_seconds(pid: int) -> float:
    """User and system time so far of a running process and its running and ended children."""
    process = psutil.Process(pid)
    total = sum(process.cpu_times()[:4])
    for child in process.children(recursive=True):
        try:
            total += sum(child.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return float(total)


def resident_mebibytes(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 2**20
