"""What programs of newer versions of the Python SDK do, against the service in memory; `MemoryServiceTests.swift` starts it.

    features.py ADDRESS               activities and Nexus operations without workflows, tuners, versions, the end of a worker
    features.py ADDRESS QUEUE         only a worker of the queue, which ends when it is sent SIGTERM
"""

import asyncio
import logging
import os
import signal
import sys
import uuid
from datetime import timedelta
from typing import List

import nexusrpc
import nexusrpc.handler
from temporalio import activity, nexus, workflow
from temporalio.api.nexus.v1 import EndpointSpec, EndpointTarget
from temporalio.api.operatorservice.v1 import CreateNexusEndpointRequest
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import (
    ActivityExecutionStatus,
    ActivityFailureError,
    Client,
    NexusOperationFailureError,
    WorkflowHandle,
)
from temporalio.common import (
    ActivityIDConflictPolicy,
    NexusOperationExecutionStatus,
    RetryPolicy,
    VersioningBehavior,
    WorkerDeploymentVersion,
)
from temporalio.exceptions import (
    ActivityAlreadyStartedError,
    ApplicationError,
    CancelledError,
    TerminatedError,
    TimeoutError,
)
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import (
    PollerBehaviorAutoscaling,
    UnsandboxedWorkflowRunner,
    Worker,
    WorkerDeploymentConfig,
    WorkerTuner,
)

from flows import flaky, greet


def name(kind: str) -> str:
    return f"{kind}-{uuid.uuid4()}"


async def eventually(check) -> None:
    for _ in range(400):
        try:
            if await check():
                return
        except RPCError as error:
            # What a worker has not told of yet.
            assert error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION), error
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come")


@activity.defn
async def hang() -> str:
    while True:
        activity.heartbeat("hanging")
        await asyncio.sleep(0.05)


@activity.defn
async def outside() -> str:
    activity.raise_complete_async()


@activity.defn
async def long() -> str:
    # A worker that ends gives its activities some time before it cancels them.
    await activity.wait_for_worker_shutdown()
    return "done while the worker ended"


@workflow.defn
class Waiting:
    def __init__(self) -> None:
        self.ended = False

    @workflow.run
    async def run(self, build: str = "") -> str:
        await workflow.wait_condition(lambda: self.ended)
        return await workflow.execute_activity(greet, "all", start_to_close_timeout=timedelta(seconds=30))

    @workflow.signal
    def end(self) -> None:
        self.ended = True


@workflow.defn
class Long:
    @workflow.run
    async def run(self) -> List[str]:
        short = dict(start_to_close_timeout=timedelta(seconds=30))
        return [await workflow.execute_activity(long, **short), await workflow.execute_activity(greet, "other", **short)]


@workflow.defn
class Work:
    @workflow.run
    async def run(self, amount: int) -> str:
        if amount < 0:
            await asyncio.sleep(3600)
        return f"worked on {amount}"


@nexusrpc.service
class Office:
    greet: nexusrpc.Operation[str, str]
    work: nexusrpc.Operation[int, str]


@nexusrpc.handler.service_handler(service=Office)
class OfficeHandler:
    @nexusrpc.handler.sync_operation
    async def greet(self, ctx: nexusrpc.handler.StartOperationContext, name: str) -> str:
        if name == "fail":
            raise nexusrpc.OperationError("no luck", state=nexusrpc.OperationErrorState.FAILED)
        return f"The office greets {name}"

    @nexus.workflow_run_operation
    async def work(self, ctx: nexus.WorkflowRunOperationContext, amount: int) -> nexus.WorkflowHandle[str]:
        return await ctx.start_workflow(Work.run, amount, id=f"work-{ctx.request_id}")


@workflow.defn
class Caller:
    @workflow.run
    async def run(self, endpoint: str) -> List[str]:
        office = workflow.create_nexus_client(service=Office, endpoint=endpoint)
        return [await office.execute_operation(Office.greet, "a flow"), await office.execute_operation(Office.work, 2)]


WORKFLOWS = [Waiting, Long, Work, Caller]
ACTIVITIES = [greet, flaky, hang, outside, long]


def worker(client: Client, queue: str, **options) -> Worker:
    return Worker(
        client,
        task_queue=queue,
        workflows=WORKFLOWS,
        activities=ACTIVITIES,
        workflow_runner=UnsandboxedWorkflowRunner(),
        **options,
    )


