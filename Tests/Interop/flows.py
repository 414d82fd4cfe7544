"""What programs of the Python SDK typically do, against the service in memory; `MemoryServiceTests.swift` starts it.

    flows.py wall ADDRESS   a service on a wall clock
    flows.py skip ADDRESS   a service on a clock that skips
    flows.py env PROGRAM    Python's own test environment, with `temporal-test-server` as its server
"""

import asyncio
import os
import sys
import uuid
from datetime import datetime, timedelta, timezone
from typing import List, Optional

from google.protobuf.duration_pb2 import Duration
from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio import activity, workflow
from temporalio.api.testservice.v1 import (
    LockTimeSkippingRequest,
    SleepRequest,
    SleepUntilRequest,
    UnlockTimeSkippingRequest,
)
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleSpec,
    ScheduleState,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowUpdateFailedError,
    WorkflowUpdateStage,
)
from temporalio.common import (
    Priority,
    RetryPolicy,
    SearchAttributeKey,
    TypedSearchAttributes,
    SearchAttributePair,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError, TimeoutError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker

POINTS = SearchAttributeKey.for_int("points")


@activity.defn
async def greet(name: str) -> str:
    return f"Hello, {name}"


@activity.defn
async def flaky(failures: int) -> int:
    if activity.info().attempt <= failures:
        raise ApplicationError("not yet", type="Flaky")
    return activity.info().attempt


@activity.defn
async def hang(detail: str) -> str:
    try:
        while True:
            activity.heartbeat(detail)
            await asyncio.sleep(0.05)
    except asyncio.CancelledError:
        raise


@activity.defn
async def silent() -> str:
    details = activity.info().heartbeat_details
    if details:
        return f"found {details[0]}"
    activity.heartbeat("half")
    await asyncio.sleep(60)
    return "never"


@activity.defn
async def outside() -> str:
    activity.raise_complete_async()


@workflow.defn
class Flow:
    @workflow.run
    async def run(self) -> List[str]:
        short = dict(start_to_close_timeout=timedelta(seconds=30))
        fast = RetryPolicy(initial_interval=timedelta(milliseconds=20))
        log = [await workflow.execute_activity(greet, "Ada", **short)]
        log.append(await workflow.execute_local_activity(greet, "Grace", **short))
        log.append(str(await workflow.execute_activity(flaky, 2, retry_policy=fast, **short)))
        many = [workflow.execute_activity(greet, str(n), **short) for n in range(20)]
        log.append(str(len(await asyncio.gather(*many))))
        try:
            await workflow.execute_activity(flaky, 5, retry_policy=RetryPolicy(maximum_attempts=1), **short)
        except ActivityError as error:
            assert isinstance(error.cause, ApplicationError), error.cause
            log.append(error.cause.type or "")
        hanging = workflow.start_activity(hang, "x", heartbeat_timeout=timedelta(seconds=5), **short)
        await asyncio.sleep(0.2)
        hanging.cancel()
        try:
            await hanging
        except ActivityError as error:
            log.append(type(error.cause).__name__)
        log.append(
            await workflow.execute_activity(
                silent, heartbeat_timeout=timedelta(milliseconds=300), retry_policy=fast, **short
            )
        )
        log.append(await workflow.execute_child_workflow(Child.run, "kid", id=workflow.info().workflow_id + "-child"))
        if workflow.patched("new"):
            log.append("patched")
        workflow.upsert_search_attributes([POINTS.value_set(7)])
        workflow.upsert_memo({"note": "kept"})
        log.append(str(workflow.uuid4().version))
        return log


@workflow.defn
class Child:
    @workflow.run
    async def run(self, name: str) -> str:
        return f"child {name} of {workflow.info().parent.workflow_id[:4]}"  # type: ignore


@workflow.defn
class Counter:
    @workflow.run
    async def run(self, start: int, rounds: int) -> int:
        self.total = start
        self.done = False
        if rounds > 0:
            workflow.continue_as_new(args=[start + 1, rounds - 1])
        await workflow.wait_condition(lambda: self.done)
        return self.total

    def __init__(self) -> None:
        self.total = 0
        self.done = False

    @workflow.signal
    async def finish(self) -> None:
        await asyncio.sleep(0.01)
        self.done = True

    @workflow.query
    def value(self) -> int:
        return self.total

    @workflow.update
    async def add(self, amount: int) -> int:
        greeting = await workflow.execute_activity(greet, "update", start_to_close_timeout=timedelta(seconds=5))
        assert greeting == "Hello, update"
        self.total += amount
        return self.total

    @add.validator
    def check_add(self, amount: int) -> None:
        if amount < 0:
            raise ApplicationError("negative")


@workflow.defn
class Outside:
    @workflow.run
    async def run(self) -> str:
        return await workflow.execute_activity(
            outside, activity_id="outside", start_to_close_timeout=timedelta(seconds=60)
        )


@workflow.defn
class Sleeper:
    @workflow.run
    async def run(self, seconds: float) -> str:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            await workflow.execute_local_activity(greet, "clean-up", start_to_close_timeout=timedelta(seconds=5))
            raise
        return "awake"


WORKFLOWS = [Flow, Child, Counter, Outside, Sleeper]
ACTIVITIES = [greet, flaky, hang, silent, outside]


async def eventually(check) -> None:
    for _ in range(200):
        if await check():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come")


async def wall(address: str) -> None:
    client = await Client.connect(address)
    assert await client.service_client.check_health()
    env = WorkflowEnvironment.from_client(client)
    client = env.client
    queue = f"flows-{uuid.uuid4()}"
    options = dict(task_queue=queue)

    def name() -> str:
        return f"flow-{uuid.uuid4()}"

    async with Worker(
        client,
        task_queue=queue,
        workflows=WORKFLOWS,
        activities=ACTIVITIES,
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        # Activities, local activities, children, patches, search attributes and memos.
        handle = await client.start_workflow(
            Flow.run,
            id=name(),
            memo={"first": 1},
            search_attributes=TypedSearchAttributes([SearchAttributePair(POINTS, 3)]),
            priority=Priority(priority_key=1),
            static_summary="A flow",
            **options,
        )
        log = await handle.result()
        assert log == [
            "Hello, Ada",
            "Hello, Grace",
            "3",
            "20",
            "Flaky",
            "CancelledError",
            "found half",
            "child kid of flow",
            "patched",
            "4",
        ], log
        description = await handle.describe()
        assert description.status == WorkflowExecutionStatus.COMPLETED
        assert description.typed_search_attributes[POINTS] == 7
        assert await description.memo() == {"first": 1, "note": "kept"}
        assert await description.static_summary() == "A flow"
        history = await handle.fetch_history()
        await Replayer(workflows=WORKFLOWS, workflow_runner=UnsandboxedWorkflowRunner()).replay_workflow(history)

        # Continue-as-new, queries, updates, signals, and both with a start.
        counter = await client.start_workflow(Counter.run, args=[5, 2], id=name(), **options)

        async def has_continued() -> bool:
            try:
                return await client.get_workflow_handle(counter.id).query("value") == 7
            except RPCError as error:
                # A run that follows another within a second waits for its first task.
                assert error.status == RPCStatusCode.FAILED_PRECONDITION, error
                return False

        await eventually(has_continued)
        latest = client.get_workflow_handle_for(Counter.run, counter.id)
        assert await latest.execute_update(Counter.add, 3) == 10
        try:
            await latest.execute_update(Counter.add, -1)
            raise AssertionError("accepted")
        except WorkflowUpdateFailedError as error:
            assert isinstance(error.cause, ApplicationError)
        update = await latest.start_update(Counter.add, 1, id="mine", wait_for_stage=WorkflowUpdateStage.ACCEPTED)
        assert await latest.get_update_handle("mine", result_type=int).result() == 11
        assert await update.result() == 11
        await latest.signal(Counter.finish)
        assert await counter.result() == 11
        with_start = WithStartWorkflowOperation(
            Counter.run,
            args=[0, 0],
            id=name(),
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            **options,
        )
        assert await client.execute_update_with_start_workflow(Counter.add, 4, start_workflow_operation=with_start) == 4
        started = await with_start.workflow_handle()
        await client.start_workflow(
            Counter.run,
            args=[0, 0],
            id=started.id,
            start_signal="finish",
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            **options,
        )
        assert await started.result() == 4

        # Policies for ids.
        sleeper = await client.start_workflow(Sleeper.run, 60.0, id=name(), **options)
        try:
            await client.start_workflow(Sleeper.run, 60.0, id=sleeper.id, **options)
            raise AssertionError("started twice")
        except WorkflowAlreadyStartedError:
            pass
        await sleeper.cancel()
        try:
            await sleeper.result()
            raise AssertionError("not cancelled")
        except WorkflowFailureError as error:
            assert isinstance(error.cause, CancelledError), error.cause
        try:
            await client.start_workflow(
                Sleeper.run,
                0.0,
                id=sleeper.id,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                **options,
            )
            raise AssertionError("used again")
        except WorkflowAlreadyStartedError:
            pass
        limited = await client.start_workflow(
            Sleeper.run, 60.0, id=name(), run_timeout=timedelta(seconds=1), **options
        )
        try:
            await limited.result()
            raise AssertionError("no time-out")
        except WorkflowFailureError as error:
            assert isinstance(error.cause, TimeoutError), error.cause
        terminated = await client.start_workflow(Sleeper.run, 60.0, id=name(), **options)
        await terminated.terminate("enough")
        assert (await terminated.describe()).status == WorkflowExecutionStatus.TERMINATED
        try:
            await client.get_workflow_handle("absent").describe()
            raise AssertionError("described")
        except RPCError as error:
            assert error.status == RPCStatusCode.NOT_FOUND

        # An activity that somebody else completes.
        waiting = await client.start_workflow(Outside.run, id=name(), **options)

        async def is_pending() -> bool:
            pending = (await waiting.describe()).raw_description.pending_activities
            return bool(pending) and pending[0].last_worker_identity != ""

        await eventually(is_pending)
        await client.get_async_activity_handle(
            workflow_id=waiting.id, run_id=waiting.first_execution_run_id, activity_id="outside"
        ).complete("from outside")
        assert await waiting.result() == "from outside"

        # Lists and counts.
        found = [entry.id async for entry in client.list_workflows(f"WorkflowId = '{handle.id}' AND points = 7")]
        assert found == [handle.id], found
        count = await client.count_workflows(
            f"WorkflowType = 'Sleeper' AND TaskQueue = '{queue}' AND ExecutionStatus != 'Running'"
        )
        assert count.count == 3, count.count
        groups = await client.count_workflows("GROUP BY ExecutionStatus")
        assert len(groups.groups) >= 3

        # Schedules.
        schedule_id = name()
        schedule = await client.create_schedule(
            schedule_id,
            Schedule(
                action=ScheduleActionStartWorkflow(Sleeper.run, 0.0, id="scheduled", **options),
                spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(hours=1))]),
                state=ScheduleState(note="by Python"),
            ),
        )
        await schedule.trigger()

        async def has_run() -> bool:
            return (await schedule.describe()).info.num_actions == 1

        await eventually(has_run)
        await schedule.pause(note="wait")
        assert (await schedule.describe()).schedule.state.paused
        await schedule.unpause()
        assert schedule_id in [entry.id async for entry in await client.list_schedules()]
        await schedule.delete()

        # Task queues.
        described = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(namespace="default", task_queue=dict(name=queue), task_queue_type=1)  # type: ignore
        )
        assert described.pollers, described


