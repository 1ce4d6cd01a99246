"""A mapped task, one of whose children fails once and is tried again."""

import datetime

import prefect
from prefect import Flow, task


@task
def numbers():
    return [1, 2, 3]


@task(max_retries=1, retry_delay=datetime.timedelta(seconds=0))
def flaky(n):
    if n == 2 and prefect.context.get("task_run_count", 1) == 1:
        raise ValueError("not the first time")
    return n * n


@task
def total(squares):
    assert sum(squares) == 14, squares


with Flow("mapped") as flow:
    total(flaky.map(numbers()))