async def failure(handle) -> BaseException:
    """The cause of the failure that something ended with."""
    try:
        result = await handle.result()
    except (ActivityFailureError, NexusOperationFailureError) as error:
        return error.cause
    raise AssertionError(f"it did not fail: {result!r}")


async def activities(client: Client) -> None:
    queue = name("activities")
    options = dict(task_queue=queue, start_to_close_timeout=timedelta(seconds=30))
    async with worker(client, queue):
        first = name("greet")
        assert await client.execute_activity(greet, "Ada", id=first, **options) == "Hello, Ada"
        described = await client.get_activity_handle(first).describe()
        assert described.status == ActivityExecutionStatus.COMPLETED, described.status
        assert described.activity_type == "greet" and described.task_queue == queue
        fast = RetryPolicy(initial_interval=timedelta(milliseconds=20), maximum_attempts=3)
        assert await client.execute_activity(flaky, 2, id=name("flaky"), retry_policy=fast, **options) == 3
        cause = await failure(await client.start_activity(flaky, 5, id=name("flaky"), retry_policy=fast, **options))
        assert isinstance(cause, ApplicationError) and cause.type == "Flaky", cause
        # One id, one activity at a time.
        hanging = await client.start_activity(hang, id=name("hang"), heartbeat_timeout=timedelta(seconds=5), **options)
        try:
            await client.start_activity(hang, id=hanging.id, **options)
            raise AssertionError("started twice")
        except ActivityAlreadyStartedError as error:
            assert error.activity_id == hanging.id
        same = await client.start_activity(
            hang, id=hanging.id, id_conflict_policy=ActivityIDConflictPolicy.USE_EXISTING, **options
        )
        assert same.run_id == hanging.run_id

        async def is_running() -> bool:
            return (await hanging.describe()).attempt == 1 and (await hanging.describe()).last_started_time is not None

        await eventually(is_running)
        await hanging.cancel()
        assert isinstance(await failure(hanging), CancelledError)
        ended = await client.start_activity(hang, id=name("hang"), heartbeat_timeout=timedelta(seconds=5), **options)
        await ended.terminate(reason="enough")
        assert isinstance(await failure(ended), TerminatedError)
        late = await client.start_activity(
            greet,
            "nobody",
            id=name("late"),
            task_queue=name("nobody"),
            schedule_to_close_timeout=timedelta(seconds=1),
        )
        assert isinstance(await failure(late), TimeoutError)
        # Somebody else completes it.
        waiting = await client.start_activity(outside, id=name("outside"), **options)

        async def is_taken() -> bool:
            return (await waiting.describe()).last_started_time is not None

        await eventually(is_taken)
        await client.get_async_activity_handle(activity_id=waiting.id, run_id=waiting.run_id).complete("theirs")
        assert await waiting.result() == "theirs"
        query = f"TaskQueue = '{queue}'"
        found = [entry.activity_id async for entry in client.list_activities(query)]
        assert len(found) == 6 and first in found, found
        assert (await client.count_activities(f"{query} AND ExecutionStatus = 'Completed'")).count == 3


async def operations(client: Client) -> None:
    queue, endpoint = name("office"), name("endpoint")
    await client.operator_service.create_nexus_endpoint(
        CreateNexusEndpointRequest(
            spec=EndpointSpec(
                name=endpoint,
                target=EndpointTarget(worker=EndpointTarget.Worker(namespace="default", task_queue=queue)),
            )
        )
    )
    async with worker(client, queue, nexus_service_handlers=[OfficeHandler()]):
        log = await client.execute_workflow(Caller.run, endpoint, id=name("caller"), task_queue=queue)
        assert log == ["The office greets a flow", "worked on 2"], log
        # Without a workflow.
        office = client.create_nexus_client(Office, endpoint)
        greeted = await office.execute_operation(Office.greet, "a client", id=name("op"))
        assert greeted == "The office greets a client"
        working = await office.start_operation(Office.work, 3, id=name("op"))
        assert await working.result() == "worked on 3"
        assert (await working.describe()).status == NexusOperationExecutionStatus.COMPLETED
        failed = await failure(await office.start_operation(Office.greet, "fail", id=name("op")))
        assert "no luck" in str(failed), failed
        endless = await office.start_operation(Office.work, -1, id=name("op"))
        await endless.cancel()
        assert isinstance(await failure(endless), CancelledError)


