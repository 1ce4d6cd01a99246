"""Two tasks and a parameter; a third task once the file VERSION beside this one says 2."""

import pathlib

from prefect import Flow, Parameter, task


@task
def double(x):
    return 2 * x


@task(log_stdout=True)
def say(x):
    print(f"the answer is {x}")


with Flow("tiny") as flow:
    x = Parameter("x", default=21)
    doubled = double(x)
    say(doubled)
    if (pathlib.Path(__file__).parent / "VERSION").exists():
        say(double(doubled))
