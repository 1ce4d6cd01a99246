"""Schedules runs with Prefect's own client. A line tells the way and how often; the line that answers, as JSON, how
many seconds of CPU time and by the clock that took. Before them, half as many are made that are not counted."""

import json
import sys
import time

# Prefect writes its log to stdout, where the answers go.
answers, sys.stdout = sys.stdout, sys.stderr

import prefect
from prefect.tasks.prefect import StartFlowRun

FLOW, PROJECT = sys.argv[1:]
PARAMETERS = {"name": "Ada"}
NEWEST = """query {
    flow(
        where: { name: { _eq: %s }, archived: { _eq: false }, project: { name: { _eq: %s } } }
        order_by: { version: desc }
        limit: 1
    ) { id }
}"""


def task_of_1_4_1():
    StartFlowRun(flow_name=FLOW, project_name=PROJECT, parameters=PARAMETERS).run()


def task_of_0_10_7():
    """The two requests of FlowRunTask, by a client that is made for them."""
    client = prefect.Client()
    flows = client.graphql(NEWEST % (json.dumps(FLOW), json.dumps(PROJECT))).data.flow
    client.create_flow_run(flow_id=flows[0].id, parameters=PARAMETERS)


WAYS = {"1.4.1": task_of_1_4_1, "0.10.7": task_of_0_10_7}

for line in sys.stdin:
    way, count = line.split()
    call, count = WAYS[way], int(count)
    for _ in range(count // 2):
        call()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(count):
        call()
    took = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    print(json.dumps(took), file=answers, flush=True)