async def tuners(client: Client) -> None:
    queue = name("tuners")
    tuner = WorkerTuner.create_resource_based(target_memory_usage=0.9, target_cpu_usage=0.9)
    scaling = PollerBehaviorAutoscaling(minimum=1, maximum=20, initial=2)
    async with worker(
        client,
        queue,
        tuner=tuner,
        workflow_task_poller_behavior=scaling,
        activity_task_poller_behavior=scaling,
    ):
        handles = [await client.start_workflow(Waiting.run, id=name("waiting"), task_queue=queue) for _ in range(50)]
        await asyncio.gather(*[handle.signal(Waiting.end) for handle in handles])
        results = await asyncio.gather(*[handle.result() for handle in handles])
        assert results == ["Hello, all"] * 50, results


async def versions(client: Client) -> None:
    queue, deployment = name("versions"), name("deployment")

    def version(build: str) -> Worker:
        return worker(
            client,
            queue,
            deployment_config=WorkerDeploymentConfig(
                version=WorkerDeploymentVersion(deployment_name=deployment, build_id=build),
                use_worker_versioning=True,
                default_versioning_behavior=VersioningBehavior.PINNED,
            ),
        )

    async def has_builds(*builds: str) -> bool:
        described = await client.workflow_service.describe_worker_deployment(
            DescribeWorkerDeploymentRequest(namespace="default", deployment_name=deployment)
        )
        summaries = described.worker_deployment_info.version_summaries
        return set(builds) <= {summary.deployment_version.build_id for summary in summaries}

    async def make_current(build: str) -> None:
        await client.workflow_service.set_worker_deployment_current_version(
            SetWorkerDeploymentCurrentVersionRequest(namespace="default", deployment_name=deployment, build_id=build)
        )

    async def build_of(handle: WorkflowHandle) -> str:
        info = (await handle.describe()).raw_description.workflow_execution_info
        return info.versioning_info.deployment_version.build_id

    async with version("one"), version("two"):
        await eventually(lambda: has_builds("one", "two"))
        await make_current("one")
        pinned = await client.start_workflow(Waiting.run, id=name("pinned"), task_queue=queue)

        async def is_pinned() -> bool:
            return await build_of(pinned) == "one"

        await eventually(is_pinned)
        await make_current("two")
        newer = await client.start_workflow(Waiting.run, id=name("newer"), task_queue=queue)
        for handle in (pinned, newer):
            await handle.signal(Waiting.end)
            assert await handle.result() == "Hello, all"
        assert await build_of(pinned) == "one"
        assert await build_of(newer) == "two"


async def until_terminated(address: str, queue: str) -> None:
    client = await Client.connect(address)
    stop = asyncio.Event()
    # The threads of a Swift program that start others have all signals blocked.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with worker(client, queue, graceful_shutdown_timeout=timedelta(seconds=20)):
        await stop.wait()


async def endings(address: str, client: Client) -> None:
    queue = name("endings")
    running = await asyncio.create_subprocess_exec(sys.executable, __file__, address, queue)
    try:
        handle = await client.start_workflow(Long.run, id=name("long"), task_queue=queue)

        async def is_started() -> bool:
            pending = (await handle.describe()).raw_description.pending_activities
            return bool(pending) and pending[0].last_worker_identity != ""

        await eventually(is_started)
        running.terminate()
        assert await asyncio.wait_for(running.wait(), 30) == 0
    finally:
        if running.returncode is None:
            running.kill()
    # What its activity returned while it ended has arrived, and the next worker goes on at once.
    async with worker(client, queue):
        log = await asyncio.wait_for(handle.result(), 20)
        assert log == ["done while the worker ended", "Hello, other"], log
    attempts = [
        event.activity_task_started_event_attributes.attempt
        async for event in handle.fetch_history_events()
        if event.HasField("activity_task_started_event_attributes")
    ]
    assert attempts == [1, 1], attempts


async def main(address: str) -> None:
    # Some activities are meant to fail.
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)
    client = await Client.connect(address)
    await activities(client)
    await operations(client)
    await tuners(client)
    await versions(client)
    await endings(address, client)


if __name__ == "__main__":
    asyncio.run(until_terminated(*sys.argv[1:]) if len(sys.argv) > 2 else main(sys.argv[1]))
    # Threads of the native part may still run, and can abort the interpreter while it ends. All checks are done by now.
    sys.stdout.flush()
    os._exit(0)