async def skip(address: str) -> None:
    client = await Client.connect(address)
    queue = f"skip-{uuid.uuid4()}"
    service = client.test_service

    async def now() -> datetime:
        return (await service.get_current_time(Empty())).time.ToDatetime(tzinfo=timezone.utc)

    async with Worker(
        client,
        task_queue=queue,
        workflows=WORKFLOWS,
        activities=ACTIVITIES,
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        began = await now()
        month = timedelta(days=30)
        result = await client.execute_workflow(
            Sleeper.run, month.total_seconds(), id=f"skip-{uuid.uuid4()}", task_queue=queue
        )
        assert result == "awake"
        assert timedelta() <= await now() - began - month < timedelta(seconds=30)

        # As the test environments of other SDKs do it.
        await service.unlock_time_skipping(UnlockTimeSkippingRequest())
        await client.execute_workflow(Sleeper.run, 3600.0, id=f"skip-{uuid.uuid4()}", task_queue=queue)
        await service.lock_time_skipping(LockTimeSkippingRequest())

        began = await now()
        await service.sleep(SleepRequest(duration=Duration(seconds=7200)))
        assert await now() - began >= timedelta(hours=2)
        until = Timestamp()
        until.FromDatetime(await now() + timedelta(days=1))
        await service.sleep_until(SleepUntilRequest(timestamp=until))
        assert await now() >= until.ToDatetime(tzinfo=timezone.utc)

        # While it is locked, time passes as on the wall.
        await service.lock_time_skipping(LockTimeSkippingRequest())
        began = await now()
        handle = await client.start_workflow(Sleeper.run, 0.5, id=f"skip-{uuid.uuid4()}", task_queue=queue)
        assert await handle.result() == "awake"
        assert timedelta(seconds=0.5) <= await now() - began < timedelta(seconds=60)
        await service.unlock_time_skipping_with_sleep(SleepRequest(duration=Duration(seconds=86400)))
        assert await now() - began >= timedelta(days=1)
        await service.unlock_time_skipping(UnlockTimeSkippingRequest())


async def env(program: str) -> None:
    queue = f"env-{uuid.uuid4()}"
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=program, test_server_extra_args=["--skip-time"]
    ) as environment:
        async with Worker(
            environment.client,
            task_queue=queue,
            workflows=WORKFLOWS,
            activities=ACTIVITIES,
            workflow_runner=UnsandboxedWorkflowRunner(),
        ):
            month = timedelta(days=30)
            began = await environment.get_current_time()
            result = await environment.client.execute_workflow(
                Sleeper.run, month.total_seconds(), id=f"env-{uuid.uuid4()}", task_queue=queue
            )
            assert result == "awake"
            assert await environment.get_current_time() - began >= month
            began = await environment.get_current_time()
            await environment.sleep(timedelta(hours=5))
            assert await environment.get_current_time() - began >= timedelta(hours=5)
            with environment.auto_time_skipping_disabled():
                await environment.client.execute_workflow(
                    Sleeper.run, 0.1, id=f"env-{uuid.uuid4()}", task_queue=queue
                )


if __name__ == "__main__":
    asyncio.run({"wall": wall, "skip": skip, "env": env}[sys.argv[1]](sys.argv[2]))
    # Threads of the native part may still run, and can abort the interpreter while it ends. All checks are done by now.
    sys.stdout.flush()
    os._exit(0)
