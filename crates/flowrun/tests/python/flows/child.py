"""The flow that `parent` schedules: its result is stored inside the state."""

from prefect import Flow, task
from prefect.engine.results import PrefectResult


@task(result=PrefectResult())
def answer():
    return 42


with Flow("child") as flow:
    answer()
