"""A flow that fails."""

from prefect import Flow, task


@task
def fail():
    raise ValueError("this was meant to fail")


with Flow("failing") as flow:
    fail()
