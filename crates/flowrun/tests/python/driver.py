"""Does with the real client what it is told: a call a line, as JSON, and its answer a line."""

import json
import sys

# Prefect writes its log to stdout, where the answers go.
answers, sys.stdout = sys.stdout, sys.stderr

import prefect
from prefect.backend import FlowView
from prefect.exceptions import ClientError
from prefect.tasks.prefect import StartFlowRun, create_flow_run

client = prefect.Client()


def find_flow(**names):
    flow = FlowView.from_flow_name(**names)
    return {"id": flow.flow_id, "name": flow.name, "project": flow.project_name}


def flow_run_state(id):
    state = client.get_flow_run_state(id)
    return {
        "name": type(state).__name__,
        "running": state.is_running(),
        "finished": state.is_finished(),
        "successful": state.is_successful(),
        "failed": state.is_failed(),
        "scheduled": state.is_scheduled(),
        "pending": state.is_pending(),
    }


CALLS = {
    "graphql": lambda **request: client.graphql(**request)["data"],
    "find_flow": find_flow,
    "start_flow_run": StartFlowRun().run,
    "find_and_create_flow_run": create_flow_run.run,
    "create_flow_run": client.create_flow_run,
    "flow_run_state": flow_run_state,
    "cancel_flow_run": client.cancel_flow_run,
    "switch_tenant": client.switch_tenant,
}


def answer(call, arguments):
    try:
        return {"data": CALLS[call](**arguments)}
    except Exception as error:
        if isinstance(error, ClientError) and isinstance(error.args[0], list):
            return {"errors": [each["message"] for each in error.args[0]]}
        return {"raised": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    print(json.dumps(answer(**json.loads(line))), file=answers, flush=True)
