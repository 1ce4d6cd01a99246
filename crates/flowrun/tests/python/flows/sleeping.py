"""A flow that runs until it is stopped."""

import time

from prefect import Flow, task


@task
def sleep():
    for _ in range(600):
        time.sleep(1)


with Flow("sleeping") as flow:
    sleep()
