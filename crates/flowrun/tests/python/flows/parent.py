"""A flow that schedules another one, waits for it and reads a result of it."""

from prefect import Flow, task
from prefect.engine.results import PrefectResult
from prefect.tasks.prefect import create_flow_run, get_task_run_result, wait_for_flow_run


@task(result=PrefectResult())
def check(result):
    assert result == 42, result
    return result


with Flow("parent") as flow:
    child = create_flow_run(flow_name="child", project_name="E2E")
    finished = wait_for_flow_run(child, raise_final_state=True)
    result = get_task_run_result(child, "answer-1", upstream_tasks=[finished])
    check(result)
