"""Watches a flow run with Prefect's own function, and writes the message of each line that it shows."""

import sys

from prefect.backend.flow_run import watch_flow_run

for line in watch_flow_run(sys.argv[1], stream_states=False):
    print(line.message, flush=True)
